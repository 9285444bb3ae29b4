"""States and sides at risk, by probabilities computed by hand, walking months with their snapshots."""

from typing import Any

import pytest
from scipy.stats import beta

from feedback.gap.values import State
from feedback.stats import nps
from tests.gap.world import World, people


def fine(activated: int, licences: int, threshold: float = 0.5) -> float:
    """P(activation above the threshold) under Beta(1/2 + activated, 1/2 + the rest)."""
    return float(beta(0.5 + activated, 0.5 + max(0, licences - activated)).sf(threshold))


def sold(world: World, slug: str, licences: int = 20, *, decided_on: str = "2026-04-20", **terms: Any) -> None:
    """A partner whose contract was renewed, or whatever `terms` say, in April 2026."""
    world.partner(slug)
    terms = {"outcome": "renewed", "decided_on": decided_on, **terms}
    world.contract(slug, "one", licences, "2025-05-01", "2026-05-01", **terms)


@pytest.fixture
def walked(world: World) -> World:
    """Acme through 2026: of 20 licences 12 are activated in May, 11 in June and July, 10 in August, 11 in September
    and October, 15 in November. Everybody there is active every month, so that use never falls.
    """
    world.counts_at_once = False
    world.at("2026-05-10")
    sold(world, "acme")
    world.seats("acme", people(12), on="2026-05-01")
    world.seats("acme", ["p11"], on=None, left_on="2026-06-10")
    world.seats("acme", ["p10"], on=None, left_on="2026-08-10")
    for month, count in (("05", 12), ("06", 11), ("07", 11), ("08", 10)):
        world.at(f"2026-{month}-20")
        world.active("acme", people(count), f"2026-{month}-15")
        world.every_month(f"2026-{int(month) + 1:02}")
    for month, new in (("09", 1), ("10", 0), ("11", 4)):
        world.at(f"2026-{month}-20")
        world.seats("acme", people(new, 20 if month == "09" else 30), on=f"2026-{month}-01")
        world.active("acme", [*people(10), "p20"], f"2026-{month}-15")
        world.active("acme", people(new, 30) if month == "11" else [], f"2026-{month}-15")
        if month != "11":
            world.every_month(f"2026-{int(month) + 1:02}")
    world.catch_up()
    return world


def test_a_state_is_entered_at_eighty_percent_and_left_below_sixty(walked: World) -> None:
    assert 0.8 <= fine(12, 20) < 0.82 and 0.6 <= fine(11, 20) < 0.8 and fine(10, 20) == pytest.approx(0.5)
    state = walked.values(partner="acme").state
    assert [(one.month, one.state) for one in state.history] == [
        ("2026-05", "compounding"),
        ("2026-06", "compounding"),
        ("2026-07", "compounding"),
        ("2026-08", "undetermined"),
        ("2026-09", "undetermined"),
        ("2026-10", "undetermined"),
        ("2026-11", "compounding"),
    ]
    by_hand = [fine(count, 20) for count in (12, 11, 11, 10, 11, 11, 15)]
    assert [one.end_user_ok for one in state.history] == pytest.approx(by_hand)
    assert {one.buyer_ok for one in state.history} == {1.0}
    assert not any(one.reconstructed for one in state.history)
    assert (state.state, state.months, state.since, state.came_from) == ("compounding", 1, "2026-11", "undetermined")
    assert state.probability == state.end_user_ok == pytest.approx(fine(15, 20))
    row = walked.row("acme")
    assert row.state.history == () and State(*_parts(row.state), history=state.history) == state


def test_a_report_on_a_past_month_says_the_state_that_was_known_then(walked: World) -> None:
    expected = {
        "2026-05": ("compounding", 1, "2026-05", None),
        "2026-07": ("compounding", 3, "2026-05", None),
        "2026-08": ("undetermined", 1, "2026-08", "compounding"),
        "2026-10": ("undetermined", 3, "2026-08", "compounding"),
    }
    before = {month: walked.values(partner="acme", end=month).state for month in expected}
    for month, parts in expected.items():
        assert (before[month].state, before[month].months, before[month].since, before[month].came_from) == parts
        assert before[month].history[-1].month == month
    undetermined = before["2026-08"]
    assert undetermined.probability == pytest.approx(0.5)  # of the likeliest
    # What becomes known later changes no word of it.
    walked.contract("acme", "one", 20, "2025-05-01", "2026-05-01", outcome="churned", decided_on="2026-04-25")
    walked.active("acme", people(5, 60), "2026-05-03")
    walked.daily(history_changed=True)
    assert {month: walked.values(partner="acme", end=month).state for month in expected} == before
    assert walked.values(partner="acme").state.buyer_ok == 0


def test_states_of_both_sides_and_the_side_at_risk(world: World) -> None:
    world.at("2026-06-10")
    for slug, outcome in (("good", "renewed"), ("idle", "expanded"), ("upset", "churned"), ("gone", "churned")):
        sold(world, slug, outcome=outcome)
    for slug in ("upset", "gone"):
        world.contract(slug, "two", 20, "2026-05-20", "2027-05-20", notice_on="2026-06-01")
    for slug, active in (("good", 18), ("idle", 2), ("upset", 17), ("gone", 1)):
        world.seats(slug, people(20), on="2026-05-21")
        world.active(slug, people(active), "2026-06-02")
    rows = {row.partner: row for row in world.values().partners}
    states = {slug: row.state.state for slug, row in rows.items()}
    assert states == {
        "good": "compounding",
        "idle": "pre_churn",
        "upset": "buyer_friction",
        "gone": "broken_value",
    }
    for row in rows.values():
        users, buyers = row.state.end_user_ok, row.state.buyer_ok
        assert users == pytest.approx(fine(row.adoption.activated, 20))
        quadrants = {
            "compounding": users * buyers,
            "pre_churn": (1 - users) * buyers,
            "buyer_friction": users * (1 - buyers),
            "broken_value": (1 - users) * (1 - buyers),
        }
        assert sum(quadrants.values()) == pytest.approx(1)
        assert row.state.probability == pytest.approx(quadrants[row.state.state])
        assert row.state.months == 1 and row.state.came_from is None and row.state.since == "2026-06"
    sides = {slug: (row.side_at_risk.side, row.side_at_risk.months) for slug, row in rows.items()}
    assert sides == {
        "good": ("undetermined", 1),
        "idle": ("end_user", 1),
        "upset": ("buyer", 1),
        "gone": ("buyer", 1),
    }
    assert rows["idle"].side_at_risk.probability == pytest.approx(1 - fine(2, 20))
    assert rows["upset"].side_at_risk.probability == 1
    assert rows["good"].side_at_risk.probability is None


def test_one_buyer_never_names_a_state_and_two_may(world: World) -> None:
    world.partner("acme", 20)
    world.seats("acme", people(20))
    world.active("acme", people(18), "2026-11-02")
    world.answers("acme", "buyer", {"cfo": 10})
    for month in (9, 10, 11):
        world.answers("acme", "buyer", {"cfo": 9}, on=f"2026-{month:02}-03")
    row = world.row("acme")
    assert nps.probability_above(nps.Tally(0, 0, 1), 0) == pytest.approx(0.818, abs=5e-4)
    assert (row.state.state, row.state.probability, row.state.buyer_ok) == ("undetermined", None, None)
    assert row.state.end_user_ok == pytest.approx(fine(18, 20))
    assert row.side_at_risk.side == "undetermined"
    assert "One buyer answered: one person's answer never names a state." in row.side_at_risk.facts
    world.answers("acme", "buyer", {"ceo": 9})
    row = world.row("acme")
    assert row.state.buyer_ok == pytest.approx(nps.probability_above(nps.Tally(0, 0, 2), 0))
    assert row.state.state == "compounding"
    world.answers("acme", "buyer", {"cio": 2, "coo": 0, "cto": 3, "cdo": 5})
    row = world.row("acme")
    by_hand = nps.probability_above(nps.Tally(4, 0, 2), 0)
    assert row.state.buyer_ok == pytest.approx(by_hand) and by_hand < 0.25
    assert row.state.state == "undetermined"
    assert row.state.probability == pytest.approx(fine(18, 20) * (1 - by_hand))


def test_what_was_signed_stands_before_what_was_said(world: World) -> None:
    world.at("2026-06-10")
    for slug, decided in (("loved", {"outcome": "churned"}), ("hated", {"outcome": "renewed"})):
        sold(world, slug, **decided)
        world.answers(slug, "buyer", [10, 10, 10, 9] if slug == "loved" else [0, 1, 2, 3], on="2026-06-01")
    assert world.row("loved").state.buyer_ok == 0 and world.row("hated").state.buyer_ok == 1
    # A year later nothing signed says anything any more; what was said three months ago neither.
    world.at("2027-06-10")
    world.answers("hated", "buyer", [0, 1, 2, 3, 0], on="2027-06-01")
    assert world.row("hated").state.buyer_ok == pytest.approx(nps.probability_above(nps.Tally(5, 0, 0), 0))
    assert world.row("loved").state.buyer_ok is None


def test_the_portfolios_state_is_of_activation_and_of_retention(world: World) -> None:
    world.at("2026-06-10")
    for number in range(20):
        sold(world, f"p{number:02}", 10, outcome="churned" if number == 0 else "renewed")
        if number:
            world.seats(f"p{number:02}", people(10), on="2026-05-21")
    for number in (1, 2, 3):
        world.active(f"p{number:02}", people(9), "2026-06-02")
    report = world.values()
    assert report.diagnostic.activation == pytest.approx(27 / 190)
    assert report.retention.contracts.rate == 19 / 20
    assert report.diagnostic.borrowed_time is True
    assert report.diagnostic.sentence == "Borrowed time: 95 % renewed, 14 % activated."
    state = report.state
    assert state.end_user_ok == pytest.approx(fine(27, 190))
    assert state.buyer_ok == pytest.approx(fine(19, 20, 0.85)) and state.buyer_ok > 0.9
    assert (state.state, report.side_at_risk.side) == ("pre_churn", "end_user")
    assert report.sentence.startswith("Buyers are renewing what people don't use: 95 % renewed, 14 % activated")
    assert report.side_at_risk.facts[0] == "14 % of 190 licences are activated; more than 50 % is fine."
    assert report.side_at_risk.facts[1] == (
        "19 of 20 contracts that came due in four quarters were renewed, 95 %; more than 85 % is fine."
    )


def _parts(state: State) -> tuple[Any, ...]:
    return (
        state.state,
        state.probability,
        state.months,
        state.since,
        state.came_from,
        state.end_user_ok,
        state.buyer_ok,
    )
