"""Commands about releases: what partners get back. They are made by a rule; these only let it look now."""

import click

from feedback.cli import context
from feedback.core.months import label
from feedback.partners.queries import partner_by_slug, slugs
from feedback.privacy import commands, links, queries
from feedback.privacy.shown import Shown
from feedback.privacy.words import lines
from feedback.staff.audit import CLI


@click.group()
def releases() -> None:
    """What partners get back: frozen, in tens, and only when enough people answered."""


@releases.command()
def make() -> None:
    """Release now what the daily schedule would release."""
    with context.services() as services:
        made = commands.release_all(services.database, services.settings, now=services.clock())
        with services.database.reading() as session:
            known = slugs(session)
        for slug in sorted(known[partner_id] for partner_id in made):
            click.echo(slug)
        click.echo(f"Released to {len(made)} {'partner' if len(made) == 1 else 'partners'}.")


@releases.command(name="dry-run")
@click.argument("partner")
def dry_run(partner: str) -> None:
    """Show what would be released to PARTNER now, or what holds it; nothing is stored."""
    with context.services() as services, services.database.reading() as session:
        found = commands.consider(
            session, services.settings, partner_by_slug(session, partner).id, now=services.clock()
        )
        if isinstance(found, commands.Held):
            click.echo(f"Nothing new: {found.value}.")
            return
        months, decided = found
        _show(months.first, months.last, decided.shown)


@releases.command()
@click.argument("partner")
def show(partner: str) -> None:
    """Show what was released to PARTNER, newest first."""
    with context.services() as services, services.database.reading() as session:
        found = queries.releases(session, partner_by_slug(session, partner).id)
        if not found:
            click.echo("Nothing yet.")
        for one in found:
            _show(one.first_month, one.last_month, one.shown)


@releases.command()
@click.argument("partner")
@click.argument("attribute", required=False)
def groups(partner: str, attribute: str | None) -> None:
    """Tell groups of PARTNER's people apart by ATTRIBUTE from the next release on; without one: no longer."""
    with context.services() as services:
        with services.database.transaction() as session:
            found = partner_by_slug(session, partner)
            commands.permit_attribute(session, found.id, attribute, actor=CLI, now=services.clock())
        click.echo(f"The next release of {found.slug} has {f'groups by {attribute}' if attribute else 'no groups'}.")


@releases.command()
@click.argument("partner")
@click.option(
    "--days",
    type=click.IntRange(1, links.MOST_DAYS),
    default=links.USUAL_DAYS,
    show_default=True,
    help="For how many days it works.",
)
def link(partner: str, days: int) -> None:
    """Make a link to PARTNER's own page: what it gets back, without a login. Whoever has the link opens it."""
    with context.services() as services:
        with services.database.transaction() as session:
            _, token = links.make_link(
                session,
                partner_by_slug(session, partner),
                days=days,
                secret=services.secrets.cookie,
                actor=CLI,
                now=services.clock(),
            )
        click.echo(f"{services.settings.public_url}/p/{token}")


@releases.command(name="revoke-links")
@click.argument("partner")
def revoke_links(partner: str) -> None:
    """End all links to PARTNER's own page that were made until now."""
    with context.services() as services:
        with services.database.transaction() as session:
            found = links.revoke_links(session, partner_by_slug(session, partner), actor=CLI, now=services.clock())
        click.echo(f"{found} {'link works' if found == 1 else 'links work'} no more.")


def _show(first_month: int, last_month: int, shown: Shown) -> None:
    click.echo(f"{label(first_month)} to {label(last_month)}")
    for name, value in lines(shown):
        click.echo(f"  {name}: {value}")
