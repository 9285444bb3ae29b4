"""The schedule: one leads, and what nobody folded is folded, whatever the clock says."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from feedback.core import inbox
from feedback.core.db import Database
from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.imports.lock import one_at_a_time
from feedback.seats.attributes import Declared
from feedback.seats.commands import NewSeat, put_seats
from feedback.tallies.models import PartnerSeats
from tests.runtime.running import until
from workers.runtime.schedule import Leader, Sweep


def put(services: Services) -> None:
    with services.database.transaction() as session:
        inbox.put(session, new_id(), new_id(), "nps", now=services.clock())


def waiting(services: Services) -> int:
    with services.database.reading() as session:
        return inbox.depth(session)[0]


def test_a_row_is_left_to_the_worker_for_one_tick_and_folded_at_the_next(services: Services) -> None:
    sweep = Sweep(services)
    sweep()  # the first of a day counts all that waits
    put(services)
    assert sweep() == 0
    assert waiting(services) == 1
    put(services)
    assert sweep() == 2
    assert waiting(services) == 0


def test_rows_that_workers_keep_taking_are_left_to_them(services: Services) -> None:
    sweep = Sweep(services)
    sweep()  # the first of a day counts all that waits
    for _ in range(3):
        put(services)
        assert sweep() == 0
        with services.database.transaction() as session:
            for row in session.query(inbox.InboxRow):
                session.delete(row)
            inbox.put(session, new_id(), new_id(), "nps", now=services.clock())


def test_a_row_from_the_future_is_swept_all_the_same(services: Services) -> None:
    sweep = Sweep(services)
    sweep()  # the first of a day counts all that waits
    with services.database.transaction() as session:
        inbox.put(session, new_id(), new_id(), "nps", now=services.clock() + timedelta(days=2))
    sweep()
    assert sweep() == 1


def seat(services: Services) -> None:
    with services.database.transaction() as session:
        put_seats(session, [NewSeat(new_id(), new_id())], Declared(session), now=services.clock())


def counted(services: Services) -> int:
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(PartnerSeats)) or 0


def test_seats_are_counted_also_when_there_is_nothing_to_fold(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0, 2, 2, 2, 19.9, 20, 20, 20, 20])  # where it rests it looks once; partners are ranked after it
    monkeypatch.setattr("workers.runtime.schedule.monotonic", lambda: next(times))
    sweep = Sweep(services)
    for expected in (1, 1, 3):
        # Counting took two seconds: it rests for eighteen, and then counts what came meanwhile.
        seat(services)
        assert sweep() == 0
        assert counted(services) == expected


def test_of_two_schedules_one_leads_until_it_is_gone(database: Database) -> None:
    first, second = Leader(database), Leader(database)
    assert [first.leads(), second.leads(), first.leads(), second.leads()] == [True, False, True, False]
    first.resign()
    until(second.leads)  # PostgreSQL frees the lock a moment after the connection is closed
    assert not first.leads()
    second.resign()


def test_an_import_runs_beside_a_leading_schedule(database: Database) -> None:
    leader, waited = Leader(database), []

    def give_up() -> None:
        waited.append(True)
        leader.resign()

    assert leader.leads()
    with one_at_a_time(database, give_up):
        pass
    assert not waited
    leader.resign()
