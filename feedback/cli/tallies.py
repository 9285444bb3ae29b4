"""`feedback tallies`: count what waits, recount everything, or make the tallies anew."""

import sys

import click

from feedback.cli import context


@click.group()
def tallies() -> None:
    """What every report is computed from."""


@tallies.command()
def fold() -> None:
    """Count what waits: answers in the inbox, and seats that changed, as worker and schedule do."""
    from feedback.core import inbox
    from feedback.tallies import adoption
    from feedback.tallies.commands import fold_all

    with context.services() as services:
        taken = fold_all(services.database, now=services.clock())
        partners = adoption.recount_all(services.database, services.settings, now=services.clock())
        with services.database.reading() as session:
            aside = inbox.set_aside(session)
    counted = [_many(taken, "change")] if taken else []
    counted += [f"the seats of {_many(partners, 'partner')}"] if partners else []
    click.echo(f"Counted: {', '.join(counted)}." if counted else "Nothing was waiting.")
    if aside:
        click.echo(f"Set aside, because they could not be counted: {_many(aside, 'change')}.", err=True)


@tallies.command()
def verify() -> None:
    """Recount voices and tallies from the raw answers and seats and compare. Exit code 1 when anything differs."""
    from feedback.core import chores
    from feedback.tallies import adoption
    from feedback.tallies.verify import verify as recount

    with context.services() as services, services.database.transaction() as session:
        now = services.clock()
        found = recount(session, now=now)
        seats = adoption.verify(session, services.settings, now=now)
        # So that the desk can say when this was looked at last.
        outcome = {
            "answers": found.responses,
            "voices": found.voices,
            "differences": len(found.differences) + len(seats),
        }
        chores.done(session, chores.TALLIES_VERIFIED, outcome, now=now)
    click.echo(f"Recounted {found.responses} answers into {found.voices} voices.")
    if found.clean and not seats:
        click.echo("Nothing differs.")
        return
    for difference in (*found.differences, *seats):
        key = ", ".join(f"{name} {value}" for name, value in difference.key.items())
        click.echo(f"{difference.table}: {key}: {difference.problem}", err=True)
    click.echo("The tallies differ from what they count. `feedback tallies rebuild` makes them anew.", err=True)
    sys.exit(1)


@tallies.command()
def rebuild() -> None:
    """Make voices and tallies anew from the raw answers and seats. Reports stay as they were until it is done."""
    from feedback.tallies import adoption
    from feedback.tallies.commands import rebuild as make_anew

    with context.services() as services, services.database.transaction() as session:
        make_anew(session, now=services.clock())
        adoption.rebuild(session, services.settings, now=services.clock())
    click.echo("Voices and tallies were made anew from the raw answers and seats.")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
