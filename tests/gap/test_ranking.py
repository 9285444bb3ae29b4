"""Who is among the worst tenth is computed ahead, for exactly the numbers that a report shows."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from feedback.gap import ranking
from feedback.gap.models import Ranking
from feedback.stats import nps, rollup
from tests.gap.world import World


@pytest.fixture
def ranked(world: World) -> World:
    """Three partners whose answers nobody has seen before."""
    for slug in ("acme", "bolt", "cargo"):
        world.partner(slug, 10)
        world.answers(slug, "end_user", [random.randrange(11) for _ in range(12)])
    return world


def worst(world: World) -> list[float | None]:
    return [row["worst_tenth"] for row in world.report()["partners"]]


def keep(world: World, **later: float) -> int:
    return ranking.keep(
        world.services.database, world.services.settings, now=world.services.clock() + timedelta(**later)
    )


def test_a_report_shows_what_was_computed_ahead_for_these_very_numbers(ranked: World) -> None:
    assert keep(ranked) == 1
    assert keep(ranked) == 0
    with ranked.services.database.transaction() as session:
        session.execute(update(Ranking).values(values=[0.25, 0.5, 0.75]))
    assert worst(ranked) == [0.25, 0.5, 0.75]


def test_one_more_answer_and_it_is_computed_anew(ranked: World) -> None:
    keep(ranked)
    with ranked.services.database.transaction() as session:
        session.execute(update(Ranking).values(values=[0.25, 0.5, 0.75]))
    ranked.answers("acme", "end_user", [0])
    rows = ranked.report()["partners"]
    tallies = [nps.Tally.from_histogram(row["end_user"]["histogram"]) for row in rows]
    assert [row["worst_tenth"] for row in rows] == rollup.worst_tenth(tallies)
    assert keep(ranked, minutes=1) == 1


def test_nothing_is_kept_where_nobody_answered(world: World) -> None:
    world.partner("acme", 10)
    assert keep(world) == 0


def test_old_ones_are_thrown_away(ranked: World) -> None:
    with ranked.services.database.transaction() as session:
        for number in range(30):
            computed_at = ranked.services.clock() - timedelta(days=number + 1)
            session.add(Ranking(digest=str(number), computed_at=computed_at, values=[]))
    keep(ranked)
    with ranked.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Ranking)) == 24
        assert session.get(Ranking, "0") is not None
        assert session.get(Ranking, "29") is None
