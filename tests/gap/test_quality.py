"""What does not count in the headline, and who is named for it. The clock stands at 15 November 2026."""

from dataclasses import replace
from datetime import date

import pytest

from feedback.core import inbox
from feedback.core.ids import new_id
from feedback.partners.queries import partner_by_slug
from tests.gap.world import NOBODY, World


def test_answers_that_nobody_vouches_for_never_count_and_the_report_says_how_to_sign(world: World) -> None:
    world.partner("acme", 40)
    world.answers("acme", "end_user", [9, 9, 9], trust="none")
    report = world.report()
    assert report["partners"][0]["end_user"] == NOBODY
    assert report["quality"]["trust"]["end_user"] == {"vendor": 0, "partner": 0, "none": 3, "aside": 0}
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
    assert report["quality"]["trust"]["end_user"] == {"vendor": 2, "partner": 4, "none": 0, "aside": 0}
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


def test_a_partner_of_whom_nobody_answered_is_listed_without_a_score(world: World) -> None:
    world.partner("acme", 40)
    report = world.report()
    (row,) = report["partners"]
    assert (row["partner"], row["name"], row["licences"]) == ("acme", "Acme", 40)
    assert row["end_user"] == row["buyer"] == NOBODY and row["gap"] is None
    assert row["shrunken"] is None and row["worst_tenth"] is None
    assert [row["partner"] for row in report["quality"]["silent"]] == ["acme"]
    assert report["quality"]["seat_coverage"] == 0


def test_a_partner_with_one_side_is_named_and_kept_out_of_the_headline(world: World) -> None:
    world.portfolio()
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
    months = {row["month"]: row["end_user"]["people"] for row in report["months"]}
    assert months == {"2026-09": 0, "2026-10": 3, "2026-11": 0}
    assert [row["gap"] for row in report["months"]] == [None, None, None]


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


def test_a_partners_report_works_with_one_side_and_without_licences(world: World) -> None:
    world.partner("acme")
    world.answers("acme", "end_user", [9, 9, 3, 10])
    report = world.report(partner="acme")
    assert report["headline"]["end_user"]["score"] == 50
    assert report["headline"]["buyer"]["people"] == 0
    assert report["headline"]["gap"] is None


def test_people_at_partners_that_left_are_counted_apart(world: World) -> None:
    world.portfolio()
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
    assert freshness["folded_at"] == freshness["waiting_since"] == "2026-11-15T12:00:00Z"
    assert (freshness["waiting"], freshness["set_aside"]) == (1, 0)
    assert "1 change since 2026-11-15 12:00 UTC is not counted yet." in world.report()["quality"]["notes"]


def test_a_partner_without_licences_is_named_with_its_scores_and_weighs_nothing(world: World) -> None:
    world.portfolio()
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
    world.partner("half")
    world.answers("half", "end_user", [0])
    report = world.report()
    assert report["headline"] == before
    assert report["quality"]["one_sided"] == report["quality"]["silent"] == []
    rows = {row["partner"]: row for row in report["quality"]["without_licences"]}
    assert {slug: row["licences"] for slug, row in rows.items()} == {
        "half": None,
        "none-at-all": None,
        "over": None,
        "zero": 0,
    }
    assert rows["over"]["end_user"]["score"] == -100
    world.partner("gone", 30, starts_on=date(2025, 1, 1), renews_on=date(2026, 5, 1), outcome="churned")
    world.partner("soon", 30, starts_on=date(2026, 12, 1))
    for slug in ("gone", "soon"):
        world.answers(slug, "buyer", [7])
    notes = world.report()["quality"]["notes"]
    assert "Gone and Over have answers, but their contracts have ended by 2026-11-15: not in the headline." in notes
    assert "Soon has answers, but its contract has not begun by 2026-11-15: not in the headline." in notes
    assert (
        "Half, None-At-All and Zero have answers, but no licences in force on 2026-11-15: not in the headline. Import "
        "the contracts to count them."
    ) in notes


def test_two_scales_are_not_compared_and_the_report_says_so(world: World) -> None:
    world.partner("acme", 40)
    world.answers("acme", "end_user", [9, 3])
    world.answers("acme", "buyer", [5, 4], metric="csat")
    world.answers("acme", "buyer", [5, 4], metric="ces", trust="none")
    words = "answered in CSAT, which cannot be compared with NPS: there is no gap between two scales."
    for query in ({}, {"partner": "acme"}):
        report = world.report(**query)
        assert report["headline"]["gap"] is None
        assert f"Buyers {words} Ask both sides the same." in report["quality"]["notes"]
    assert any("End users answered in NPS" in note for note in world.report(metric="csat")["quality"]["notes"])
    assert not any("compared with" in note for note in world.report(metric="ces")["quality"]["notes"])
    world.answers("acme", "buyer", [7])
    assert not any("compared with" in note for note in world.report()["quality"]["notes"])
