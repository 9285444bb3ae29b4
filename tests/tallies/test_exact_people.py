"""Whatever comes, in whatever order: every window of months counts each respondent once, at their latest voice."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import select, text

from feedback.core.db import Base, Database
from feedback.core.inbox import InboxRow
from feedback.responses.commands import put_response
from feedback.responses.models import REASONS, Response
from feedback.tallies.commands import fold_all, rebuild
from feedback.tallies.models import COUNTS, PartnerTally, ReasonTally, SegmentTally, Tally
from feedback.tallies.verify import verify
from tests.soak import many
from tests.tallies.histories import (
    MONTHS,
    PARTNERS,
    RESPONDENTS,
    SPACE,
    START,
    answer,
    play,
    recount,
    steps,
    summary,
)


@given(steps=steps)
@settings(max_examples=many(20, 1000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_window_counts_each_respondent_once_at_their_latest_voice(database: Database, steps: list[tuple]) -> None:
    play(database, steps)
    fold_all(database, now=START + timedelta(days=200))
    with database.reading() as session:
        raw = session.scalars(select(Response)).all()
        models = (Tally, PartnerTally, SegmentTally, ReasonTally)
        cells = {model: session.scalars(select(model)).all() for model in models}
        for trusts in ({"vendor", "partner"}, {"vendor"}, {"vendor", "partner", "none"}):
            for first in MONTHS:
                for last in range(first, MONTHS.stop):
                    latest = recount(raw, first, last, trusts)
                    assert counted(cells[Tally], first, last, trusts) == summary(latest)
                    assert counted(cells[PartnerTally], first, last, trusts) == summary(latest)
                    assert counted(cells[SegmentTally], first, last, trusts, "segment_id") == summary(
                        latest, "segment_id"
                    )
                    for reason in REASONS:
                        own = [cell for cell in cells[ReasonTally] if cell.reason == reason]
                        people = [row for row in latest if row.reason == reason]
                        assert counted(own, first, last, trusts) == summary(people)
    with database.transaction() as session:
        assert verify(session, now=START).differences == ()


@pytest.mark.parametrize("more", [("Slow.", "price"), (None, "effort"), ("Slow.", None), (None, None)])
def test_a_revision_that_only_says_more_is_counted(database: Database, more: tuple[str | None, str | None]) -> None:
    spoken = ("answer", PARTNERS[0], RESPONDENTS[0], 5, 3, "vendor", 0, True, None, "price")
    play(database, [spoken, ("fold", 10), ("say more", 0, *more), ("fold", 10)])
    comment, reason = more
    with database.transaction() as session:
        (cell,) = session.scalars(select(PartnerTally)).all()
        assert (cell.h3, cell.commented) == (1, int(comment is not None))
        reasons = {one.reason: (one.h3, one.commented) for one in session.scalars(select(ReasonTally)) if one.h3}
        assert reasons == ({reason: (1, int(comment is not None))} if reason else {})
        assert verify(session, now=START).clean


@given(steps=steps)
@settings(max_examples=many(12, 500), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
        ("segment_tallies", "h3", 2),
        ("segment_tallies", "segment_id", 8),
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
            one = answer(number, PARTNERS[0], person, 5, 9, "vendor", segment, True, None, None)
            put_response(session, one, now=START + timedelta(days=180))
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


def counted(cells: Sequence[Any], first: int, last: int, trusts: set[str], group: str = "partner_id") -> Counter:
    """The same from cells, by addition alone."""
    total: Counter = Counter()
    for cell in cells:
        following = cell.next_vendor_month if trusts == {"vendor"} else cell.next_month
        if first <= cell.month <= last < following and cell.trust in trusts:
            key = (getattr(cell, group), cell.audience)
            total.update({(*key, score): getattr(cell, name) for score, name in enumerate(COUNTS)})
            total.update({(*key, "commented"): cell.commented})
    return +total


def everything(database: Database) -> dict[str, list[tuple]]:
    """All voices, and all cells that count anybody."""
    result = {}
    with database.reading() as session:
        for name in ("voices", "tallies", "partner_tallies", "segment_tallies", "daily_tallies", "reason_tallies"):
            rows = session.execute(select(Base.metadata.tables[name])).mappings()
            result[name] = sorted(
                str(sorted(row.items())) for row in rows if name == "voices" or any(row[count] for count in COUNTS)
            )
    return result
