"""What is looked at every day: one event for what happened, none for what did not."""

import pytest

from feedback.gap.values import Event
from tests.gap.world import World, people

MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06")


def happened(world: World, kind: str = "changed", **query: str) -> list[Event]:
    """Events in the report, newest first."""
    return [one for one in world.values(start="2025-01", **query).events if one.kind == kind]


def crowd(
    world: World, month: str, score: int, *, number: int = 15, audience: str = "end_user", metric: str = "nps"
) -> None:
    """New people, all with one score."""
    names = [f"{audience} {month} {score} {place}" for place in range(number)]
    world.answers("acme", audience, dict.fromkeys(names, score), on=f"{month}-05", metric=metric)


def test_a_flow_that_changed_makes_one_event_and_the_watch_begins_anew(world: World) -> None:
    world.counts_at_once = False
    world.at("2026-01-20")
    world.partner("acme", 20)
    for month in MONTHS:
        world.at(f"{month}-20")
        crowd(world, month, 9 if month < "2026-04" else 2)
        for day in (21, 22, 27):
            world.at(f"{month}-{day}")
            world.daily()
    (event,) = happened(world)
    assert (event.partner, event.name, event.audience) == ("acme", "Acme", "end_user")
    assert event.day.isoformat() in ("2026-04-21", "2026-05-21")
    assert event.sentence.startswith("End users' NPS changed around 2026-04: 100 before, −100 since (")
    people_since = 15 if event.day.month == 4 else 30
    assert event.sentence.endswith(f"since ({people_since} people).")
    assert happened(world, end="2026-03") == []
    # What was said of the old watch does not count in the new one; a change of the new one is another event.
    for month in ("2026-07", "2026-08", "2026-09"):
        world.at(f"{month}-20")
        crowd(world, month, 10 if month > "2026-07" else 3)
        world.daily()
        world.daily()
    again, first = happened(world)
    assert first == event and again.day > event.day
    assert "−100 before, 100 since" in again.sentence


def test_people_who_change_their_mind_are_no_change_of_the_flow(world: World) -> None:
    """Each respondent's first answer alone."""
    world.counts_at_once = False
    world.at("2026-01-20")
    world.partner("acme", 20)
    for month in MONTHS:
        world.at(f"{month}-20")
        world.answers("acme", "end_user", dict.fromkeys(people(60), 9 if month < "2026-04" else 2), on=f"{month}-05")
        world.daily()
    assert world.row("acme", end="2026-06").end_user.score == -100
    assert happened(world) == []


def test_a_stable_flow_and_a_few_answers_make_none(world: World) -> None:
    world.counts_at_once = False
    world.at("2025-06-20")
    world.partner("acme", 20, starts_on=world.services.clock().date())
    for month in ("2025-07", "2025-09", "2025-11", *MONTHS):
        world.at(f"{month}-20")
        for score, number in ((9, 12), (7, 6), (3, 9)):
            crowd(world, month, score, number=number)
        crowd(world, month, 9 if month < "2026-05" else 0, number=1, audience="buyer")
        world.daily()
    assert happened(world) == []


@pytest.mark.parametrize(("metric", "before", "after"), [("csat", 5, 2), ("ces", 7, 1)])
def test_buyers_and_other_metrics_are_watched_too(world: World, metric: str, before: int, after: int) -> None:
    world.counts_at_once = False
    world.at("2026-01-20")
    world.partner("acme", 20)
    for month in MONTHS:
        world.at(f"{month}-20")
        crowd(world, month, before if month < "2026-04" else after, audience="buyer", metric=metric)
        world.daily()
    (event,) = happened(world)
    assert event.sentence.startswith(f"Buyers' {metric.upper()} changed around 2026-04: 100 before, 0 since")


def test_falling_use_is_said_once_when_it_is_sure(world: World) -> None:
    world.counts_at_once = False
    world.at("2026-01-03")
    world.partner("acme", 40)
    world.partner("bolt", 40)
    for slug in ("acme", "bolt"):
        world.seats(slug, people(40), on="2026-01-01")
    for number, month in enumerate(MONTHS):
        world.at(f"{month}-28")
        world.active("acme", people(40 - 6 * number), f"{month}-25")
        world.active("bolt", people(30 - number % 2), f"{month}-25")
        world.every_month(f"2026-{number + 2:02}")
        world.daily()
    (event,) = happened(world, "activation_falling")
    assert (event.partner, event.audience) == ("acme", None)
    last = event.day.isoformat()[:7]
    assert event.day.isoformat() in ("2026-02-28", "2026-03-31", "2026-04-30")
    assert event.sentence.startswith("Use is falling by 15.0 percentage points a month: ")
    assert event.sentence.endswith(f" of seats were engaged at the end of {last}.")
    row = world.row("acme", end="2026-06")
    assert row.trend.engagement is not None and row.trend.engagement.declining
    assert row.trend.engagement.per_month == pytest.approx(-15, abs=0.5)
    assert row.state.end_user_ok == 0
    assert world.values(end=last, start=last).events == (event,)


def test_a_renewal_in_a_bad_state_is_said_once_in_each_band(world: World) -> None:
    world.counts_at_once = False
    world.at("2026-01-10")
    for slug in ("acme", "bolt", "cargo"):
        world.partner(slug)
        world.contract(slug, "one", 20, "2025-01-01", "2026-01-05", outcome="renewed", decided_on="2026-01-02")
        world.contract(slug, "two", 20, "2026-01-05", "2026-07-20")
        world.seats(slug, people(20), on="2026-01-05")
        world.active(slug, people(19 if slug == "bolt" else 1), "2026-01-09")
    world.contract("cargo", "two", 20, "2026-01-05", "2027-07-20")
    seen = []
    for day in (
        "2026-02-01",
        "2026-03-10",
        "2026-03-23",
        "2026-03-30",
        "2026-05-21",
        "2026-06-20",
        "2026-06-30",
        "2026-07-19",
        "2026-07-20",
        "2026-07-25",
    ):
        world.at(day)
        world.daily()
        seen.append((day, len(happened(world, "renewal_near"))))
    assert seen == [
        ("2026-02-01", 0),
        ("2026-03-10", 0),
        ("2026-03-23", 1),
        ("2026-03-30", 1),
        ("2026-05-21", 2),
        ("2026-06-20", 3),
        ("2026-06-30", 3),
        ("2026-07-19", 3),
        ("2026-07-20", 3),
        ("2026-07-25", 3),
    ]
    events = happened(world, "renewal_near")
    assert {event.partner for event in events} == {"acme"}
    assert [event.sentence for event in events] == [
        "The contract two renews in 30 days (2026-07-20), and people don't use what the buyer is fine with.",
        "The contract two renews in 60 days (2026-07-20), and people don't use what the buyer is fine with.",
        "The contract two renews in 119 days (2026-07-20), and people don't use what the buyer is fine with.",
    ]


@pytest.mark.parametrize(("day", "words"), [("2026-07-19", "in 1 day (2026-07-20)"), ("2026-07-20", "today")])
def test_the_last_days_read_as_they_are_said(world: World, day: str, words: str) -> None:
    world.at("2026-06-10")
    world.partner("acme")
    world.contract("acme", "one", 20, "2025-07-20", "2026-07-20", notice_on="2026-06-01")
    world.seats("acme", people(20), on="2026-06-05")
    world.active("acme", people(1), "2026-06-09")
    world.at(day)
    world.daily()
    (event,) = happened(world, "renewal_near")
    assert event.sentence == f"The contract one renews {words}, and neither side is fine."
