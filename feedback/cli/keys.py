"""Commands about partners, attributes and keys; each says what to do next."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy.orm import Session

from feedback.cli import context
from feedback.cli.respondent import remove
from feedback.partners import commands, queries
from feedback.partners import keys as partner_keys
from feedback.partners.key_schemas import ALGORITHMS
from feedback.partners.keys import SECRET_SCOPES
from feedback.staff.audit import CLI, record


@click.group()
def partners() -> None:
    """Businesses that bought the product."""


@partners.command(name="add")
@click.argument("slug")
@click.argument("name")
def add_partner(slug: str, name: str) -> None:
    """Create a partner. SLUG: a-z, 0-9 and inner hyphens; it stands in addresses and tokens."""
    with context.services() as services:
        now = services.clock()
        with services.database.transaction() as session:
            commands.create_partner(session, slug, name, now=now)
            record(session, CLI, "partner.created", slug, {"policy": []}, now)
        click.echo(f"{name} is there, as {slug}.")
        click.echo(f"Next: `feedback keys add-embed NAME --origin URL --partner {slug}` for its pages.")


partners.add_command(remove)


@click.group()
def attributes() -> None:
    """What tells seats apart: at most six attributes with at most 20 values each."""


@attributes.command()
@click.argument("name")
@click.argument("values", nargs=-1)
def declare(name: str, values: tuple[str, ...]) -> None:
    """Declare an attribute, and values of it to tell apart; all others count as `other`."""
    from feedback.seats.commands import declare_attribute
    from feedback.seats.queries import attributes as declared

    with context.services() as services:
        now = services.clock()
        with services.database.transaction() as session:
            declare_attribute(session, name, values, now=now)
            record(session, CLI, "attribute.declared", name, {"values": list(values)}, now)
            standing = next(one for one in declared(session) if one.name == name)
        click.echo(f"{name}: {', '.join(standing.values) or 'no values yet; the first 20 that arrive are told apart'}.")
        left_out = [value for value in values if value not in standing.values]
        if left_out:
            click.echo(f"There was no room for {', '.join(left_out)}: they count as `other`.", err=True)


@click.group()
def keys() -> None:
    """Who may speak: backends (secret), pages (embed), and those who vouch for people (signing)."""


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SECRET_SCOPES),
    default=("read", "write"),
    show_default=True,
    help="What the key may do; give it several times. admin: make and revoke keys, show and erase people.",
)
@click.option("--test", is_flag=True, help="For trying out: reads, and sends answers that are never counted.")
def add_secret(name: str, scopes: tuple[str, ...], test: bool) -> None:
    """Make a key for a backend. It is shown this once."""
    with context.services() as services:
        now = services.clock()
        with services.database.transaction() as session:
            row, text = partner_keys.create_secret_key(session, name, list(scopes), live=not test, now=now)
            record(session, CLI, "secret_key.created", row.id, {"scopes": row.scopes, "live": row.live}, now)
        click.echo(text)
        click.echo(f"Keep it now: it is not shown again. It may {', '.join(row.scopes)}. Try it:", err=True)
        url = services.settings.public_url
        click.echo(f"  curl -H 'Authorization: Bearer {text}' {url}/v1/partners", err=True)
        click.echo(f"What else it opens: {url}/docs", err=True)


@keys.command()
@click.argument("name")
@click.option(
    "--origin", "origins", multiple=True, required=True, help="Where pages may use it; give it several times."
)
@click.option("--partner", help="Slug: only for this partner. Without: vendor-wide, the token says which partner.")
@click.option("--test", is_flag=True, help="For trying out: never counted.")
def add_embed(name: str, origins: tuple[str, ...], partner: str | None, test: bool) -> None:
    """Make a public key for pages."""
    with context.services() as services:
        now = services.clock()
        with services.database.transaction() as session:
            row = partner_keys.create_embed_key(
                session, name, list(origins), partner_id=_partner_id(session, partner), live=not test, now=now
            )
            detail = {"partner": partner, "origins": row.origins, "live": row.live}
            record(session, CLI, "embed_key.created", row.key, detail, now)
        click.echo(row.key)
        click.echo(f"It works on pages of {', '.join(row.origins)}. Put this into them:", err=True)
        tag = f'<script async src="{services.settings.public_url}/embed.js" data-key="{row.key}"></script>'
        click.echo(f"  {tag}", err=True)
        if partner is None:
            click.echo("Next: `feedback keys add-signing NAME`, and sign a token per person.", err=True)


@keys.command()
@click.argument("name")
@click.option("--partner", help="Slug: this partner vouches for its people. Without: the vendor does.")
@click.option("--algorithm", type=click.Choice(ALGORITHMS), default="HS256", show_default=True)
@click.option(
    "--public-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="For ES256: the PEM file of your public key on P-256; the private key stays with you.",
)
def add_signing(name: str, partner: str | None, algorithm: str, public_key: Path | None) -> None:
    """Make a key that signs people's tokens. An HS256 secret is shown this once."""
    pem = None if public_key is None else public_key.read_text(encoding="ascii", errors="replace")
    with context.services() as services:
        now = services.clock()
        with services.database.transaction() as session:
            made = partner_keys.create_signing_key(
                session,
                name,
                algorithm,
                partner_id=_partner_id(session, partner),
                public_key_pem=pem,
                vault=services.secrets.vault,
                now=now,
            )
            detail = {"partner": partner, "algorithm": algorithm}
            record(session, CLI, "signing_key.created", made.row.kid, detail, now)
    click.echo(f"kid: {made.row.kid}")
    if made.secret is not None:
        click.echo(f"secret: {made.secret}")
        click.echo("Keep the secret now, on the server that signs: it is not shown again.", err=True)
    click.echo(
        f'Sign JWTs with it: header alg {algorithm} and kid; claims aud "feedback", sub, partner, iat, exp '
        "(at most an hour later).",
        err=True,
    )


@keys.command(name="list")
def list_keys() -> None:
    """Show all keys, also revoked ones, without their secrets."""
    with context.services() as services, services.database.reading() as session:
        slugs = queries.slugs(session)
        rows: list[tuple[str, str, partner_keys.AnyKey, str]] = [
            *(("secret", row.id, row, ", ".join(row.scopes)) for row in partner_keys.all_secret_keys(session)),
            *(
                ("embed", row.key, row, f"{_whose(row.partner_id, slugs)}: {', '.join(row.origins)}")
                for row in partner_keys.all_embed_keys(session)
            ),
            *(
                ("signing", row.kid, row, f"{_whose(row.partner_id, slugs)}, {row.algorithm}")
                for row in partner_keys.all_signing_keys(session)
            ),
        ]
    if not rows:
        click.echo("None yet: `feedback keys add-secret NAME` makes the first for a backend.")
    for kind, identifier, row, about in rows:
        test = "" if getattr(row, "live", True) else ", test"
        click.echo(f"{kind}  {identifier}  {row.name} ({about}{test}){_ended(row.revoked_at)}")


@keys.command()
@click.argument("identifier", metavar="ID")
def revoke(identifier: str) -> None:
    """Let a key be used no more, at once. ID as `feedback keys list` shows it."""
    with context.services() as services:
        now = services.clock()
        with services.database.transaction() as session:
            row = partner_keys.revoke(session, identifier, now=now)
            action = f"{row.__tablename__.removesuffix('s')}.revoked"
            record(session, CLI, action, identifier, {}, now)
        click.echo(f"{row.name} is revoked; nothing that uses it is let in any more.")


def _partner_id(session: Session, slug: str | None) -> UUID | None:
    return None if slug is None else queries.partner_by_slug(session, slug).id


def _whose(partner_id: UUID | None, slugs: dict[UUID, str]) -> str:
    return "vendor-wide" if partner_id is None else slugs[partner_id]


def _ended(revoked_at: datetime | None) -> str:
    return "" if revoked_at is None else f", revoked {revoked_at:%Y-%m-%d}"
