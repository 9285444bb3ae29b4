"""`feedback tallies`: count what waits, recount everything, or make the tallies anew."""

import sys

import click

from feedback.cli import context


@click.group()
def tallies() -> None:
    """What every report is computed from."""


@tallies.command()
def fold() -> None:
    """Count what waits in the inbox, as the worker does."""
    from feedback.core import inbox
    from feedback.tallies.commands import fold_all

    with context.services() as services:
        taken = fold_all(services.database, now=services.clock())
        with services.database.reading() as session:
            aside = inbox.set_aside(session)
    click.echo(f"Counted: {_changes(taken)}." if taken else "Nothing was waiting.")
    if aside:
        click.echo(f"Set aside, because they could not be counted: {_changes(aside)}.", err=True)


@tallies.command()
def verify() -> None:
    """Recount voices and tallies from the raw answers and compare. Exit code 1 when anything differs."""
    from feedback.tallies.verify import verify as recount

    with context.services() as services, services.database.transaction() as session:
        found = recount(session, now=services.clock())
    click.echo(f"Recounted {found.responses} answers into {found.voices} voices.")
    if found.clean:
        click.echo("Nothing differs.")
        return
    for difference in found.differences:
        key = ", ".join(f"{name} {value}" for name, value in difference.key.items())
        click.echo(f"{difference.table}: {key}: {difference.problem}", err=True)
    click.echo("The tallies differ from the raw answers. `feedback tallies rebuild` makes them anew.", err=True)
    sys.exit(1)


@tallies.command()
def rebuild() -> None:
    """Make voices and tallies anew from the raw answers. Reports stay as they were until it is done."""
    from feedback.tallies.commands import rebuild as make_anew

    with context.services() as services, services.database.transaction() as session:
        make_anew(session, now=services.clock())
    click.echo("Voices and tallies were made anew from the raw answers.")


def _changes(count: int) -> str:
    return f"{count} change{'' if count == 1 else 's'}"
