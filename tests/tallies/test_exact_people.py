"""Whatever comes, in whatever order: every window of months counts each respondent once, at their latest voice."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text

from feedback.core.db import Base, Database
from feedback.core.errors import Problem
from feedback.core.inbox import InboxRow
from feedback.core.months import month_of
from feedback.responses.commands import NewResponse, erase, put_imported, put_response
from feedback.responses.models import REASONS, Response
from feedback.tallies.commands import fold, fold_all, rebuild
from feedback.tallies.models import COUNTS, PartnerTally, ReasonTally, Tally
from feedback.tallies.verify import verify
from tests.soak import many

SPACE = UUID("018f0000-0000-7000-8000-000000000000")
PARTNERS = [uuid5(SPACE, f"partner {number}") for number in range(2)]
RESPONDENTS = [uuid5(SPACE, f"respondent {number}") for number in range(2)]
BUYER = uuid5(SPACE, "buyer")
SURVEY = uuid5(SPACE, "survey")
START = datetime(2026, 1, 10, tzinfo=UTC)
MONTHS = range(month_of(START), month_of(START) + 6)

comments = st.sampled_from([None, None, "", "Slow."])
reasons = st.sampled_from([None, None, "price", "effort"])
answers = st.tuples(
    st.just("answer"),
    st.sampled_from(PARTNERS),
    st.sampled_from([*RESPONDENTS, BUYER]),
    st.integers(0, 170),  # day of the answer
    st.integers(0, 10),
    st.sampled_from(["vendor", "vendor", "partner", "none"]),
    st.integers(0, 2),  # segment
    st.booleans(),  # live
    comments,
    reasons,
)
steps = st.lists(
    st.one_of(
        answers,
        answers,
        answers,
        st.tuples(st.just("revise"), st.integers(0, 30), st.integers(0, 10), st.integers(0, 170)),
        st.tuples(st.just("say more"), st.integers(0, 30), comments, reasons),
        st.tuples(st.just("import again"), st.integers(0, 30), st.integers(0, 10)),
        st.tuples(st.just("erase"), st.sampled_from(PARTNERS), st.sampled_from([*RESPONDENTS, BUYER])),
        st.tuples(st.just("fold"), st.sampled_from([1, 2, 1000])),
    ),
    min_size=3,
    max_size=40,
)


@given(steps=steps)
@settings(max_examples=many(100, 3000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_window_counts_each_respondent_once_at_their_latest_voice(database: Database, steps: list[tuple]) -> None:
    play(database, steps)
    fold_all(database, now=START + timedelta(days=200))
    with database.reading() as session:
        raw = session.scalars(select(Response)).all()
        cells = {model: session.scalars(select(model)).all() for model in (Tally, PartnerTally, ReasonTally)}
        for trusts in ({"vendor", "partner"}, {"vendor"}, {"vendor", "partner", "none"}):
            for first in MONTHS:
                for last in range(first, MONTHS.stop):
                    latest = recount(raw, first, last, trusts)
                    assert counted(cells[Tally], first, last, trusts) == summary(latest)
                    assert counted(cells[PartnerTally], first, last, trusts) == summary(latest)
                    for reason in REASONS:
                        own = [cell for cell in cells[ReasonTally] if cell.reason == reason]
                        people = [row for row in latest if row.reason == reason]
                        assert counted(own, first, last, trusts) == summary(people)
    with database.transaction() as session:
        assert verify(session, now=START).differences == ()


@given(steps=steps)
@settings(max_examples=many(20, 500), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_rebuild_gives_what_the_folds_gave(database: Database, steps: list[tuple]) -> None:
    play(database, steps)
    fold_all(database, now=START)
    before = everything(database)
    with database.transaction() as session:
        rebuild(session, now=START)
    assert everything(database) == before


@pytest.mark.parametrize(
    ("table_name", "column", "value"),
    [
        ("tallies", "h3", 2),
        ("tallies", "month", 1),
        ("partner_tallies", "commented", 0),
        ("daily_tallies", "commented", 2),
        ("reason_tallies", "h3", 0),
        ("reason_tallies", "reason", "other"),
        ("voices", "score", 4),
        ("voices", "reason", None),
    ],
)
def test_verify_finds_what_was_tampered_with(database: Database, table_name: str, column: str, value: object) -> None:
    play(database, [("answer", PARTNERS[0], RESPONDENTS[0], 5, 3, "vendor", 0, True, "Slow.", "price")])
    fold_all(database, now=START)
    with database.transaction() as session:
        assert verify(session, now=START).clean
        session.execute(Base.metadata.tables[table_name].update().values({column: value}))
    with database.transaction() as session:
        assert not verify(session, now=START).clean


def test_a_row_that_cannot_be_folded_is_set_aside_with_its_reason_and_the_rest_goes_on(database: Database) -> None:
    play(database, [])
    with database.transaction() as session:
        # Of the two people in this segment the second cannot be counted: the index makes a row of theirs poison.
        session.execute(text("CREATE UNIQUE INDEX poison ON voices (segment_id) WHERE segment_id = 77"))
        for number in range(40):
            person = uuid5(SPACE, f"respondent {number}")
            segment = 77 if number in (3, 30) else 0
            answer = _answer(number, PARTNERS[0], person, 5, 9, "vendor", segment, True, None, None)
            put_response(session, answer, now=START + timedelta(days=180))
    try:
        assert fold_all(database, now=START + timedelta(days=181), limit=100) == 39
        with database.reading() as session:
            (left,) = session.scalars(select(InboxRow)).all()
            assert left.respondent_id == uuid5(SPACE, "respondent 30")
            assert left.set_aside_at == START + timedelta(days=181)
            assert "segment_id" in (left.reason or "")
            assert sum(cell.h9 for cell in session.scalars(select(Tally))) == 39
    finally:
        with database.transaction() as session:
            session.execute(text("DROP INDEX poison"))


def play(database: Database, steps: list[tuple]) -> None:
    """Do the steps through the commands, on an empty database."""
    with database.transaction() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
    ids: list[NewResponse] = []
    for number, (kind, *what) in enumerate(steps):
        now = START + timedelta(days=180, minutes=number)
        with database.transaction() as session:
            if kind == "answer":
                ids.append(_answer(number, *what))
                put_response(session, ids[-1], now=now)
            elif kind == "revise" and ids:
                put_response(session, _changed(ids, what[0], number, score=what[1], day=what[2]), now=now)
            elif kind == "say more" and ids:
                one = replace(ids[what[0] % len(ids)], revision=number + 2, comment=what[1], reason=what[2])
                put_response(session, one, now=now)
            elif kind == "import again" and ids:
                _import(session, _changed(ids, what[0], number, score=what[1], day=None), now)
            elif kind == "erase":
                erase(session, what[0], what[1], now=now)
            elif kind == "fold":
                fold(session, now=now, limit=what[0])


def _answer(number, partner, respondent, day, score, trust, segment, live, comment, reason) -> NewResponse:
    identifier = uuid5(SPACE, f"response {number}")
    return NewResponse(
        partner_id=partner,
        id=identifier,
        survey_id=SURVEY,
        survey_version_id=SURVEY,
        audience="buyer" if respondent == BUYER else "end_user",
        metric="nps",
        respondent_id=identifier if trust == "none" else respondent,
        score=score,
        revision=1,
        complete=True,
        answered_at=START + timedelta(days=day),
        trust=trust,
        live=live,
        segment_id=segment,
        comment=comment,
        reason=reason,
    )


def _changed(ids: list[NewResponse], index: int, number: int, *, score: int, day: int | None) -> NewResponse:
    one = ids[index % len(ids)]
    when = one.answered_at if day is None else START + timedelta(days=day)
    return replace(one, score=score, revision=number + 2, answered_at=when)


def _import(session, one: NewResponse, now: datetime) -> None:
    try:
        put_imported(session, [one], now=now)
    except Problem as problem:
        assert problem.code.name == "RESPONSE_OF_ANOTHER"


def recount(raw: Sequence[Response], first: int, last: int, trusts: set[str]) -> list[Response]:
    """The definition, said plainly: the latest voice of each respondent in the window."""
    voices: dict = {}
    order = {"vendor": 2, "partner": 1, "none": 0}
    for row in raw:
        if not row.live or row.trust not in trusts or not first <= row.month <= last:
            continue
        key = (row.partner_id, row.respondent_id)
        rank = (row.month, order[row.trust], row.answered_at, row.received_at, row.id)
        if key not in voices or rank > voices[key][0]:
            voices[key] = (rank, row)
    return [row for _, row in voices.values()]


def summary(people: Sequence[Response]) -> Counter:
    """How many gave each score and how many wrote something, by partner and audience."""
    scores = Counter((one.partner_id, one.audience, one.score) for one in people)
    return scores + Counter((one.partner_id, one.audience, "commented") for one in people if one.comment)


def counted(cells: Sequence[Tally | PartnerTally | ReasonTally], first: int, last: int, trusts: set[str]) -> Counter:
    """The same from cells, by addition alone."""
    total: Counter = Counter()
    for cell in cells:
        following = cell.next_vendor_month if trusts == {"vendor"} else cell.next_month
        if first <= cell.month <= last < following and cell.trust in trusts:
            key = (cell.partner_id, cell.audience)
            total.update({(*key, score): getattr(cell, name) for score, name in enumerate(COUNTS)})
            total.update({(*key, "commented"): cell.commented})
    return +total


def everything(database: Database) -> dict[str, list[tuple]]:
    """All voices, and all cells that count anybody."""
    result = {}
    with database.reading() as session:
        for name in ("voices", "tallies", "partner_tallies", "daily_tallies", "reason_tallies"):
            rows = session.execute(select(Base.metadata.tables[name])).mappings()
            result[name] = sorted(
                str(sorted(row.items())) for row in rows if name == "voices" or any(row[count] for count in COUNTS)
            )
    return result
