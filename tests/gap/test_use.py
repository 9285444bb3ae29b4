"""Use beside sentiment: seats, licences and activity in a report. The clock stands at 15 November 2026."""

from dataclasses import replace

import pytest

from feedback.core.services import Services
from tests.gap.world import World, people

FATES = ("engaged", "never", "abandoned", "lapsed")


@pytest.fixture
def used(world: World) -> World:
    """Acme by hand: 25 licences and 20 seats; Bolt without anybody; Cargo without a contract.

    Of Acme's 20, deployed in January and, the last four, in October: 6 were never seen; 5 came within two weeks and
    left, 3 of them only to get started; 2 lapsed in August; 7 are engaged, one of them only to get started. Two did
    what the product is for, after 9 and 40 days. Another one left in October who had been active in September.
    """
    world.counts_at_once = False
    world.partner("acme", 25)
    world.partner("bolt", 15)
    world.partner("cargo")
    world.seats("acme", people(16), attributes={"team": "sales"})
    world.seats("acme", people(4, 16), on="2026-10-20", attributes={"team": "support"})
    world.seats("acme", ["gone"], left_on="2026-10-05")
    world.active("acme", ["gone"], "2026-09-10")
    world.active("acme", people(3), "2026-01-05", onboarding=True)
    world.active("acme", people(2, 3), "2026-01-15")
    world.active("acme", people(2, 5), "2026-02-20", "2026-08-10")
    world.active("acme", people(3, 7), "2026-09-20", "2026-10-16", "2026-11-10")
    world.active("acme", ["p7"], "2026-01-10", meaningful=True)
    world.active("acme", ["p8"], "2026-02-10", meaningful=True)
    world.active("acme", people(3, 16), "2026-11-02")
    world.active("acme", ["p19"], "2026-11-02", onboarding=True)
    world.seats("cargo", people(2))
    world.active("cargo", people(2), "2026-11-03")
    world.catch_up()
    return world


def test_use_of_a_partner_by_hand(used: World) -> None:
    found = used.report(partner="acme")["adoption"]
    assert found == used.report()["partners"][0]["adoption"]
    assert {name: found[name] for name in ("licences", "deployed", "active_once", "activated")} == {
        "licences": 25,
        "deployed": 20,
        "active_once": 14,
        "activated": 10,
    }
    assert {name: found[name] for name in FATES} == {"engaged": 7, "never": 6, "abandoned": 5, "lapsed": 2}
    assert sum(found[name] for name in FATES) == found["deployed"]
    assert found["activated_abandoned"] == 2
    assert found["activation"] == 10 / 25 and found["engagement"] == 7 / 20
    assert (found["meaningful"], found["median_days_to_value"]) == (2, 24.5)
    assert found["sentences"] == [
        "60 % of licences were never activated; another 8 % tried it and left within two weeks.",
        "28 % were in use in the last 30 days: 7 of 25 licences.",
    ]


def test_distinct_seats_in_any_window(used: World) -> None:
    windows = {
        ("2026-09", "2026-11"): 8,
        ("2026-09", "2026-09"): 4,
        ("2026-10", "2026-10"): 3,
        ("2026-10", "2026-11"): 7,
        ("2026-01", "2026-11"): 15,
    }
    for (first, last), distinct in windows.items():
        report = used.report(start=first, end=last)
        assert report["partners"][0]["adoption"]["active"] == distinct
        cargo = 2 if last == "2026-11" else 0
        assert report["adoption"]["active"] == distinct + cargo == report["silent"]["funnel"]["active"]
    assert [row["adoption"]["active"] for row in used.report(partner="acme")["months"]] == [4, 3, 7]
    assert [row["adoption"]["active"] for row in used.report()["months"]] == [4, 3, 9]


def test_use_by_month_segment_and_cohort(used: World) -> None:
    report = used.report(partner="acme")
    months = {row["month"]: row["adoption"] for row in report["months"]}
    assert [months[month]["deployed"] for month in sorted(months)] == [17, 20, 20]
    assert [months[month]["engaged"] for month in sorted(months)] == [4, 3, 7]
    assert [months[month]["activated"] for month in sorted(months)] == [8, 7, 10]
    assert [months[month]["licences"] for month in sorted(months)] == [25, 25, 25]
    assert months["2026-11"]["activation"] == 10 / 25
    segments = {row["value"]: row["adoption"] for row in report["segments"]}
    assert {value: (one["deployed"], one["activated"], one["never"]) for value, one in segments.items()} == {
        "sales": (16, 7, 6),
        "support": (4, 3, 0),
    }
    assert all(one["licences"] is None and one["activation"] is None for one in segments.values())
    cohorts = {row["month"]: row["adoption"] for row in report["cohorts"]}
    assert {month: (one["deployed"], one["engaged"]) for month, one in cohorts.items()} == {
        "2026-01": (16, 3),
        "2026-10": (4, 4),
    }
    for rows in (segments, cohorts):
        assert sum(one["deployed"] for one in rows.values()) == 20
        # Distinct people in a window are counted by partner only: nothing is said, rather than nobody.
        assert all(one["active"] is None for one in rows.values())


def test_the_whole_is_the_sum_of_its_partners_and_its_share_is_of_those_with_licences(used: World) -> None:
    report = used.report()
    whole, rows = report["adoption"], [row["adoption"] for row in report["partners"]]
    for name in ("deployed", "active_once", "activated", *FATES, "activated_abandoned", "active", "meaningful"):
        assert whole[name] == sum(row[name] for row in rows)
    assert whole["licences"] == 40
    assert whole["activation"] == report["diagnostic"]["activation"] == 10 / 40
    assert whole["sentences"][0].startswith("75 % of licences were never activated")
    assert rows[2]["licences"] is None and rows[2]["activation"] is None and rows[2]["engagement"] == 1
    assert rows[2]["sentences"] == [
        "0 % of seats were never activated.",
        "100 % were in use in the last 30 days: 2 of 2 seats.",
    ]
    assert used.report(end="2026-01")["adoption"]["deployed"] == 19


def test_without_any_activity_nothing_is_said_of_use(world: World) -> None:
    world.partner("acme", 25)
    world.seats("acme", people(20))
    world.answers("acme", "buyer", [9, 10, 9, 10])
    report = world.report()
    for found in (report["adoption"], report["partners"][0]["adoption"], report["months"][-1]["adoption"]):
        assert (found["licences"], found["deployed"]) == (25, 20)
        assert found["activation"] is None and found["engagement"] is None and found["sentences"] == []
    for state in (report["state"], report["partners"][0]["state"]):
        assert state["state"] == "undetermined" and state["end_user_ok"] is None and state["probability"] is None
    assert report["diagnostic"]["activation"] is None and report["diagnostic"]["borrowed_time"] is None
    assert report["partners"][0]["exposure"]["finding"] == "unknown"
    assert any(
        note.startswith("No activity was sent by then, so use cannot be told") for note in report["quality"]["notes"]
    )
    facts = report["partners"][0]["side_at_risk"]["facts"]
    assert "No activity was sent by then, so activation cannot be told." in facts
    # Nor of the months before it was sent for the first time.
    world.active("acme", people(3), "2026-11-05")
    assert world.report()["adoption"]["activation"] == 3 / 25
    assert world.row("acme").trend.engagement is None  # one month of use is no direction
    before = world.report(end="2026-10")
    assert before["adoption"]["activation"] is None and before["partners"][0]["state"]["end_user_ok"] is None
    assert [row["adoption"]["activation"] for row in world.report()["months"]] == [None, None, 3 / 25]


def test_licences_without_a_single_seat(world: World) -> None:
    world.partner("acme", 25)
    world.partner("bolt", 10)
    world.seats("bolt", people(10))
    world.active("bolt", people(8), "2026-11-02")
    row = world.report()["partners"][0]
    assert row["adoption"]["deployed"] == 0 and row["adoption"]["activation"] == 0
    assert row["adoption"]["engagement"] is None
    assert row["adoption"]["sentences"][0] == "100 % of licences were never activated."
    assert row["state"]["end_user_ok"] < 0.001


def test_more_seats_than_licences_are_all_of_them_and_no_more(world: World) -> None:
    world.partner("acme", 10)
    world.seats("acme", people(40))
    world.active("acme", people(24), "2026-11-02")
    world.active("acme", people(12, 24), "2026-01-10")
    report = world.report()
    found = report["partners"][0]["adoption"]
    assert (found["licences"], found["deployed"], found["activated"]) == (10, 40, 36)
    assert found["activation"] == report["adoption"]["activation"] == report["diagnostic"]["activation"] == 1
    assert found["sentences"] == [
        "10 % of seats were never activated; another 30 % tried it and left within two weeks.",
        "60 % were in use in the last 30 days: 24 of 40 seats.",
    ]
    assert report["partners"][0]["state"]["end_user_ok"] > 0.99


def test_the_day_after_a_months_end_seats_are_as_they_were_last_counted_and_that_is_said(used: World) -> None:
    used.at("2026-12-01", 0)
    report = used.report(partner="acme")
    assert [row["month"] for row in report["months"]] == ["2026-10", "2026-11", "2026-12"]
    assert report["adoption"]["activated"] == 10 and report["adoption"]["deployed"] == 20
    assert report["months"][-1]["adoption"]["activated"] == 10
    assert report["quality"]["freshness"]["seats_counted_on"] == "2026-11-15"
    assert "Seats were last counted as of 2026-11-15." in report["quality"]["notes"]
    used.at("2027-03-02")
    assert used.report()["adoption"]["deployed"] == 22
    used.catch_up()
    report = used.report()
    assert report["adoption"]["engaged"] == 0 and report["adoption"]["deployed"] == 22
    assert not any("last counted" in note for note in report["quality"]["notes"])


def test_the_days_of_the_settings_are_those_of_the_words(world: World, services: Services) -> None:
    world.partner("acme", 10)
    world.services = replace(services, settings=replace(services.settings, engaged_days=7, abandoned_days=21))
    world.seats("acme", people(10))
    world.active("acme", people(4), "2026-01-21")
    world.active("acme", people(2, 4), "2026-11-02")
    world.active("acme", people(2, 6), "2026-11-12")
    found = world.report()["adoption"]
    assert {name: found[name] for name in FATES} == {"engaged": 2, "never": 2, "abandoned": 4, "lapsed": 2}
    assert found["sentences"] == [
        "20 % of licences were never activated; another 40 % tried it and left within 21 days.",
        "20 % were in use in the last 7 days: 2 of 10 licences.",
    ]
