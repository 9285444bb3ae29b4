"""Which months a report covers. The clock stands at 15 November 2026."""

from datetime import UTC, date, datetime

import pytest

from feedback.core.errors import Code, Problem
from feedback.core.months import first_day, last_day
from feedback.gap.queries import report
from feedback.gap.window import window
from tests.gap.world import World

NOW = datetime(2026, 11, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "first", "last", "partial", "widened"),
    [
        (None, None, "2026-09-01", "2026-11-30", True, False),
        ("2026-05", None, "2026-05-01", "2026-11-30", True, False),
        (None, "2026-05", "2026-03-01", "2026-05-31", False, False),
        ("2026-02-01", "2026-02-28", "2026-02-01", "2026-02-28", False, False),
        ("2026-02-02", "2026-02-28", "2026-02-01", "2026-02-28", False, True),
        ("2026-02", "2026-03-30", "2026-02-01", "2026-03-31", False, True),
        ("2024-12", "2024-12", "2024-12-01", "2024-12-31", False, False),
        ("2026-11-30", "2026-11-30", "2026-11-01", "2026-11-30", True, True),
    ],
)
def test_a_report_covers_whole_months(start, end, first, last, partial, widened) -> None:
    found = window(start, end, now=NOW)
    assert (first_day(found.first_month), last_day(found.last_month)) == (
        date.fromisoformat(first),
        date.fromisoformat(last),
    )
    assert (found.partial, found.widened) == (partial, widened)


@pytest.mark.parametrize(
    ("start", "end", "field", "says"),
    [
        ("2026-10", "2026-09", "from", "lies after"),
        ("2026-12", None, "from", "has not begun"),
        ("2026-10", "2027-01-01", "to", "has not begun"),
        ("2026-13", None, "from", "takes a month"),
        ("2026-02-30", None, "from", "takes a month"),
        (None, "yesterday", "to", "takes a month"),
        (None, "20260901", "to", "takes a month"),
        ("٢٠٢٦-09", None, "from", "takes a month"),
        ("0001-01", "0001-02", "to", "takes a month"),
        ("2016-11", None, "from", "at most 120 months"),
    ],
)
def test_a_window_that_cannot_be_is_refused_by_name(start, end, field, says) -> None:
    with pytest.raises(Problem) as refused:
        window(start, end, now=NOW)
    assert refused.value.code is Code.INVALID
    assert says in refused.value.detail
    assert list(refused.value.details["errors"]) == [field]


def test_ten_years_are_the_most() -> None:
    assert len(window("2016-12", None, now=NOW).months) == 120


def test_a_report_says_that_days_were_widened_and_that_the_month_is_not_over(world: World) -> None:
    notes = world.values(start="2026-10-05", end="2026-11-10").quality.notes
    assert "Reports run over whole months: this one covers 2026-10 to 2026-11." in notes
    assert "2026-11 is not over; its numbers still move." in notes
    world.partner("acme", 10)
    notes = world.values(start="2026-10", end="2026-10").quality.notes
    assert notes[0] == "Nobody answered in 2026-10."
    assert not any("whole months" in note or "not over" in note for note in notes)


def test_an_unknown_metric_or_partner_is_refused(world: World) -> None:
    with world.services.database.reading() as session:
        with pytest.raises(Problem, match="nps, csat, ces") as refused:
            report(session, world.services.settings, now=NOW, metric="stars")
        assert refused.value.code is Code.INVALID
        with pytest.raises(Problem) as refused:
            report(session, world.services.settings, now=NOW, partner="nowhere")
        assert refused.value.code is Code.PARTNER_UNKNOWN
