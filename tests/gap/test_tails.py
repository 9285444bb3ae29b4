"""Tails: where partners stood at the ends of the months before, as snapshots say, of few partners at a time."""

import pytest
from sqlalchemy import event

from feedback.gap import queries
from feedback.gap import tails as gap_tails
from feedback.gap.tails import TailPoint, Tails, tails
from tests.gap.world import World, people


@pytest.fixture
def lived(world: World) -> World:
    """Acme and Bolt from August on; Bolt has no buyer."""
    world.at("2026-08-03")
    for slug in ("acme", "bolt"):
        world.partner(slug, 20)
        world.seats(slug, people(20), on="2026-08-01")
    for month, active in (("08", 4), ("09", 10)):
        world.at(f"2026-{month}-20")
        for slug in ("acme", "bolt"):
            world.active(slug, people(active), f"2026-{month}-15")
        world.answers("acme", "buyer", {"cfo": 9 if month == "08" else 3}, on=f"2026-{month}-12", at_the_door=True)
        world.every_month(f"2026-{int(month) + 1:02}")
    return world


def of(world: World, **values: str) -> Tails:
    services = world.services
    with services.database.reading() as session:
        report = queries.report(session, services.settings, now=services.clock(), **values)
        return tails(session, report)


def test_a_tail_is_what_the_snapshots_before_the_last_month_say(lived: World) -> None:
    assert of(lived) == {"acme": [TailPoint("2026-08", 100, 0.2), TailPoint("2026-09", -100, 0.5)]}
    assert of(lived, end="2026-09") == {"acme": [TailPoint("2026-08", 100, 0.2)]}


def test_another_metric_has_no_tails(lived: World) -> None:
    assert of(lived, metric="csat") == {}


def test_few_partners_are_asked_for_in_two_statements(lived: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gap_tails, "MOST_PARTNERS", 0)
    assert of(lived) == {}
    monkeypatch.undo()
    services = lived.services
    seen: list[str] = []
    with services.database.reading() as session:
        report = queries.report(session, services.settings, now=services.clock())
        event.listen(services.database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
        tails(session, report)
    assert 1 <= len(seen) <= 2
