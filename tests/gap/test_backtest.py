"""The replay against renewals: counted by hand, and never looking ahead. Everything is imported on 15 November 2026."""

from dataclasses import replace
from datetime import date
from statistics import median
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from feedback.gap.backtest import Backtest, Replayed, Signal
from feedback.stats import nps
from tests.gap.test_states import fine
from tests.gap.world import World, people
from tests.soak import many

MONTHS = [f"2025-{month:02}" for month in range(9, 13)] + [f"2026-{month:02}" for month in range(1, 11)]
LOSSES: list[tuple[str, str, int, dict[str, Any]]] = [
    # Renews on, since when buyers answer, activated of 20, how it ended.
    ("2026-07-01", "2026-02", 1, {"outcome": "churned"}),
    ("2026-07-01", "2026-03", 1, {"outcome": "churned"}),
    ("2026-08-15", "2026-05", 2, {"outcome": "contracted", "renewed_licences": 5}),
    ("2026-09-30", "2026-05", 0, {"outcome": "churned", "decided_on": "2026-08-20"}),
    ("2026-10-20", "2026-04", 3, {"outcome": "churned", "notice_on": "2026-06-02", "decided_on": "2026-10-20"}),
    ("2026-10-01", "2026-08", 2, {"outcome": "renewed", "renewed_licences": 8, "decided_on": "2026-10-05"}),
    ("2026-07-01", "2026-02", 18, {"outcome": "churned"}),
    # Known on the last day of a month: that month's end is too late to warn.
    ("2026-09-01", "2026-02", 19, {"outcome": "churned", "decided_on": "2026-07-31"}),
    ("2026-09-01", "2026-02", 18, {"outcome": "contracted", "renewed_licences": 10}),
]
LEADS = [
    (date(2026, 7, 1) - date(2026, 2, 28)).days,
    (date(2026, 7, 1) - date(2026, 3, 31)).days,
    (date(2026, 8, 15) - date(2026, 5, 31)).days,
    (date(2026, 8, 20) - date(2026, 5, 31)).days,
    (date(2026, 6, 2) - date(2026, 4, 30)).days,
    (date(2026, 10, 1) - date(2026, 8, 31)).days,
]
KEPT: list[tuple[str, str, int, dict[str, Any]]] = [
    *[("2026-08-01", "2026-03", 19, {"outcome": "renewed"})] * 5,
    *[("2026-06-15", "2026-03", 18, {"outcome": "expanded", "renewed_licences": 30})] * 2,
    *[("2026-08-01", "2026-03", 1, {"outcome": "renewed"})] * 4,
]


def sold(world: World, slug: str, renews_on: str, since: str, activated: int, terms: dict[str, Any]) -> None:
    """A partner with 20 licences and seats, two happy buyers every month from one on, and a contract that ended."""
    world.partner(slug)
    world.contract(slug, "one", 20, "2025-09-01", renews_on, **terms)
    world.seats(slug, people(20), on="2025-09-01")
    world.active(slug, people(activated), *[f"{month}-02" for month in MONTHS if f"{month}-02" < renews_on])
    asked = [f"{month}-03" for month in MONTHS if since <= month and f"{month}-03" < renews_on]
    world.answers(slug, "buyer", {"cfo": 9, "ceo": 10}, on=asked)


def signal(found: Backtest, name: str) -> Signal:
    return next(one for one in found.signals if one.name == name)


@pytest.fixture
def history(world: World) -> World:
    """Nine losses and eleven contracts kept."""
    world.counts_at_once = False
    for number, loss in enumerate(LOSSES):
        sold(world, f"lost-{number}", *loss)
    for number, kept in enumerate(KEPT):
        sold(world, f"kept-{number}", *kept)
    world.partner("open")
    world.contract("open", "one", 20, "2025-09-01", "2026-12-31")
    world.partner("unheard")
    world.contract("unheard", "one", 20, "2024-01-01", "2025-01-01", outcome="churned")
    world.daily(history_changed=True)
    return world


def test_a_replay_by_hand(history: World) -> None:
    found = history.backtest()
    assert (found.contracts, found.losses, found.without_history, found.can_tell) == (20, 9, 1, True)
    assert (found.first_month, found.last_month, found.as_of) == ("2025-09", "2026-10", date(2026, 11, 15))
    assert found.reconstructed == found.months > 100
    state = signal(found, "state")
    assert (state.caught.count, state.caught.of) == (6, 9)
    assert (state.false_alarms.count, state.false_alarms.of) == (4, 11)
    assert (state.right.count, state.right.of) == (6, 10)
    assert state.median_lead_days == median(LEADS)
    assert state.unknown == 0
    assert state.sentence == (
        f"State: flagged 6 of 9 losses, median {round(median(LEADS))} days ahead, 4 false alarms in 11 kept."
    )
    assert found.sentence.startswith(state.sentence)
    by_slug = {one.partner: one for one in found.replayed}
    since = [by_slug[f"lost-{number}"].warned_since["state"] for number in range(9)]
    known = [by_slug[f"lost-{number}"].known_on for number in range(9)]
    assert [(day - one).days for day, one in zip(known, since, strict=True) if one] == LEADS
    assert since[6:] == [None, None, None]
    for share in (state.caught, state.false_alarms, state.right):
        low, high = proportion_confint(share.count, share.of, method="wilson")
        assert (share.share, share.low, share.high) == pytest.approx((share.count / share.of, low, high))
    # Who is not asked yet is known by use alone: from the first month's end.
    activation = signal(found, "activation")
    assert (activation.caught.count, activation.false_alarms.count) == (6, 4)
    assert {by_slug[f"lost-{number}"].warned_since["activation"] for number in range(6)} == {
        date(2025, 9, 30),
        date(2025, 10, 31),
    }
    buyers = signal(found, "buyer score")
    assert (buyers.caught.count, buyers.false_alarms.count, buyers.median_lead_days) == (0, 0, None)
    gap = signal(found, "gap")
    assert (gap.caught.count, gap.unknown, gap.brier) == (0, 20, None)
    assert gap.sentence == "Gap: flagged 0 of 9 losses, 0 false alarms in 11 kept."
    _holds_what_was_said_to_what_came(found)


def _holds_what_was_said_to_what_came(found: Backtest) -> None:
    happy = nps.probability_above(nps.Tally(0, 0, 2), 0)
    outcomes = [(loss[2], True) for loss in LOSSES] + [(kept[2], False) for kept in KEPT]
    said = {
        "state": [(1 - fine(activated, 20) * happy, lost) for activated, lost in outcomes],
        "activation": [(1 - fine(activated, 20), lost) for activated, lost in outcomes],
        "buyer score": [(1 - happy, lost) for _, lost in outcomes],
    }
    for name, pairs in said.items():
        one = signal(found, name)
        assert one.brier == pytest.approx(sum((risk - lost) ** 2 for risk, lost in pairs) / 20)
        assert one.brier_of_base_rate == pytest.approx(9 / 20 * 11 / 20)
        assert [(group.low, group.high) for group in one.calibration] == [
            (0, 0.2),
            (0.2, 0.4),
            (0.4, 0.6),
            (0.6, 0.8),
            (0.8, 1),
        ]
        assert sum(group.lost.of for group in one.calibration) == 20 - one.unknown
        assert sum(group.lost.count for group in one.calibration) == 9
        for group in one.calibration:
            own = [(risk, lost) for risk, lost in pairs if group.low <= risk < group.high or risk == group.high == 1]
            assert (group.lost.count, group.lost.of) == (sum(lost for _, lost in own), len(own))
            assert group.said == (pytest.approx(sum(risk for risk, _ in own) / len(own)) if own else None)
            assert (group.lost.share is None) == (not own)


def test_a_warning_that_was_taken_back_before_the_end_is_none(world: World) -> None:
    world.partner("acme")
    world.contract("acme", "one", 20, "2025-09-01", "2026-08-01", outcome="churned")
    world.seats("acme", people(20), on="2025-09-01")
    world.active("acme", people(1), "2026-01-05")
    for month in MONTHS[4:10]:
        world.answers("acme", "buyer", {"cfo": 9, "ceo": 10}, on=f"{month}-03")
    world.active("acme", people(19), *[f"2026-{month:02}-05" for month in range(5, 8)])
    world.daily(history_changed=True)
    (one,) = world.backtest().replayed
    assert (one.outcome, one.known_on, one.warned_since["state"], one.warned_since["activation"]) == (
        "churned",
        date(2026, 8, 1),
        None,
        None,
    )


def test_with_few_outcomes_it_says_that_it_cannot_tell(world: World) -> None:
    world.counts_at_once = False
    found = world.backtest()
    assert found.sentence == "No decided contract has a month of history before it: there is nothing to replay yet."
    assert (found.contracts, found.can_tell, found.first_month) == (0, False, None)
    for number, loss in enumerate(LOSSES[:4]):
        sold(world, f"lost-{number}", *loss)
    for number, kept in enumerate(KEPT[:6]):
        sold(world, f"kept-{number}", *kept)
    world.daily(history_changed=True)
    found = world.backtest()
    assert (found.contracts, found.losses, found.can_tell) == (10, 4, False)
    assert found.sentence.startswith(
        "4 of 10 contracts were lost: too few of one kind to tell whether the signals warn"
    )
    assert all(one.sentence.endswith("Too few to tell whether it warns.") for one in found.signals)
    sold(world, "lost-4", *LOSSES[4])
    world.daily(history_changed=True)
    found = world.backtest()
    assert found.can_tell and not any("Too few" in one.sentence for one in found.signals)


def test_every_frozen_month_that_was_lived_is_replayed_as_it_was_read(world: World) -> None:
    """From the first day at work: what is learned in the days after the outcome is in no snapshot before it."""
    world.at("2026-06-02")
    world.partner("acme")
    world.contract("acme", "one", 20, "2025-08-03", "2026-09-03")
    world.seats("acme", people(20), on="2026-06-01")
    for month in ("06", "07", "08"):
        world.at(f"2026-{month}-20")
        world.active("acme", people(1), f"2026-{month}-15")
        world.answers("acme", "buyer", {"cfo": 9, "ceo": 9}, on=f"2026-{month}-10", at_the_door=True)
        if month != "08":
            world.every_month(f"2026-{int(month) + 1:02}")
    world.at("2026-09-05")
    world.contract("acme", "one", 20, "2025-08-03", "2026-09-03", outcome="churned")
    world.answers("acme", "buyer", {"cfo": 0, "ceo": 0}, on="2026-08-30", at_the_door=True)
    world.daily()
    found = world.backtest()
    assert (found.months, found.reconstructed) == (3, 0)
    (one,) = found.replayed
    assert one.warned_since == {
        "state": date(2026, 6, 30),
        "activation": date(2026, 6, 30),
        "gap": None,
        "buyer score": None,
    }


changes = st.lists(
    st.one_of(
        st.tuples(st.just("buyers"), st.integers(0, 90), st.integers(0, 10)),
        st.tuples(st.just("users"), st.integers(0, 90), st.integers(0, 10)),
        st.tuples(st.just("active"), st.integers(0, 90), st.integers(1, 20)),
        st.tuples(st.just("left"), st.integers(0, 90), st.integers(1, 20)),
        st.tuples(st.just("deployed"), st.integers(0, 90), st.integers(1, 20)),
        st.tuples(st.just("contract"), st.integers(0, 90), st.integers(0, 50)),
        st.tuples(st.just("other"), st.integers(0, 90), st.integers(0, 20)),
    ),
    min_size=1,
    max_size=5,
)


@given(number=st.integers(0, 8), steps=changes)
@hypothesis_settings(
    max_examples=many(4, 100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_change_after_an_outcome_was_known_changes_its_replay(
    world: World, number: int, steps: list[tuple[str, int, int]]
) -> None:
    world.counts_at_once = False
    slug = f"x{len(world.ids)}"
    sold(world, slug, *LOSSES[number])
    before = _of(world, slug)
    known_on = before.known_on
    for place, (what, later, value) in enumerate(steps):
        day = date.fromordinal(min(known_on.toordinal() + later, date(2026, 11, 14).toordinal())).isoformat()
        if what == "buyers":
            world.answers(slug, "buyer", {"cfo": value, f"new {place}": value}, on=day)
        elif what == "users":
            world.answers(slug, "end_user", dict.fromkeys(people(5), value), on=day)
        elif what == "active":
            world.active(slug, people(value), day)
        elif what == "left":
            world.seats(slug, people(value), on=None, left_on=day)
        elif what == "deployed":
            world.seats(slug, people(value, 100), on=day)
        elif what == "contract":
            world.contract(slug, f"later {place}", value, day, "2028-01-01")
        else:
            world.partner(f"{slug}-{place}", 20)
            world.active(f"{slug}-{place}", people(value), day)
            world.answers(f"{slug}-{place}", "buyer", {"cfo": 0, "ceo": 1}, on=day)
    assert _of(world, slug) == before


def _of(world: World, slug: str) -> Replayed:
    world.daily(history_changed=True)
    (one,) = (one for one in world.backtest().replayed if one.partner == slug)
    return replace(one)
