"""`feedback respondent` and `feedback erasures`: what is held on a person, taking a person out, and its journal."""

import sys
from pathlib import Path

import click

from feedback.cli import context
from feedback.staff.audit import CLI

_NOTHING = "Nothing is held on this person. Is the subject spelt as in the file or the token?"


@click.group()
def respondent() -> None:
    """People's rights: what is held on one person, and taking a person out."""


@respondent.command(name="export")
@click.argument("partner")
@click.argument("subject")
def export_(partner: str, subject: str) -> None:
    """Print everything that is held on SUBJECT of PARTNER, as JSON. SUBJECT: a token's sub, a file's seat or buyer."""
    import orjson

    from feedback.privacy import rights

    with context.services() as services:
        told = rights.export(services, partner, subject, actor=CLI, now=services.clock())
    click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
    if not told["held"].keys() - rights.KEPT:
        click.echo(_NOTHING, err=True)


@respondent.command()
@click.argument("partner")
@click.argument("subject")
@click.option("--yes", is_flag=True, help="Erase; without it nothing is changed.")
def erase(partner: str, subject: str, yes: bool) -> None:
    """Take SUBJECT of PARTNER out for good, and refuse what files and backends say of them later."""
    from feedback.privacy import rights

    with context.services() as services:
        if yes:
            found = rights.erase(services, partner, subject, actor=CLI, now=services.clock())
        else:
            found = rights.look(services, partner, subject)
    _show(found.gone, _NOTHING)
    for name in found.rows.keys() - found.gone.keys():
        click.echo(f"{found.rows[name]:>10,}  {name} stay: {rights.KEPT[name]}")
    if not yes:
        click.echo("Nothing was changed; --yes erases this person.")
    elif found.gone:
        click.echo("This person is erased.")
    else:
        click.echo("From now on nothing that files and backends say of this person is taken.")


@click.group()
def erasures() -> None:
    """The journal of what was erased: it survives the restore of an older backup."""


@erasures.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def replay(files: tuple[Path, ...]) -> None:
    """Erase again what the journal says and the database does not know. FILES: journals of other machines."""
    from feedback.core.erasure_journal import Journal, read_file
    from feedback.privacy import journal

    with context.services() as services:
        kept = Journal(services.settings.home)
        kept.add(one for path in files for one in read_file(path))
        entries = kept.entries()
        with services.database.transaction() as session:
            done = journal.replay(session, entries, now=services.clock())
        journal.collect(services)
    click.echo(
        f"{len(entries):,} in the journal. Erased again: {done.people:,} people, {done.answers:,} answers,"
        f" {done.partners:,} partners; {done.rows:,} rows."
    )


@click.command()
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Remove; without it nothing is changed.")
def remove(slug: str, yes: bool) -> None:
    """Take a partner that left out whole: all rows in all tables. It cannot be taken back."""
    from time import sleep

    from feedback.core.cached import STALE_S
    from feedback.core.overwriting import forget_copies
    from feedback.imports.naming import naming, take_out
    from feedback.partners.queries import partner_by_slug
    from feedback.privacy import journal, removal
    from feedback.privacy.rights import LINES

    with context.services() as services:
        with services.database.reading() as session:
            rows = removal.counts(session, partner_by_slug(session, slug).id)
            files = naming(session, services.settings, slug)
        if yes:
            with services.database.transaction() as session:
                rows = removal.remove_partner(session, partner_by_slug(session, slug), actor=CLI, now=services.clock())
            # Afterwards, as with a person; and before anybody waits: such a line would make the partner anew.
            take_out(files)
            journal.collect(services)
            click.echo(f"Waiting {STALE_S:.0f} seconds, until every process has heard of it.", err=True)
            sys.stderr.flush()
            sleep(STALE_S + 1)
            with services.database.transaction() as session:
                removal.sweep(session, now=services.clock())
            with services.database.reading() as session:
                # An import that was under way may have written its list of rejected lines meanwhile.
                take_out(naming(session, services.settings, slug))
            forget_copies(services.database)
    lines = sum(one.count for one in files)
    _show(rows | ({LINES: lines} if lines else {}), "Nothing is held.")
    click.echo(f"{slug} is removed." if yes else f"Nothing was changed; --yes removes {slug} for good.")


def _show(rows: dict[str, int], nothing: str) -> None:
    for name, count in rows.items():
        click.echo(f"{count:>10,}  {name.replace('_', ' ')}")
    if not rows:
        click.echo(nothing)
