"""Reports at the edges: on nothing, on one, on two years, on the past. The clock stands at 15 November 2026."""

from itertools import pairwise

import pytest

from feedback.core.errors import Problem
from feedback.gap.schemas import GapReportSchema, as_dict
from tests.gap.world import World, people

schema = GapReportSchema()


def test_an_empty_deployment(world: World) -> None:
    world.daily()
    report = world.values()
    assert schema.validate(as_dict(report)) == {}
    assert report.sentence == "There are no partners yet."
    assert (report.state.state, report.state.probability, report.state.history[-1].month) == (
        "undetermined",
        None,
        "2026-11",
    )
    assert report.renewals == report.value_due == report.value_by_state == report.events == report.cohorts == ()
    assert report.retention.contracts.due == 0 and report.retention.contracts.rate is None
    assert report.diagnostic.borrowed_time is None
    assert report.trend == type(report.trend)()
    assert not any("activity" in note for note in report.quality.notes)


def test_one_partner_with_one_person(world: World) -> None:
    world.partner("acme", 1)
    world.seats("acme", ["ada"], on="2026-11-01")
    world.active("acme", ["ada"], "2026-11-02")
    world.answers("acme", "end_user", {"ada": 9})
    world.daily()
    report = world.values()
    assert schema.validate(as_dict(report)) == {}
    row = report.partners[0]
    assert (row.end_user.score, row.end_user.people, row.gap) == (100, 1, None)
    assert row.end_user.low < 0 < row.end_user.high == 100
    assert (row.shrunken, row.worst_tenth) == (100, None)  # nobody else to rank it among
    assert report.adoption.activation == 1 and report.silent.participation == 1
    assert report.silent.worst == report.silent.best == 100
    assert row.state.state == "undetermined" and 0.8 < row.state.end_user_ok < 1
    assert report.headline.end_user.score is None
    own = world.values(partner="acme")
    assert own.headline.end_user.score == 100 and own.partners[0].shrunken is None
    assert own.sentence.startswith("Acme: which side is at risk cannot be told yet")


@pytest.mark.parametrize("metric", ["csat", "ces"])
def test_a_report_on_another_metric_has_its_scores_and_the_same_state(world: World, metric: str) -> None:
    for slug in ("acme", "bolt"):
        world.partner(slug, 10)
        world.seats(slug, people(10))
        world.active(slug, people(9), "2026-11-02")
        world.answers(slug, "buyer", [9, 9, 10])
        world.answers(slug, "end_user", [1, 5, 4], metric=metric)
        world.answers(slug, "buyer", [5, 2], metric=metric)
    found, nps = world.values(metric=metric), world.values()
    assert schema.validate(as_dict(found)) == {}
    assert found.state == nps.state and found.side_at_risk == nps.side_at_risk
    assert found.partners[0].state == nps.partners[0].state
    assert found.partners[0].state.state == "compounding"
    good = {"csat": 200 / 3, "ces": 100 / 3}[metric]
    assert found.headline.end_user.score == pytest.approx(good)
    assert found.headline.buyer.score == 50 and found.headline.gap.points == pytest.approx(good - 50)
    assert found.silent.score == pytest.approx(good)
    share = 6 / 18
    assert (found.silent.worst, found.silent.best) == pytest.approx((share * good, share * good + 100 * (1 - share)))
    assert "CSAT" in found.headline.end_user.estimand or "CES" in found.headline.end_user.estimand


def test_a_window_of_two_years(world: World) -> None:
    world.counts_at_once = False
    world.at("2024-12-20")
    world.partner("acme", 20, starts_on=world.services.clock().date())
    world.seats("acme", people(20), on="2024-12-01")
    months = [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)][: 12 + 11]
    for number, month in enumerate(["2024-12", *months]):
        world.at(f"{month}-20" if month != "2026-11" else "2026-11-15")
        world.active("acme", people(18), f"{month}-10")
        world.answers("acme", "end_user", {f"p{number % 3}": 2 + number % 9}, on=f"{month}-10")
        world.answers("acme", "buyer", {f"b{number % 2}": 9}, on=f"{month}-10")
        if month != "2026-11":
            year, following = divmod(int(month[:4]) * 12 + int(month[5:]), 12)
            world.every_month(f"{year}-{following + 1:02}")
    world.catch_up()
    report = world.values(start="2024-12", partner="acme")
    assert schema.validate(as_dict(report)) == {}
    assert [row.month for row in report.months] == ["2024-12", *months]
    assert [one.month for one in report.state.history] == ["2024-12", *months]
    assert (report.state.months, report.state.since, report.state.came_from) == (23, "2025-01", "undetermined")
    assert report.headline.end_user.people == 3 and report.headline.buyer.people == 2
    assert report.trend.end_user.months == 24 and report.trend.engagement.months == 6
    assert not report.trend.engagement.declining
    changes = report.changes
    assert (changes.first_day.isoformat(), changes.last_day.isoformat()) == ("2022-12-01", "2024-11-30")
    assert changes.end_user.by_partner is None
    assert all(before.month < after.month for before, after in pairwise(report.state.history))


def test_a_window_wholly_in_the_past_knows_nothing_of_today(world: World) -> None:
    world.at("2026-03-20")
    world.partner("acme", 20)
    world.seats("acme", people(20), on="2026-03-01")
    world.active("acme", people(5), "2026-03-10")
    world.answers("acme", "end_user", {"ada": 3}, on="2026-03-10")
    world.answers("acme", "buyer", {"cfo": 9, "ceo": 9}, on="2026-03-10")
    world.every_month("2026-04")
    known = world.report(start="2026-03", end="2026-03")
    world.at("2026-11-15")
    world.partner("bolt", 500, starts_on=world.services.clock().date())
    world.contract("acme", "two", 90, "2026-10-01", "2027-10-01")
    world.seats("acme", people(60, 100), on="2026-10-02")
    world.seats("acme", people(2), on=None, left_on="2026-09-02")
    world.active("acme", people(60, 100), "2026-10-10", meaningful=True)
    world.answers("acme", "end_user", {"ada": 10, "eve": 9}, on="2026-11-10")
    world.answers("acme", "buyer", {"cfo": 0, "ceo": 0}, on="2026-11-10")
    world.promoted("acme", "2026-11-01")
    world.daily()
    later = world.report(start="2026-03", end="2026-03")
    (bolt,) = (row for row in later["partners"] if row["partner"] == "bolt")
    assert bolt["licences"] is None and bolt["adoption"]["deployed"] == 0
    later["partners"].remove(bolt)
    for name in ("as_of", "quality"):
        known.pop(name), later.pop(name)
    assert later == known


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"metric": "stars"}, "The metric is one of nps, csat, ces, not 'stars'."),
        ({"metric": "NPS"}, "not 'NPS'"),
        ({"start": "2027-01"}, "has not begun"),
        ({"start": "2026-11", "end": "2026-10"}, "2026-1"),
        ({"partner": "nowhere"}, "There is no partner 'nowhere'."),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(world: World, query: dict[str, str], words: str) -> None:
    with pytest.raises(Problem) as refused:
        world.values(**query)
    assert words in str(refused.value)
