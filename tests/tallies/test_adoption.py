"""The tallies of seats in the database, against a plain recount of the rows, whatever happened in whatever order."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from feedback.core.db import Base, Database
from feedback.core.months import month_of
from feedback.seats.attributes import Declared
from feedback.seats.commands import ActiveDay, NewSeat, note_changes, put_seats, record_activity, record_shown
from feedback.seats.models import ActivityMonth, Seat, SeatChange
from feedback.settings import Settings
from feedback.tallies import adoption
from feedback.tallies.models import (
    CohortSeats,
    FirstValueDays,
    PartnerGeneration,
    PartnerSeats,
    ReachedSeats,
    SegmentSeats,
    TallyState,
)
from feedback.tallies.seat_counts import COUNTS
from tests.emptying import take_all_out
from tests.soak import many
from tests.tallies.plainly import Person, days_of, distinct, recount

SPACE = UUID("018f0000-0000-7000-8000-000000000001")
PARTNERS = [uuid5(SPACE, f"partner {number}") for number in range(2)]
SEATS = [uuid5(SPACE, f"seat {number}") for number in range(4)]
START = datetime(2026, 1, 10, 9, tzinfo=UTC)
TABLES = (PartnerSeats, SegmentSeats, CohortSeats, ReachedSeats, FirstValueDays)

partners, seats = st.sampled_from(PARTNERS), st.sampled_from(SEATS)
days = st.integers(-80, 130).map(lambda number: (START + timedelta(days=number)).date())
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("put"),
            partners,
            seats,
            st.none() | days,
            st.none() | days,
            st.none() | st.sampled_from(["sales", "it"]),
        ),
        st.tuples(
            st.just("active"),
            partners,
            seats,
            days,
            st.booleans(),  # onboarding
            st.booleans(),  # meaningful
            st.sampled_from(["vendor", "embed"]),
            st.booleans(),  # revise
        ),
        st.tuples(st.just("shown"), partners, seats, days),
        st.tuples(st.just("object"), partners, seats),
        st.tuples(st.just("gone"), partners, seats),
        st.tuples(st.just("later"), st.integers(1, 45)),
        st.tuples(st.just("recount")),
    ),
    min_size=3,
    max_size=30,
)
relaxed = hypothesis_settings(
    max_examples=many(30, 2000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(steps=steps)
@relaxed
def test_whatever_happened_the_tallies_are_what_a_plain_recount_gives(
    database: Database, settings: Settings, steps: list[tuple]
) -> None:
    now = play(database, settings, steps)
    adoption.recount_all(database, settings, now=now)
    with database.reading() as session:
        assert not adoption.due(session, now.date())
        for partner_id in PARTNERS:
            agrees(session, settings, partner_id, now.date())
    with database.transaction() as session:
        assert adoption.verify(session, settings, now=now) == ()


@given(steps=steps)
@relaxed
def test_a_rebuild_gives_what_the_recounts_gave(database: Database, settings: Settings, steps: list[tuple]) -> None:
    now = play(database, settings, steps)
    adoption.recount_all(database, settings, now=now)
    before = tables(database)
    with database.transaction() as session:
        for model in TABLES[1:]:
            session.execute(delete(model))
        adoption.rebuild(session, settings, now=now)
    assert tables(database) == before


def test_a_recount_that_is_lost_is_made_up_for(database: Database, settings: Settings) -> None:
    play(database, settings, [("active", PARTNERS[0], SEATS[0], START.date(), False, True, "vendor", False)])
    with pytest.raises(InterruptedError), database.transaction() as session:
        adoption.recount(session, settings, [PARTNERS[0]], now=START)
        raise InterruptedError
    assert not any(tables(database).values())
    assert adoption.recount_all(database, settings, now=START) == 1
    with database.reading() as session:
        agrees(session, settings, PARTNERS[0], START.date())


def test_the_generation_moves_on_when_something_differs_and_for_whom(database: Database, settings: Settings) -> None:
    play(database, settings, [("put", partner, SEATS[0], None, None, None) for partner in PARTNERS])
    assert adoption.recount_all(database, settings, now=START) == 2
    first = generations(database)
    assert set(first) == {None, *PARTNERS}
    activity = [ActiveDay(PARTNERS[1], SEATS[0], START.date())]
    for expected in (first[None] + 1, first[None] + 1):
        # The second time nothing is new, and nothing is counted.
        with database.transaction() as session:
            record_activity(session, activity, "embed", now=START)
        adoption.recount_all(database, settings, now=START)
        assert generations(database) == {**first, None: expected, PARTNERS[1]: expected}


def test_a_change_that_changes_no_count_moves_nothing_on(database: Database, settings: Settings) -> None:
    play(database, settings, [("put", PARTNERS[0], SEATS[0], START.date(), None, None)])
    adoption.recount_all(database, settings, now=START)
    before = generations(database)
    with database.transaction() as session:
        note_changes(session, [PARTNERS[0]])
    assert adoption.recount_all(database, settings, now=START) == 1
    assert generations(database) == before


def test_a_new_day_counts_everybody_and_the_month_that_ended_a_last_time(
    database: Database, settings: Settings
) -> None:
    active = ("active", PARTNERS[0], SEATS[0], START.date(), False, False, "vendor", False)
    play(database, settings, [active])
    adoption.recount_all(database, settings, now=START)
    assert adoption.recount_all(database, settings, now=START + timedelta(hours=14)) == 0
    later = START + timedelta(days=35)
    assert adoption.recount_all(database, settings, now=later) == 1
    with database.reading() as session:
        rows = session.scalars(select(PartnerSeats).order_by(PartnerSeats.month)).all()
    assert [(row.counted_on, row.engaged, row.abandoned) for row in rows] == [
        (date(2026, 1, 31), 1, 0),
        (later.date(), 0, 1),
    ]


def test_a_partner_whose_seats_are_deployed_later_is_counted_when_the_day_comes(
    database: Database, settings: Settings
) -> None:
    play(database, settings, [("put", PARTNERS[0], SEATS[0], START.date() + timedelta(days=3), None, None)])
    for ahead, deployed in ((0, 0), (2, 0), (3, 1)):
        assert adoption.recount_all(database, settings, now=START + timedelta(days=ahead)) == 1
        with database.reading() as session:
            assert session.scalar(select(PartnerSeats.deployed)) == deployed


def test_the_windows_of_engagement_are_settings(database: Database, settings: Settings) -> None:
    active = ("active", PARTNERS[0], SEATS[0], START.date() - timedelta(days=9), False, False, "vendor", False)
    play(database, settings, [active])
    short = Settings(home=settings.home, database_url=settings.database_url, engaged_days=9, abandoned_days=1)
    for chosen, engaged in ((settings, 1), (short, 0)):
        with database.transaction() as session:
            adoption.rebuild(session, chosen, now=START)
            assert session.scalars(select(PartnerSeats.engaged).order_by(PartnerSeats.month)).all()[-1] == engaged


@pytest.mark.parametrize("model", TABLES)
def test_verify_finds_what_was_tampered_with(database: Database, settings: Settings, model: type[Base]) -> None:
    play(database, settings, [("active", PARTNERS[0], SEATS[0], START.date(), False, True, "vendor", False)])
    adoption.recount_all(database, settings, now=START)
    column = list(model.__table__.columns)[-1]
    with database.transaction() as session:
        session.execute(update(model).values({column.name: column + 1}))
        (difference,) = adoption.verify(session, settings, now=START)
        assert (difference.table, difference.key["partner_id"]) == (model.__tablename__, PARTNERS[0])
        session.execute(delete(model))
        (difference,) = adoption.verify(session, settings, now=START)
        assert difference.problem.endswith("standing nobody")


def test_a_first_meaningful_day_is_found_again_when_it_turns_out_not_to_be_one(database: Database) -> None:
    def told(*said: tuple[int, bool, bool], revise: bool) -> tuple[date | None, date | None]:
        with database.transaction() as session:
            own = [
                ActiveDay(PARTNERS[0], SEATS[0], date(2026, 3, day), not activated, meaningful)
                for day, activated, meaningful in said
            ]
            record_activity(session, own, "vendor", now=START, revise=revise)
            session.expire_all()
            seat = session.get_one(Seat, (PARTNERS[0], SEATS[0]))
            return seat.first_activated_on, seat.first_meaningful_on

    third, fifth, ninth = (date(2026, 3, day) for day in (3, 5, 9))
    assert told((3, True, False), (9, True, True), revise=False) == (third, ninth)
    assert told((5, True, True), revise=False) == (third, fifth)
    assert told((5, False, False), revise=True) == (third, ninth)
    assert told((3, False, False), (9, True, False), revise=True) == (ninth, None)


def test_being_shown_a_survey_is_no_activity(database: Database, settings: Settings) -> None:
    play(database, settings, [("put", PARTNERS[0], SEATS[0], START.date(), None, None), ("recount",)])
    before = generations(database)
    for _ in range(2):
        with database.transaction() as session:
            record_shown(session, [(PARTNERS[0], SEATS[0], START.date()), (PARTNERS[0], SEATS[1], START.date())])
    with database.reading() as session:
        assert session.scalars(select(SeatChange.partner_id)).all() == [PARTNERS[0]]
    adoption.recount_all(database, settings, now=START)
    assert generations(database) == {one: generation + 1 for one, generation in before.items()}
    with database.reading() as session:
        row = session.scalars(select(PartnerSeats)).one()
        assert (row.deployed, row.active_once, row.never) == (1, 0, 1)
        assert session.scalars(select(ReachedSeats.kind)).all() == ["shown"]
        # Who is not there is not made.
        assert session.scalars(select(ActivityMonth.seat_id)).all() == [SEATS[0]]


def test_who_objected_is_neither_recorded_nor_shown_anything(database: Database, settings: Settings) -> None:
    play(
        database,
        settings,
        [
            ("put", PARTNERS[0], SEATS[0], START.date(), None, None),
            ("object", PARTNERS[0], SEATS[0]),
            ("active", PARTNERS[0], SEATS[0], START.date(), False, False, "embed", False),
            ("shown", PARTNERS[0], SEATS[0], START.date()),
            ("recount",),
        ],
    )
    with database.reading() as session:
        row = session.scalars(select(PartnerSeats)).one()
        assert (row.deployed, row.objected, row.never) == (1, 1, 1)
        assert session.scalars(select(ActivityMonth)).all() == []


def play(database: Database, settings: Settings, steps: list[tuple]) -> datetime:
    """Do the steps through the commands, on an empty database; the time at the end of it."""
    with database.transaction() as session:
        take_all_out(session)
    now = START
    for kind, *what in steps:
        if kind == "later":
            now += timedelta(days=what[0])
        elif kind == "recount":
            adoption.recount_all(database, settings, now=now)
        else:
            with database.transaction() as session:
                _do(session, kind, what, now)
    return now


def _do(session: Session, kind: str, what: list, now: datetime) -> None:
    if kind == "put":
        partner, seat, deployed, left, team = what
        declared = Declared(session)
        if team:
            declared.declare(["team"], now=now)
            declared.learn({"team": team})
        new = NewSeat(partner, seat, deployed, left, {"team": team} if team else None)
        put_seats(session, [new], declared, now=now)
    elif kind == "active":
        partner, seat, day, onboarding, meaningful, source, revise = what
        one = ActiveDay(partner, seat, day, onboarding, meaningful)
        record_activity(session, [one], source, now=now, revise=revise)
    elif kind == "shown":
        record_shown(session, [tuple(what)])
    else:
        own = Seat.partner_id == what[0], Seat.id == what[1]
        session.execute(
            update(Seat).where(*own).values(objected_at=now) if kind == "object" else delete(Seat).where(*own)
        )
        if kind == "gone":
            session.execute(
                delete(ActivityMonth).where(ActivityMonth.partner_id == what[0], ActivityMonth.seat_id == what[1])
            )
        note_changes(session, [what[0]])


def agrees(session: Session, settings: Settings, partner_id: UUID, today: date) -> None:
    """Every table of this partner is what its rows say, person by person."""
    everybody = people(session, partner_id)
    plain = recount(everybody, today, engaged_days=settings.engaged_days, abandoned_days=settings.abandoned_days)
    own = session.scalars(select(PartnerSeats).where(PartnerSeats.partner_id == partner_id)).all()
    assert {row.month: row.counted_on for row in own} == (plain.counted_on if everybody else {})
    for model, names, expected in (
        (PartnerSeats, ("month",), plain.months),
        (SegmentSeats, ("month", "segment_id"), plain.segments),
        (CohortSeats, ("month", "cohort_month"), plain.cohorts),
    ):
        rows = session.scalars(select(model).where(model.partner_id == partner_id)).all()
        found = {
            tuple(getattr(row, name) for name in names): {
                name: getattr(row, name) for name in COUNTS if getattr(row, name)
            }
            for row in rows
        }
        assert {key: counts for key, counts in found.items() if counts} == expected
    columns = FirstValueDays.month, FirstValueDays.days, FirstValueDays.seats
    first = session.execute(select(*columns).where(FirstValueDays.partner_id == partner_id))
    assert {(month, days): seats for month, days, seats in first} == plain.first_value
    months = range(month_of(START.date()) - 4, month_of(START.date()) + 5)
    cells = session.scalars(select(ReachedSeats).where(ReachedSeats.partner_id == partner_id)).all()
    for kind in ("active", "shown"):
        reached = [one.active if kind == "active" else one.shown for one in everybody]
        for begin in months:
            for end in range(begin, months.stop):
                inside = (one for one in cells if one.kind == kind and begin <= one.month <= end < one.next_month)
                assert sum(one.seats for one in inside) == distinct(reached, today, begin, end)


def people(session: Session, partner_id: UUID) -> list[Person]:
    """What the rows say of everybody."""
    active: dict[UUID, set[date]] = {}
    shown: dict[UUID, set[date]] = {}
    for row in session.scalars(select(ActivityMonth).where(ActivityMonth.partner_id == partner_id)):
        active.setdefault(row.seat_id, set()).update(days_of(row.month, row.days))
        shown.setdefault(row.seat_id, set()).update(days_of(row.month, row.shown_days))
    return [
        Person(
            seen_on=seat.seen_on,
            deployed_on=seat.deployed_on,
            left_on=seat.left_on,
            objected_on=None if seat.objected_at is None else seat.objected_at.date(),
            active=frozenset(active.get(seat.id, ())),
            activated_on=seat.first_activated_on,
            meaningful_on=seat.first_meaningful_on,
            shown=frozenset(shown.get(seat.id, ())),
            segment=seat.segment_id,
        )
        for seat in session.scalars(select(Seat).where(Seat.partner_id == partner_id))
    ]


def tables(database: Database) -> dict[str, list[str]]:
    """All rows of the tallies of seats."""
    with database.reading() as session:
        return {
            model.__tablename__: sorted(str(tuple(row)) for row in session.execute(select(model.__table__)))
            for model in TABLES
        }


def generations(database: Database) -> dict[UUID | None, int]:
    """The generation by partner; None: of everything."""
    with database.reading() as session:
        state = session.get_one(TallyState, 1)
        assert state.lineage is not None
        assert session.scalar(select(func.count()).select_from(SeatChange)) == 0
        rows = session.execute(select(PartnerGeneration.partner_id, PartnerGeneration.generation)).all()
    return {None: state.generation, **dict(map(tuple, rows))}
