"""The cube says what a plain recount of the raw rows says, after whatever happened, to whoever looks."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from feedback.core.db import Database
from feedback.core.months import NEVER
from feedback.responses.commands import NewResponse, put_response
from feedback.responses.models import REASONS, Response
from feedback.surveys.models import AUDIENCES
from feedback.tallies.commands import fold, fold_all, rebuild
from feedback.tallies.cube import SEAT, SEAT_COUNTS, TRUSTS, Cube, cube
from feedback.tallies.generations import next_generation
from feedback.tallies.models import FirstValueDays, PartnerSeats, PartnerTally, ReachedSeats, TallyState
from tests.soak import many
from tests.tallies.histories import MONTHS, PARTNERS, START, answer, play, recount, steps

NOW = START + timedelta(days=200)
TRUST_SETS: tuple[set[str], ...] = (
    {"vendor", "partner"},
    {"vendor"},
    {"vendor", "partner", "none"},
    {"vendor", "none"},
)


@given(steps=steps, trust=st.sampled_from(TRUST_SETS), window=st.integers(1, 4))
@settings(max_examples=many(16, 1000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happened_the_cube_counts_what_a_recount_does(
    database: Database, steps: list[tuple], trust: set[str], window: int
) -> None:
    play(database, steps)
    fold_all(database, now=NOW)
    found = look(database)
    with database.reading() as session:
        raw = session.scalars(select(Response)).all()
    for first in MONTHS:
        for last in range(first, MONTHS.stop):
            latest = recount(raw, first, last, trust)
            assert scores(found, found.people("nps", first, last, trust)) == by_score(latest)
            wrote = Counter((one.partner_id, one.audience) for one in latest if one.comment)
            assert sparse(found, found.commented("nps", first, last, trust), AUDIENCES) == wrote
            for audience in AUDIENCES:
                why = Counter((one.partner_id, one.reason) for one in latest if one.audience == audience and one.reason)
                assert sparse(found, found.reasons("nps", first, last, trust, audience), REASONS) == why
            days = Counter((one.partner_id, one.answered_at.date()) for one in latest if one.audience == "buyer")
            assert buyer_days(found, *found.buyer_days("nps", first, last, trust)) == days
            everybody = recount(raw, first, last, set(TRUSTS))
            trusts = Counter((one.partner_id, one.audience, one.trust, one.score) for one in everybody)
            assert sparse(found, found.people_by_trust("nps", first, last), AUDIENCES, TRUSTS, range(11)) == trusts
    months = range(MONTHS.start + 1, MONTHS.stop + 2)
    ends = found.people_at_month_ends("nps", months, window, trust)
    flow = found.voices_by_month("nps", months.start, months.stop - 1, trust)
    assert ends.shape == flow.shape == (len(found.partners), 2, len(months), 11)
    for number, month in enumerate(months):
        assert scores(found, ends[:, :, number]) == by_score(recount(raw, month - window + 1, month, trust))
        assert scores(found, flow[:, :, number]) == by_score(recount(raw, month, month, trust))


@given(steps=steps)
@settings(max_examples=many(12, 500), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_partner_alone_is_their_part_of_the_whole(database: Database, steps: list[tuple]) -> None:
    play(database, steps)
    fold_all(database, now=NOW)
    whole = look(database)
    both = {"vendor", "partner"}
    for partner in [*PARTNERS, UUID(int=9)]:
        own = whole.only(partner)
        assert own.partners == (partner,)
        for ask in (
            lambda one: one.people("nps", MONTHS[0], MONTHS[-1], both),
            lambda one: one.people_by_trust("nps", MONTHS[0], MONTHS[-1]),
            lambda one: one.people_at_month_ends("nps", MONTHS, 3, both),
            lambda one: one.reasons("nps", MONTHS[0], MONTHS[-1], both, "end_user"),
        ):
            expected, found = ask(whole), ask(own)[0]
            at = whole.place.get(partner)
            assert np.array_equal(found, np.zeros_like(found) if at is None else expected[at])


def test_seats_are_those_of_the_tables(database: Database) -> None:
    month, day = MONTHS[0], date(2026, 1, 31)
    both = [PARTNERS[0], PARTNERS[1]]
    with database.transaction() as session:
        for number, partner in enumerate(both):
            for later in range(3):
                counts = {name: 10 * number + later + place for place, name in enumerate(SEAT_COUNTS)}
                session.add(PartnerSeats(partner_id=partner, month=month + later, counted_on=day, **counts))
        session.add_all(
            ReachedSeats(partner_id=PARTNERS[1], kind=kind, month=month + at, next_month=following, seats=seats)
            for kind, at, following, seats in (
                ("active", 0, month + 1, 3),
                ("active", 1, NEVER, 5),
                ("active", 0, NEVER, 7),
                ("shown", 0, month + 2, 11),
            )
        )
        session.add(FirstValueDays(partner_id=PARTNERS[1], month=month, days=4, seats=6))
        session.add(FirstValueDays(partner_id=PARTNERS[1], month=month + 2, days=1, seats=2))
        next_generation(session, both, now=NOW)
    found = look(database)
    at = found.place[PARTNERS[1]]
    assert found.seats(month + 1)[at, SEAT["active_once"]] == 12
    assert found.seats_by_month(month - 1, month + 2)[at, :, SEAT["deployed"]].tolist() == [0, 10, 11, 12]
    assert [found.counted_on(month + later)[at] for later in (-1, 0, 5)] == [0, day.toordinal(), day.toordinal()]
    # What was not counted yet is as it was counted last, in every window.
    assert found.seats_by_month(month + 1, month + 4)[at, :, SEAT["deployed"]].tolist() == [11, 12, 12, 12]
    assert found.seats_by_month(month + 7, month + 8)[at, :, SEAT["deployed"]].tolist() == [12, 12]
    assert [found.reached("active", month, month + later)[at] for later in (0, 1)] == [10, 12]
    assert found.reached_by_month("active", month - 1, month + 1)[at].tolist() == [0, 10, 5]
    assert [found.reached("shown", month, month + later)[at] for later in (0, 2)] == [11, 0]
    for later, seats_by_days in ((1, {4: 6}), (2, {1: 2, 4: 6})):
        days = found.first_value_days(month + later)
        assert {day: int(days[at, day]) for day in days[at].nonzero()[0].tolist()} == seats_by_days
        assert days.sum() == sum(seats_by_days.values())
    assert found.only(PARTNERS[1]).seats(month).tolist() == [list(range(10, 20))]


def test_what_may_be_rolled_back_is_in_nobody_elses_cube(database: Database) -> None:
    say(database, 0)
    assert people(look(database)) == 1
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        put_response(session, spoken(1), now=NOW)
        fold(session, now=NOW)
        assert people(cube(session)) == 2
        raise ZeroDivisionError
    assert people(look(database)) == 1
    say(database, 2, PARTNERS[1])
    assert people(look(database)) == 2


def test_only_partners_for_whom_something_changed_are_read_again(database: Database) -> None:
    for number in range(3):
        say(database, number, UUID(int=number))
    assert people(look(database)) == 3
    with database.transaction() as session:
        session.execute(update(PartnerTally).values(h9=PartnerTally.h9 + 10))
    assert people(look(database)) == 3
    say(database, 3, UUID(int=1))
    assert people(look(database)) == 3 + 11
    with database.transaction() as session:
        session.execute(update(TallyState).values(lineage=UUID(int=5)))
    assert people(look(database)) == 3 + 31


def test_a_partner_that_comes_later_has_its_place_beside_the_others(database: Database) -> None:
    for number in range(4):
        say(database, number, UUID(int=number))
    assert people(look(database)) == 4
    for number in (4, 5, 6):
        say(database, number, UUID(int=9 if number == 5 else 8))
        found = look(database)
        own = found.people("nps", MONTHS[0], MONTHS[-1], {"vendor"}).sum(axis=(1, 2)).tolist()
        counts = dict(zip(found.partners, own, strict=True))
        assert counts == {UUID(int=one): 1 for one in range(4)} | Counter(
            UUID(int=9 if one == 5 else 8) for one in range(4, number + 1)
        )


def test_a_report_keeps_the_cube_it_began_with(database: Database) -> None:
    say(database, 0)
    begun = look(database)
    say(database, 1, PARTNERS[1])
    assert people(look(database)) == 2
    assert people(begun) == 1
    with pytest.raises(ValueError, match="read-only"):
        begun.layers.people.counts[0] = 0


def test_a_session_that_looks_at_the_past_takes_the_newer_copy(database: Database) -> None:
    say(database, 0)
    with database.reading() as before:
        assert people(cube(before)) == 1
        say(database, 1)
        assert people(look(database)) == 2
        assert people(cube(before)) == 2


def test_a_rebuild_takes_out_who_vanished(database: Database) -> None:
    say(database, 0)
    say(database, 1, PARTNERS[1])
    assert people(look(database)) == 2
    with database.transaction() as session:
        session.execute(delete(Response).where(Response.partner_id == PARTNERS[0]))
        rebuild(session, now=NOW)
    assert people(look(database)) == 1


def test_an_empty_database_is_an_empty_cube_whatever_was_there_before(database: Database) -> None:
    assert people(look(database)) == 0
    say(database, 0)
    say(database, 1, PARTNERS[1])
    assert people(look(database)) == 2
    play(database, [])
    assert look(database).partners == ()
    say(database, 2)
    assert people(look(database)) == 1


def test_threads_that_look_while_answers_are_counted_never_see_fewer(database: Database) -> None:
    say(database, 0)
    done = Event()

    def watch() -> list[int]:
        seen = []
        while not done.is_set():
            seen.append(people(look(database)))
        return seen

    with ThreadPoolExecutor(2) as pool:
        watching = [pool.submit(watch) for _ in range(2)]
        for number in range(1, 15):
            say(database, number, UUID(int=number % 3))
        done.set()
        for one in watching:
            assert one.result() == sorted(one.result())
    assert people(look(database)) == 15


def test_partners_without_the_vendor_cannot_be_counted(database: Database) -> None:
    for ask in (Cube.people, Cube.commented):
        with pytest.raises(ValueError, match="together with the vendor"):
            ask(look(database), "nps", 1, 2, {"partner", "none"})


def look(database: Database) -> Cube:
    """The cube as a report gets it."""
    with database.reading() as session:
        return cube(session)


def spoken(number: int, partner: UUID = PARTNERS[0]) -> NewResponse:
    """An answer of somebody who gave none yet."""
    return answer(number, partner, UUID(int=number + 1), 5, 9, "vendor", 0, True, None, None)


def say(database: Database, number: int, partner: UUID = PARTNERS[0]) -> None:
    """One answer, folded."""
    with database.transaction() as session:
        put_response(session, spoken(number, partner), now=NOW)
    fold_all(database, now=NOW)


def people(found: Cube) -> int:
    """How many people are in it at all."""
    return int(found.people("nps", MONTHS[0], MONTHS[-1], {"vendor"}).sum())


def scores(found: Cube, counts: np.ndarray) -> Counter:
    """Counts of shape partners, audiences, scores, as `by_score` has them."""
    return sparse(found, counts, AUDIENCES, range(11))


def buyer_days(found: Cube, places: np.ndarray, days: np.ndarray) -> Counter:
    """How many buyers of each partner said their last on each day."""
    return Counter((found.partners[place], date.fromordinal(day)) for place, day in zip(places, days, strict=True))


def by_score(answers: Sequence[Response]) -> Counter:
    """Answers by partner, audience and score."""
    return Counter((one.partner_id, one.audience, one.score) for one in answers)


def sparse(found: Cube, counts: np.ndarray, *axes: Sequence[Any]) -> Counter:
    """The counts that are not zero, by partner and what stands along the other axes."""
    assert counts.shape == (len(found.partners), *map(len, axes))
    names = (found.partners, *axes)
    return Counter(
        {
            tuple(axis[place] for axis, place in zip(names, places, strict=True)): int(counts[tuple(places)])
            for places in np.argwhere(counts)
        }
    )


def test_what_was_asked_once_is_kept_with_the_cube_and_nobody_can_change_it(database: Database) -> None:
    say(database, 0)
    found = look(database)
    first = found.people("nps", MONTHS[0], MONTHS[-1], {"vendor", "partner"})
    assert found.people("nps", MONTHS[0], MONTHS[-1], frozenset(("partner", "vendor"))) is first
    assert found.people("nps", MONTHS[0], MONTHS[-1], {"vendor"}) is not first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0
    say(database, 1)
    assert people(look(database)) == people(found) + 1
    for month in range(100):
        found.first_value_days(month)
    again = found.people("nps", MONTHS[0], MONTHS[-1], {"vendor", "partner"})
    assert (again == first).all()
