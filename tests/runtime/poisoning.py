"""A row that the fold cannot take: set aside with its reason, while the rest goes on."""

from uuid import uuid4

from sqlalchemy import text

from feedback.core import inbox, secrets
from feedback.core.clock import system_clock
from feedback.seats.commands import seat_id
from feedback.tallies.commands import rebuild
from tests.runtime.answerers import Answerers
from tests.runtime.place import Place
from tests.runtime.running import until


def poison(place: Place, them: Answerers) -> None:
    """Of two people the second cannot be counted: an index stands in the way. It is mended as the docs say."""
    database, name = place.up.database, f"poison_{uuid4().hex}"
    people = [f"{name} {number}" for number in range(2)]
    pepper = secrets.load(place.up.settings).pepper
    seats = ", ".join(f"'{seat_id(pepper, place.world.partner.id, person).hex}'" for person in people)
    with database.transaction() as session:
        session.execute(text(f"CREATE UNIQUE INDEX {name} ON voices (metric) WHERE respondent_id IN ({seats})"))
        before = inbox.set_aside(session)
    line = them.line()
    for person in people:
        them.answer(line, person)
    line.close()
    until(lambda: _set_aside(place) > before, so_far=place.up.output)
    assert them.wait_for(10)
    until(lambda: not place.up.waiting(), so_far=place.up.output)
    with database.transaction() as session:
        session.execute(text(f"DROP INDEX {name}"))
    # Apart: the fold may have its lock and wait for this table, and a rebuild wants both the other way round.
    with database.transaction() as session:
        rebuild(session, now=system_clock())


def _set_aside(place: Place) -> int:
    with place.up.database.reading() as session:
        return inbox.set_aside(session)
