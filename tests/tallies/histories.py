"""Histories of answers: random ones, how to live through them, and the plain recount of what they come to."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from hypothesis import strategies as st

from feedback.core.db import Database
from feedback.core.errors import Problem
from feedback.core.months import month_of
from feedback.privacy.erasing import erase
from feedback.privacy.held import Person
from feedback.responses.commands import NewResponse, put_imported, put_response
from feedback.responses.models import Response
from feedback.tallies.commands import fold
from feedback.tallies.cube import cube
from tests.emptying import take_all_out

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
    st.sampled_from([PARTNERS[0], PARTNERS[0], PARTNERS[1]]),
    st.sampled_from([*RESPONDENTS, BUYER]),
    st.integers(0, 170),  # day of the answer
    st.integers(0, 10),
    st.sampled_from(["vendor", "vendor", "partner", "partner", "none"]),
    st.integers(0, 2),  # segment
    st.sampled_from([True, True, True, False]),  # live
    comments,
    reasons,
)
afterwards = st.one_of(
    st.tuples(st.just("nothing")),
    st.tuples(st.just("revise"), st.integers(0, 30), st.integers(0, 10), st.integers(0, 170)),
    st.tuples(st.just("say more"), st.integers(0, 30), comments, reasons),
    st.tuples(st.just("import again"), st.integers(0, 30), st.integers(0, 10)),
    st.tuples(st.just("erase"), st.sampled_from(PARTNERS), st.sampled_from([*RESPONDENTS, BUYER])),
    st.tuples(st.just("fold"), st.sampled_from([1, 2, 1000])),
    st.tuples(st.just("look")),
)
# An answer at every turn: the few people in it must come back, or next months would hardly ever be tried.
steps = st.lists(st.tuples(answers, afterwards), min_size=8, max_size=24).map(
    lambda turns: [step for turn in turns for step in turn]
)


def play(database: Database, steps: list[tuple]) -> None:
    """Do the steps through the commands, on an empty database."""
    with database.transaction() as session:
        take_all_out(session)
    ids: list[NewResponse] = []
    for number, (kind, *what) in enumerate(steps):
        now = START + timedelta(days=180, minutes=number)
        with database.transaction() as session:
            if kind == "answer":
                ids.append(answer(number, *what))
                put_response(session, ids[-1], now=now)
            elif kind == "revise" and ids:
                put_response(session, _changed(ids, what[0], number, score=what[1], day=what[2]), now=now)
            elif kind == "say more" and ids:
                one = ids[what[0] % len(ids)]._replace(revision=number + 2, comment=what[1], reason=what[2])
                put_response(session, one, now=now)
            elif kind == "import again" and ids:
                _import(session, _changed(ids, what[0], number, score=what[1], day=None), now)
            elif kind == "erase":
                erase(session, Person(what[0], (what[1],)), now=now)
            elif kind == "fold":
                fold(session, now=now, limit=what[0])
        if kind == "look":
            with database.reading() as session:
                cube(session)


def answer(number: int, partner, respondent, day, score, trust, segment, live, comment, reason) -> NewResponse:
    """The answer to be, of that number."""
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
    return one._replace(score=score, revision=number + 2, answered_at=when)


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


def summary(people: Sequence[Response], group: str = "partner_id") -> Counter:
    """How many gave each score and how many wrote something, by partner (or another `group`) and audience."""
    scores = Counter((getattr(one, group), one.audience, one.score) for one in people)
    return scores + Counter((getattr(one, group), one.audience, "commented") for one in people if one.comment)
