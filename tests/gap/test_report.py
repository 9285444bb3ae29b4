"""The gap report on worlds made by hand. The clock stands at 15 November 2026."""

from itertools import pairwise

import pytest

from feedback.stats import gap as stats_gap
from feedback.stats import nps, proportion, rollup
from tests.gap.world import NOBODY, World


def nps_of(histogram: list[int]) -> float:
    """By hand: percent of 9 and 10 less percent of 0 to 6."""
    return 100 * (sum(histogram[9:]) - sum(histogram[:7])) / sum(histogram)


def test_a_report_on_nothing_has_no_scores_at_all(world: World) -> None:
    report = world.report()
    assert report["schema"] == 1
    assert report["metric"] == "nps"
    assert report["period"] == {"from": "2026-09-01", "to": "2026-11-30", "partial": True}
    assert report["as_of"] == "2026-11-15T12:00:00Z"
    for side in ("end_user", "buyer"):
        assert report["headline"][side].pop("estimand")
        assert report["headline"][side] == NOBODY
    assert report["headline"]["gap"] is None
    assert report["partners"] == [] and report["segments"] == []
    assert [row["month"] for row in report["months"]] == ["2026-09", "2026-10", "2026-11"]
    assert all(row["end_user"] == row["buyer"] == NOBODY and row["gap"] is None for row in report["months"])
    assert report["quality"]["seat_coverage"] is None
    assert report["quality"]["notes"][0].startswith("There are no partners yet.")
    assert report["quality"]["freshness"] == {
        "folded_at": None,
        "waiting": 0,
        "waiting_since": None,
        "set_aside": 0,
        "seats_waiting": 0,
        "seats_counted_on": None,
    }


def test_the_headline_weighs_partners_by_their_licences(world: World) -> None:
    partners = world.portfolio()
    headline = world.report()["headline"]
    seats = sum(licences for licences, *_ in partners.values())
    for side, number in (("end_user", 1), ("buyer", 2)):
        by_hand = 0.0
        for slug, parts in partners.items():
            histogram = world.recount(slug, side, "2026-09", "2026-11")
            assert sum(histogram) == len(parts[number])
            by_hand += parts[0] * nps_of(histogram) / seats
        assert headline[side]["score"] == pytest.approx(by_hand)
        assert headline[side]["people"] == sum(len(parts[number]) for parts in partners.values())
        assert headline[side]["people"] == sum(headline[side]["histogram"])
        assert headline[side]["low"] < by_hand < headline[side]["high"]
    assert "weighted by its licences in force on 2026-11-15" in headline["end_user"]["estimand"]
    assert headline["gap"]["points"] == headline["end_user"]["score"] - headline["buyer"]["score"]


def test_the_headlines_intervals_take_partners_as_clusters(world: World) -> None:
    partners = world.portfolio()
    report = world.report()
    seats = [licences for licences, *_ in partners.values()]
    users = [nps.Tally.from_histogram(world.recount(one, "end_user", "2026-09", "2026-11")) for one in partners]
    buyers = [nps.Tally.from_histogram(world.recount(one, "buyer", "2026-09", "2026-11")) for one in partners]
    expected = rollup.gap(users, buyers, seats)
    gap = report["headline"]["gap"]
    assert (gap["low"], gap["high"]) == pytest.approx((expected.low, expected.high))
    assert gap["p_value"] == pytest.approx(expected.p_value)
    assert gap["provable"] == (expected.p_value < 0.05)
    assert report["quality"]["spread"]["gap"] == expected.basis
    side = rollup.seat_weighted(users, seats)
    assert (report["headline"]["end_user"]["low"], report["headline"]["end_user"]["high"]) == pytest.approx(
        (side.low, side.high)
    )


def test_a_partners_row_is_its_own_people_and_the_interval_is_about_these_very_buyers(world: World) -> None:
    world.portfolio()
    world.know_buyers("acme", "cfo", "cio", "coo", "ceo")
    row = next(row for row in world.report()["partners"] if row["partner"] == "acme")
    users = nps.Tally.from_histogram(world.recount("acme", "end_user", "2026-09", "2026-11"))
    buyers = nps.Tally.from_histogram(world.recount("acme", "buyer", "2026-09", "2026-11"))
    assert row["licences"] == 40
    assert row["end_user"]["score"] == nps.score(users)
    own = nps.interval(users)
    assert (row["end_user"]["low"], row["end_user"]["high"]) == pytest.approx((own.low, own.high))
    expected = stats_gap.estimate(users, buyers, buyers_known=4)
    likely = stats_gap.estimate(users, buyers)
    assert expected != likely
    assert row["gap"] == {
        "points": expected.points,
        "low": expected.low,
        "high": expected.high,
        "p_value": expected.p_value,
        "provable": expected.provable,
        "predictive_low": likely.low,
        "predictive_high": likely.high,
        "smallest_provable": stats_gap.minimum_detectable(10, 2),
    }


def test_with_one_partner_the_headline_has_a_score_but_no_interval_and_says_why(world: World) -> None:
    world.partner("acme", 40)
    world.answers("acme", "end_user", [3, 9, 9])
    world.answers("acme", "buyer", [9, 10])
    report = world.report()
    assert report["headline"]["end_user"]["score"] == pytest.approx(100 / 3)
    assert report["headline"]["end_user"]["low"] is None and report["headline"]["end_user"]["high"] is None
    gap = report["headline"]["gap"]
    assert gap["points"] == pytest.approx(100 / 3 - 100)
    assert (gap["low"], gap["high"], gap["p_value"], gap["provable"]) == (None, None, None, False)
    assert any("rests on one partner" in note for note in report["quality"]["notes"])
    assert report["partners"][0]["gap"]["low"] is not None


def test_one_buyer_proves_nothing(world: World) -> None:
    world.partner("acme", 40)
    world.answers("acme", "end_user", [0] * 50)
    world.answers("acme", "buyer", [10])
    gap = world.report()["partners"][0]["gap"]
    assert gap["points"] == -200
    assert gap["p_value"] is None and gap["provable"] is False


def test_unanimous_sides_still_have_an_interval(world: World) -> None:
    for slug in ("acme", "bolt"):
        world.partner(slug, 10)
        world.answers(slug, "end_user", [10, 9, 10])
        world.answers(slug, "buyer", [10, 9])
    report = world.report()
    assert report["headline"]["end_user"]["score"] == 100
    assert report["headline"]["end_user"]["low"] < 100 == report["headline"]["end_user"]["high"]
    assert report["quality"]["spread"] == {"end_user": "within", "buyer": "within", "gap": "within"}
    assert report["headline"]["gap"]["points"] == 0
    assert report["headline"]["gap"]["low"] < 0 < report["headline"]["gap"]["high"]
    assert report["partners"][0]["end_user"]["low"] == pytest.approx(nps.interval(nps.Tally(0, 0, 3)).low)


def test_who_answers_in_three_months_counts_once_at_the_latest(world: World) -> None:
    world.partner("acme", 40)
    for on, score in (("2026-09-20", 2), ("2026-10-20", 7), ("2026-11-01", 10)):
        world.answers("acme", "end_user", {"ada": score, "bob": 5}, on=on)
    report = world.report(partner="acme")
    assert report["headline"]["end_user"]["people"] == 2
    assert report["headline"]["end_user"]["histogram"] == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    assert [row["end_user"]["people"] for row in report["months"]] == [2, 2, 2]
    assert [row["end_user"]["score"] for row in report["months"]] == [-100, -50, 0]
    earlier = world.report(partner="acme", start="2026-09", end="2026-10")
    assert earlier["headline"]["end_user"]["histogram"] == world.recount("acme", "end_user", "2026-09", "2026-10")
    assert earlier["headline"]["end_user"]["histogram"][7] == 1
    assert earlier["period"] == {"from": "2026-09-01", "to": "2026-10-31", "partial": False}


def test_a_partners_report_is_its_own_people_with_an_interval(world: World) -> None:
    world.portfolio()
    report = world.report(partner="bolt")
    row = report["partners"][0]
    assert [one["partner"] for one in report["partners"]] == ["bolt"]
    assert {**report["headline"]["end_user"], "estimand": None} == {**row["end_user"], "estimand": None}
    assert report["headline"]["gap"] == row["gap"]
    assert report["headline"]["gap"]["low"] is not None
    assert "Bolt" in report["headline"]["end_user"]["estimand"]
    assert report["months"][2]["gap"] == row["gap"]
    assert report["quality"]["each_side_alone"] is None
    assert report["quality"]["trust"]["end_user"]["vendor"] == 10
    assert report["quality"]["vendor_alone"]["gap"] == row["gap"]


def test_segments_pool_people_and_buyers_only_where_they_carry_the_attribute(world: World) -> None:
    for slug, scores in (("acme", [10, 9, 0]), ("bolt", [10])):
        world.partner(slug, 10)
        world.answers(slug, "end_user", scores, attributes={"team": "sales", "country": "DE"})
    world.answers("bolt", "end_user", [0, 0], attributes={"team": "support"})
    world.answers("bolt", "end_user", [7])
    world.answers("acme", "buyer", [9, 10])
    world.answers("acme", "buyer", [3], attributes={"country": "DE"})
    segments = {(row["attribute"], row["value"]): row for row in world.report()["segments"]}
    assert list(segments) == [("country", "DE"), ("team", "sales"), ("team", "support")]
    assert segments["team", "sales"]["end_user"]["people"] == 4
    assert segments["team", "sales"]["end_user"]["score"] == 50
    assert segments["team", "sales"]["buyer"] == NOBODY and segments["team", "sales"]["gap"] is None
    assert segments["team", "support"]["end_user"]["score"] == -100
    assert segments["country", "DE"]["buyer"]["people"] == 1
    assert segments["country", "DE"]["gap"]["points"] == 150
    own = {row["value"]: row["end_user"]["people"] for row in world.report(partner="bolt")["segments"]}
    assert own == {"DE": 1, "sales": 1, "support": 2}


def test_a_segment_counts_who_answered_twice_where_they_were_last(world: World) -> None:
    world.partner("acme", 10)
    world.answers("acme", "end_user", {"ada": 2}, on="2026-10-01", attributes={"team": "sales"})
    world.answers("acme", "end_user", {"ada": 9}, on="2026-11-01", attributes={"team": "support"})
    assert [(row["value"], row["end_user"]["people"]) for row in world.report()["segments"]] == [("support", 1)]


@pytest.mark.parametrize(("metric", "successes"), [("csat", {4, 5}), ("ces", {5, 6, 7})])
def test_csat_and_ces_are_shares_of_successes(world: World, metric: str, successes: set[int]) -> None:
    scores = [1, 3, 4, 5, 5, *([6, 7] if metric == "ces" else [])]
    for slug in ("acme", "bolt"):
        world.partner(slug, 10)
        world.answers(slug, "end_user", scores, metric=metric)
        world.answers(slug, "buyer", [5], metric=metric)
    report = world.report(metric=metric)
    succeeded = sum(score in successes for score in scores)
    row = report["partners"][0]
    assert row["end_user"]["score"] == pytest.approx(100 * succeeded / len(scores))
    own = proportion.interval(proportion.Tally(succeeded, len(scores) - succeeded))
    assert (row["end_user"]["low"], row["end_user"]["high"]) == pytest.approx((own.low, own.high))
    assert report["headline"]["end_user"]["score"] == pytest.approx(row["end_user"]["score"])
    assert report["headline"]["gap"]["points"] == pytest.approx(100 * succeeded / len(scores) - 100)
    assert world.report()["partners"][0]["end_user"] == NOBODY


def test_every_number_of_a_partner_follows_from_the_raw_rows(world: World) -> None:
    """A mixture: several months, both trusts, both audiences, people who come back."""
    world.counts_at_once = False
    for number, slug in enumerate(("acme", "bolt", "cargo")):
        world.partner(slug, 10 * (number + 1))
        for month in range(6, 12):
            for trust in ("vendor", "partner", "none"):
                people = {f"p{(month * step) % 5}": (month * step + number) % 11 for step in range(1, 5)}
                world.answers(slug, "end_user", people, on=f"2026-{month:02d}-0{number + 1}", trust=trust)
            world.answers(slug, "buyer", {f"b{month % 3}": (month + number) % 11}, on=f"2026-{month:02d}-03")
    world.catch_up()
    for first, last in [("2026-06", "2026-11"), ("2026-09", "2026-11"), ("2026-10", "2026-10")]:
        report = world.report(start=first, end=last)
        for row in report["partners"]:
            for side in ("end_user", "buyer"):
                histogram = world.recount(row["partner"], side, first, last)
                assert row[side]["histogram"] == histogram
                assert row[side]["people"] == sum(histogram)
                assert row[side]["score"] == pytest.approx(nps_of(histogram))
        for month in report["months"]:
            for side in ("end_user", "buyer"):
                own = [world.recount(slug, side, month["month"], month["month"]) for slug in ("acme", "bolt", "cargo")]
                assert month[side]["histogram"] == [sum(counts) for counts in zip(*own, strict=True)]
                by_hand = sum(w * nps_of(counts) for w, counts in zip((10, 20, 30), own, strict=True)) / 60
                assert month[side]["score"] == pytest.approx(by_hand)
    labels = [row["month"] for row in world.report(start="2026-06")["months"]]
    assert all(a < b for a, b in pairwise(labels)) and len(labels) == 6
