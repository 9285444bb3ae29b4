"""What reports read from tables, against a recount of the raw rows."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from feedback.core import rows
from feedback.core.db import Database
from feedback.responses.models import Response
from feedback.surveys.models import AUDIENCES
from feedback.tallies import queries
from feedback.tallies.commands import fold_all
from feedback.tallies.cube import SEAT_COUNTS
from feedback.tallies.models import CohortSeats, SegmentSeats
from tests.soak import many
from tests.tallies.histories import MONTHS, PARTNERS, START, play, recount, steps

NOW = START + timedelta(days=200)
TRUST_SETS = ({"vendor", "partner"}, {"vendor"}, {"vendor", "partner", "none"})
trusts = st.sampled_from(TRUST_SETS)


@given(steps=steps, trust=trusts)
@settings(max_examples=many(12, 1000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_segments_hold_people_where_they_were_last(database: Database, steps: list[tuple], trust: set[str]) -> None:
    play(database, steps)
    fold_all(database, now=NOW)
    first, last = MONTHS[1], MONTHS[-2]
    with database.reading() as session:
        latest = recount(session.scalars(select(Response)).all(), first, last, trust)
        for only, without in ((None, []), (PARTNERS[0], []), (None, [PARTNERS[0]])):
            asked = [one for one in latest if only in (None, one.partner_id) and one.partner_id not in without]
            found = queries.people_by_segment(
                session, "nps", first, last, trust=trust, partner_id=only, without=without
            )
            expected = Counter((one.segment_id, one.audience, one.score) for one in asked)
            assert expected == Counter(
                {
                    (segment, audience, score): people
                    for segment, sides in found.items()
                    for audience, histogram in zip(AUDIENCES, sides.tolist(), strict=True)
                    for score, people in enumerate(histogram)
                    if people
                }
            )
            assert all(sides.any() for sides in found.values())


@given(steps=steps, trust=trusts)
@settings(max_examples=many(12, 1000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_buyer_stands_once_with_what_was_said_last(
    database: Database, steps: list[tuple], trust: set[str]
) -> None:
    play(database, steps)
    fold_all(database, now=NOW)
    with database.reading() as session:
        raw = session.scalars(select(Response)).all()
        for first, last in ((MONTHS[0], MONTHS[-1]), (MONTHS[1], MONTHS[2])):
            latest = [one for one in recount(raw, first, last, trust) if one.audience == "buyer"]
            for partner in PARTNERS:
                found = queries.buyers_last(session, "nps", first, last, trust=trust, partner_id=partner)
                assert sorted(found, key=str) == sorted(
                    (
                        queries.BuyerVoice(one.respondent_id, one.answered_at.date(), one.score, one.trust, one.reason)
                        for one in latest
                        if one.partner_id == partner
                    ),
                    key=str,
                )


def test_buyers_are_found_by_their_index(database: Database) -> None:
    question = rows._question(queries._of_buyers(("vendor",)), database.engine.dialect)
    assert question is not None
    values = question.given({"metric": "nps", "first_month": 1, "last_month": 2, "partner_id": PARTNERS[0]})
    with database.reading() as session:
        if not database.is_sqlite:
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        plan = session.connection().exec_driver_sql(f"{explain} {question.sql}", values).all()
        assert "ix_voices_of_buyers" in str(plan)


@pytest.mark.parametrize("trust", [{"partner"}, {"partner", "none"}])
def test_partners_without_the_vendor_cannot_be_counted(database: Database, trust: set[str]) -> None:
    for ask in (queries.people_by_segment, queries.buyers_last):
        with database.reading() as session, pytest.raises(ValueError, match="together with the vendor"):
            ask(session, "nps", MONTHS[0], MONTHS[0], trust=trust, partner_id=PARTNERS[0])


@pytest.mark.parametrize(
    ("model", "key", "ask"),
    [(SegmentSeats, "segment_id", queries.seats_by_segment), (CohortSeats, "cohort_month", queries.cohorts)],
)
def test_seats_by_segment_and_by_cohort_are_added_up_over_partners(database: Database, model, key, ask) -> None:
    with database.transaction() as session:
        for number, partner in enumerate(PARTNERS):
            for group in (0, 7):
                for month in (MONTHS[0], MONTHS[1]):
                    counts = {name: 100 * number + group + place for place, name in enumerate(SEAT_COUNTS)}
                    session.add(model(partner_id=partner, month=month, **{key: group}, **counts))
    with database.reading() as session:
        both = ask(session, MONTHS[0])
        assert {group: counts.tolist() for group, counts in both.items()} == {
            group: [100 + 2 * group + 2 * place for place in range(len(SEAT_COUNTS))] for group in (0, 7)
        }
        own = ask(session, MONTHS[0], partner_id=PARTNERS[1])
        without = ask(session, MONTHS[0], without=[PARTNERS[0]])
        assert own[7].tolist() == without[7].tolist() == [107 + place for place in range(len(SEAT_COUNTS))]
        assert ask(session, MONTHS[2]) == {}


def test_the_state_says_when_answers_were_last_counted(database: Database) -> None:
    with database.reading() as session:
        assert queries.folded(session) == queries.Folded(0, None)
    answers = [("answer", PARTNERS[0], UUID(int=n), 5, 9, "vendor", 0, True, None, None) for n in (1, 2)]
    play(database, [answers[0], ("fold", 10), answers[1], ("fold", 10)])
    with database.reading() as session:
        state = queries.folded(session)
    assert state.generation == 2
    assert state.folded_at == START + timedelta(days=180, minutes=3)
