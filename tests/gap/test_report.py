"""The gap report on worlds made by hand. The clock stands at 15 November 2026."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from feedback.core import inbox
from feedback.core.ids import new_id
from feedback.partners.queries import partner_by_slug
from feedback.stats import gap as stats_gap
from feedback.stats import nps, proportion, rollup
from tests.gap.world import World

NOBODY = {"score": None, "low": None, "high": None, "people": 0, "histogram": [0] * 11}


def nps_of(histogram: list[int]) -> float:
    """By hand: percent of 9 and 10 less percent of 0 to 6."""
    return 100 * (sum(histogram[9:]) - sum(histogram[:7])) / sum(histogram)


def test_a_report_on_nothing_has_no_scores_at_all(world: World) -> None:
    report = world.report()
    assert report["schema"] == 1
    assert report["metric"] == "nps"
    assert report["period"] == {"from": "2026-09-01", "to": "2026-11-30", "partial": True}
    assert report["as_of"] == "2026-11-15T12:00:00+00:00"
    for side in ("end_user", "buyer"):
        assert report["headline"][side].pop("estimand")
        assert report["headline"][side] == NOBODY
    assert report["headline"]["gap"] is None
    assert report["partners"] == [] and report["segments"] == []
    assert [row["month"] for row in report["months"]] == ["2026-09", "2026-10", "2026-11"]
    assert all(row["end_user"] == row["buyer"] == NOBODY and row["gap"] is None for row in report["months"])
    assert report["quality"]["seat_coverage"] is None
    assert report["quality"]["freshness"] == {"folded_at": None, "waiting": 0, "waiting_since": None, "set_aside": 0}


def test_a_partner_of_whom_nobody_answered_is_listed_without_a_score(world: World) -> None:
    world.partner("acme", 40)
    report = world.report()
    assert report["partners"] == [
        {"partner": "acme", "name": "Acme", "licences": 40, "end_user": NOBODY, "buyer": NOBODY, "gap": None}
    ]
    assert [row["partner"] for row in report["quality"]["silent"]] == ["acme"]
    assert report["quality"]["seat_coverage"] == 0


def portfolio(world: World) -> dict[str, tuple[int, list[int], list[int]]]:
    """Three partners with both sides: licences, end users' scores, buyers' scores."""
    partners = {
        "acme": (40, [2, 5, 7, 8, 8, 9, 9, 10, 10, 10], [9, 10]),
        "bolt": (25, [0, 1, 3, 4, 6, 6, 7, 8, 9, 10], [10, 9, 7]),
        "cargo": (400, [1, 8, 9, 9, 10], [6]),
    }
    for slug, (licences, end_users, buyers) in partners.items():
        world.partner(slug, licences)
        world.answers(slug, "end_user", end_users)
        world.answers(slug, "buyer", buyers)
    return partners


def test_the_headline_weighs_partners_by_their_licences(world: World) -> None:
    partners = portfolio(world)
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
    partners = portfolio(world)
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
    portfolio(world)
    world.know_buyers("acme", "cfo", "cio", "coo", "ceo")
    row = next(row for row in world.report()["partners"] if row["partner"] == "acme")
    users = nps.Tally.from_histogram(world.recount("acme", "end_user", "2026-09", "2026-11"))
    buyers = nps.Tally.from_histogram(world.recount("acme", "buyer", "2026-09", "2026-11"))
    assert row["licences"] == 40
    assert row["end_user"]["score"] == nps.score(users)
    own = nps.interval(users)
    assert (row["end_user"]["low"], row["end_user"]["high"]) == pytest.approx((own.low, own.high))
    expected = stats_gap.estimate(users, buyers, buyers_known=4)
    assert expected != stats_gap.estimate(users, buyers)
    assert row["gap"] == {
        "points": expected.points,
        "low": expected.low,
        "high": expected.high,
        "p_value": expected.p_value,
        "provable": expected.provable,
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


def test_a_partner_with_one_side_is_named_and_kept_out_of_the_headline(world: World) -> None:
    portfolio(world)
    before = world.report()
    world.partner("delta", 465)
    world.answers("delta", "end_user", [0, 0, 9])
    world.partner("echo", 70)
    world.answers("echo", "buyer", [10])
    report = world.report()
    for side in ("end_user", "buyer"):
        assert report["headline"][side] == before["headline"][side]
    assert report["headline"]["gap"] == before["headline"]["gap"]
    quality = report["quality"]
    named = {row["partner"]: row for row in quality["one_sided"]}
    assert set(named) == {"delta", "echo"}
    assert named["delta"]["end_user"]["score"] == pytest.approx(-100 / 3)
    assert named["delta"]["buyer"] == NOBODY and named["delta"]["gap"] is None
    assert before["quality"]["seat_coverage"] == 1
    assert quality["seat_coverage"] == pytest.approx(465 / 1000)
    assert quality["headline_partners"] == 3
    alone = quality["each_side_alone"]["end_user"]
    assert alone["partners"] == 4
    by_hand = (465 * report["headline"]["end_user"]["score"] + 465 * -100 / 3) / 930
    assert alone["score"]["score"] == pytest.approx(by_hand)
    assert alone["difference"] == pytest.approx(report["headline"]["end_user"]["score"] - by_hand)
    assert any("No buyer answered at Delta" in note for note in quality["notes"])
    assert any("No end user answered at Echo" in note for note in quality["notes"])


def test_one_side_only_everywhere_has_no_headline_but_is_shown_alone(world: World) -> None:
    world.partner("acme", 40)
    world.answers("acme", "end_user", [9, 9, 3], on="2026-10-05")
    report = world.report()
    assert report["headline"]["end_user"]["score"] is None and report["headline"]["gap"] is None
    assert report["partners"][0]["end_user"]["people"] == 3
    assert report["quality"]["each_side_alone"]["end_user"]["score"]["score"] == pytest.approx(100 / 3)
    assert report["quality"]["each_side_alone"]["end_user"]["difference"] is None
    months = {row["month"]: row["end_user"]["people"] for row in report["quality"]["each_side_alone"]["months"]}
    assert months == {"2026-09": 0, "2026-10": 3, "2026-11": 0}


def test_a_partner_without_licences_is_named_with_its_scores_and_weighs_nothing(world: World) -> None:
    portfolio(world)
    before = world.report()["headline"]
    world.partner("none-at-all")
    world.partner(
        "over",
        900,
        starts_on=date.fromisoformat("2025-01-01"),
        renews_on=date.fromisoformat("2026-06-01"),
        outcome="churned",
    )
    world.partner("zero", 0)
    for slug in ("none-at-all", "over", "zero"):
        world.answers(slug, "end_user", [0] * 20)
        world.answers(slug, "buyer", [0, 0])
    report = world.report()
    assert report["headline"] == before
    rows = {row["partner"]: row for row in report["quality"]["without_licences"]}
    assert {slug: row["licences"] for slug, row in rows.items()} == {"none-at-all": None, "over": None, "zero": 0}
    assert rows["over"]["end_user"]["score"] == -100
    assert any("no licences in force on 2026-11-15" in note for note in report["quality"]["notes"])


def test_licences_are_those_in_force_at_the_end_of_each_window(world: World) -> None:
    for slug, licences in (("acme", 10), ("bolt", 30)):
        world.partner(
            slug,
            licences,
            starts_on=date.fromisoformat("2026-01-01"),
            renews_on=date.fromisoformat("2026-10-15"),
            outcome="expanded",
            renewed_licences=30,
        )
        for on in ("2026-09-10", "2026-11-10"):
            world.answers(slug, "end_user", {"ada": 10 if slug == "acme" else 0}, on=on)
            world.answers(slug, "buyer", {"cfo": 9}, on=on)
    report = world.report()
    assert report["headline"]["end_user"]["score"] == 0
    assert report["months"][0]["end_user"]["score"] == -50
    assert report["months"][2]["end_user"]["score"] == 0
    assert report["quality"]["licences_on"] == "2026-11-15"
    earlier = world.report(start="2026-09", end="2026-09")
    assert earlier["quality"]["licences_on"] == "2026-09-30"
    assert earlier["headline"]["end_user"]["score"] == -50


def test_answers_that_nobody_vouches_for_never_count_and_the_report_says_how_to_sign(world: World) -> None:
    world.partner("acme", 40)
    world.answers("acme", "end_user", [9, 9, 9], trust="none")
    report = world.report()
    assert report["partners"][0]["end_user"] == NOBODY
    assert report["quality"]["trust"]["end_user"] == {"vendor": 0, "partner": 0, "none": 3}
    assert "Nothing counts yet: 3 answers came without a signed token" in report["quality"]["notes"][0]
    assert "signing key" in report["quality"]["notes"][0]
    world.answers("acme", "end_user", {"ada": 4})
    notes = world.report()["quality"]["notes"]
    assert notes[0].startswith("3 answers came without a signed token")


def test_the_setting_can_count_what_nobody_vouches_for(world: World) -> None:
    world.partner("acme", 40)
    world.answers("acme", "end_user", [9, 3], trust="none")
    everybody = replace(world.services.settings, headline_trust=frozenset({"vendor", "partner", "none"}))
    report = world.values(settings=everybody)
    assert report.partners[0].end_user.people == 2
    assert not any("signed token" in note for note in report.quality.notes)


def test_the_report_says_what_the_headline_would_be_with_the_vendor_alone(world: World) -> None:
    for slug in ("acme", "bolt"):
        world.partner(slug, 10)
        world.answers(slug, "end_user", {"ada": 9, "bob": 9}, on="2026-09-10", trust="vendor")
        world.answers(slug, "end_user", {"ada": 2, "cem": 2}, on="2026-10-10", trust="partner")
        world.answers(slug, "buyer", {"cfo": 9}, trust="vendor")
    report = world.report()
    assert report["headline"]["end_user"]["histogram"] == [0, 0, 4, 0, 0, 0, 0, 0, 0, 2, 0]
    assert report["quality"]["trust"]["end_user"] == {"vendor": 2, "partner": 4, "none": 0}
    assert report["quality"]["trust"]["counted"] == ["partner", "vendor"]
    alone = report["quality"]["vendor_alone"]
    assert alone["end_user"]["histogram"] == [0] * 9 + [4, 0]
    assert alone["end_user"]["score"] == 100 and alone["gap"]["points"] == 0
    only_vendor = replace(world.services.settings, headline_trust=frozenset({"vendor"}))
    strict = world.values(settings=only_vendor)
    assert list(strict.headline.end_user.histogram) == alone["end_user"]["histogram"]
    assert any("under a token that the partner signed" in note for note in strict.quality.notes)


def test_in_a_month_the_vendors_word_stands_before_the_partners(world: World) -> None:
    world.partner("acme", 10)
    world.answers("acme", "end_user", {"ada": 9}, on="2026-11-02", trust="vendor")
    world.answers("acme", "end_user", {"ada": 1}, on="2026-11-09", trust="partner")
    row = world.report()["partners"][0]
    assert row["end_user"]["histogram"] == world.recount("acme", "end_user", "2026-11", "2026-11")
    assert row["end_user"]["score"] == 100


def test_a_partners_report_is_its_own_people_with_an_interval(world: World) -> None:
    portfolio(world)
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


def test_a_partners_report_works_with_one_side_and_without_licences(world: World) -> None:
    world.partner("acme")
    world.answers("acme", "end_user", [9, 9, 3, 10])
    report = world.report(partner="acme")
    assert report["headline"]["end_user"]["score"] == 50
    assert report["headline"]["buyer"]["people"] == 0
    assert report["headline"]["gap"] is None


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


def test_people_at_partners_that_left_are_counted_apart(world: World) -> None:
    portfolio(world)
    world.answers("cargo", "end_user", {"ada": 1}, attributes={"team": "sales"})
    with world.services.database.transaction() as session:
        partner_by_slug(session, "cargo").left_at = world.services.clock()
    report = world.report()
    assert [row["partner"] for row in report["partners"]] == ["acme", "bolt"]
    assert report["quality"]["left_partners_people"] == 7
    assert report["headline"]["end_user"]["people"] == 20
    assert report["segments"] == []
    assert report["quality"]["seat_coverage"] == 1
    assert report["months"][2]["end_user"]["people"] == 20


def test_what_waits_to_be_counted_is_said(world: World) -> None:
    partner = world.partner("acme", 10)
    world.answers("acme", "end_user", [9])
    with world.services.database.transaction() as session:
        inbox.put(session, partner, new_id(), "nps", now=world.services.clock())
    freshness = world.report()["quality"]["freshness"]
    assert freshness["folded_at"] == freshness["waiting_since"] == "2026-11-15T12:00:00+00:00"
    assert (freshness["waiting"], freshness["set_aside"]) == (1, 0)
    assert "1 change since 2026-11-15 12:00 UTC is not counted yet." in world.report()["quality"]["notes"]


def test_every_number_of_a_partner_follows_from_the_raw_rows(world: World) -> None:
    """A mixture: several months, both trusts, both audiences, people who come back."""
    for number, slug in enumerate(("acme", "bolt", "cargo")):
        world.partner(slug, 10 * (number + 1))
        for month in range(6, 12):
            for trust in ("vendor", "partner", "none"):
                people = {f"p{(month * step) % 5}": (month * step + number) % 11 for step in range(1, 5)}
                world.answers(slug, "end_user", people, on=f"2026-{month:02d}-0{number + 1}", trust=trust)
            world.answers(slug, "buyer", {f"b{month % 3}": (month + number) % 11}, on=f"2026-{month:02d}-03")
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
