"""The facts behind a side at risk, in plain words, and why buyers doubt. The clock stands at 15 November 2026."""

from collections.abc import Sequence
from typing import Any

import pytest

from feedback.gap.values import Doubts, PartnerRow
from tests.gap.world import World, people


def made(
    world: World, activated: int, end_users: Sequence[int] = (), buyers: Sequence[int] = (), **contract: Any
) -> PartnerRow:
    """Acme with 20 licences and seats, of which some are activated, these answers and whatever was signed."""
    world.partner("other", 10)
    world.seats("other", people(10))
    world.active("other", people(10), "2026-11-02")
    world.partner("acme")
    world.contract("acme", "one", 20, "2026-01-01", "2027-01-01")
    if contract:
        world.contract("acme", "before", 20, "2025-01-01", "2026-01-01", **contract)
    world.seats("acme", people(20))
    world.active("acme", people(activated), "2026-11-02")
    world.answers("acme", "end_user", list(end_users))
    world.answers("acme", "buyer", list(buyers))
    return world.row("acme")


def test_where_people_do_not_use_it(world: World) -> None:
    row = made(world, 4, [9, 3, 8], [9, 9], outcome="renewed", decided_on="2025-12-20")
    assert (row.state.state, row.side_at_risk.side) == ("pre_churn", "end_user")
    assert row.side_at_risk.facts == (
        "20 % of 20 licences are activated; more than 50 % is fine.",
        "End users score 0 (3 end users, between −69 and 69).",
        "They renewed on 2025-12-20.",
    )


def test_where_the_buyer_is_leaving_and_why(world: World) -> None:
    row = made(world, 19, [9, 9, 8], [2, 3, 9], outcome="renewed")
    assert row.state.state == "compounding" and row.side_at_risk.side == "undetermined"
    assert row.side_at_risk.facts[0] == "95 % of 20 licences are activated; more than 50 % is fine."
    world.contract("acme", "one", 20, "2026-01-01", "2027-01-01", notice_on="2026-11-03")
    world.answers("acme", "buyer", {"cfo": 1, "cio": 3}, reason="price", on="2026-11-11")
    row = world.row("acme")
    assert (row.state.state, row.side_at_risk.side, row.side_at_risk.probability) == ("buyer_friction", "buyer", 1)
    assert row.side_at_risk.facts[0] == "They gave notice on 2026-11-03."
    assert row.side_at_risk.facts[1].startswith("Buyers score −60 (5 buyers, between ")
    assert row.side_at_risk.facts[1].endswith("2 of 2 who gave a reason name the price.")
    assert row.side_at_risk.facts[2] == "95 % of 20 licences are activated; more than 50 % is fine."


@pytest.mark.parametrize(
    ("contract", "words", "state"),
    [
        ({"outcome": "renewed", "renewed_licences": 20}, "They renewed on 2026-01-01.", "compounding"),
        (
            {"outcome": "expanded", "renewed_licences": 25, "decided_on": "2025-12-01"},
            "They renewed with 25 % more licences on 2025-12-01.",
            "compounding",
        ),
        (
            {"outcome": "contracted", "renewed_licences": 15, "decided_on": "2025-12-01"},
            "They renewed with 25 % fewer licences on 2025-12-01.",
            "buyer_friction",
        ),
        (
            {"outcome": "churned", "decided_on": "2025-12-01"},
            "They decided on 2025-12-01 not to renew.",
            "buyer_friction",
        ),
        ({"outcome": "churned"}, "They did not renew on 2026-01-01.", "buyer_friction"),
    ],
)
def test_what_was_signed_names_the_buyer_side(world: World, contract: dict[str, Any], words: str, state: str) -> None:
    world.at("2026-02-10")
    world.partner("acme")
    world.contract("acme", "one", 20, "2025-01-01", "2026-01-01", **contract)
    world.contract("acme", "beside", 20, "2025-06-01", "2027-06-01")
    world.seats("acme", people(50))
    world.active("acme", people(45), "2026-02-02")
    row = world.row("acme")
    assert row.state.state == state
    assert words in row.side_at_risk.facts


def test_what_they_say_and_what_they_do_may_differ_and_both_are_said(world: World) -> None:
    idle = made(world, 2, [9, 10, 9, 9, 10], [], outcome="churned", decided_on="2025-12-20")
    assert (idle.state.state, idle.side_at_risk.side) == ("broken_value", "buyer")
    assert (
        "10 % of 20 licences are activated; more than 50 % is fine. Yet those who answered are happy, 100 (5 end "
        "users, between 13 and 100): what they say and what most do differ." in idle.side_at_risk.facts
    )
    world.active("acme", people(19), "2026-11-03")
    world.answers("acme", "end_user", [0] * 30)
    busy = world.row("acme")
    assert any(
        fact.startswith(
            "95 % of 20 licences are activated; more than 50 % is fine. Yet those who answered are unhappy, −"
        )
        for fact in busy.side_at_risk.facts
    )
    world.answers("acme", "end_user", [9] * 12)
    unsure = world.row("acme")
    assert not any("Yet" in fact for fact in unsure.side_at_risk.facts)


def test_falling_use_comes_before_a_share_that_is_fine_and_after_one_that_is_not(world: World) -> None:
    world.at("2026-05-20")
    world.partner("acme", 20, starts_on=world.services.clock().date())
    world.contract("acme", "before", 20, "2025-05-01", "2026-05-01", outcome="renewed")
    world.seats("acme", people(40), on="2026-05-01")
    for number, month in enumerate(("05", "06", "07", "08")):
        world.at(f"2026-{month}-25")
        world.active("acme", people(40 - 10 * number), f"2026-{month}-22")
    row = world.row("acme")
    assert (row.state.end_user_ok, row.side_at_risk.side) == (0, "end_user")
    assert row.side_at_risk.facts[0].startswith("Use is falling: 25.0 percentage points fewer seats engaged each month")
    assert row.side_at_risk.facts[1] == "100 % of 20 licences are activated; more than 50 % is fine."
    world.contract("acme", "more", 400, "2026-06-01", "2028-05-01")
    row = world.row("acme")
    assert row.side_at_risk.facts[0].startswith("10 % of 420 licences")
    assert row.side_at_risk.facts[1].startswith("Use is falling: ")


def test_what_is_not_known_is_said(world: World) -> None:
    world.partner("acme")
    assert world.row("acme").side_at_risk.facts == (
        "No contract is in force, so activation cannot be told.",
        "No buyer answered in the last three months, and nothing was signed or cancelled in a year.",
    )
    row = made_beside(world)
    assert row.side_at_risk.facts[0] == "One buyer answered: one person's answer never names a state."
    assert row.side_at_risk.facts[1] == "95 % of 20 licences are activated; more than 50 % is fine."


def made_beside(world: World) -> PartnerRow:
    world.partner("bolt", 20)
    world.seats("bolt", people(20))
    world.active("bolt", people(19), "2026-11-02")
    world.answers("bolt", "buyer", [0])
    return world.row("bolt")


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ({"price": 3, "effort": 1}, "3 of 4 who gave a reason name the price."),
        ({"value": 2, "other": 1}, "2 of 3 who gave a reason name missing proof of value."),
        ({"effort": 1}, "The one who gave a reason names the effort of administration."),
        ({"price": 1, "effort": 1}, "No one reason prevails."),
        ({"other": 2}, ""),
        ({}, ""),
    ],
)
def test_why_buyers_doubt(world: World, reasons: dict[str, int], words: str) -> None:
    world.partner("acme", 20)
    world.answers("acme", "buyer", {"silent": 3})
    for reason, number in reasons.items():
        buyers = [f"{reason} {place}" for place in range(number)]
        world.answers(
            "acme", "buyer", dict.fromkeys(buyers, 4), reason="other" if reason != "other" else "price", on="2026-09-10"
        )
        world.answers("acme", "buyer", dict.fromkeys(buyers, 4), reason=reason, on="2026-10-10")
    doubts = world.values().doubts
    counts = {name: reasons.get(name, 0) for name in ("price", "value", "effort", "other")}
    assert doubts == Doubts(**counts, sentence=words) == world.row("acme").doubts


def test_buyers_by_name_and_how_old_their_answers_are(world: World) -> None:
    world.partner("acme", 20)
    world.know_buyers("acme", "cfo", role="decision_maker")
    world.answers("acme", "buyer", {"cfo": 3}, on="2026-09-16", reason="value")
    world.answers("acme", "buyer", {"cfo": 4}, on="2026-10-16", reason="price")
    world.answers("acme", "buyer", {"ceo": 9}, on="2026-11-14")
    own, row = world.values(partner="acme"), world.row("acme")
    assert row.buyer_ages_days == own.partners[0].buyer_ages_days == (1, 30)
    assert row.buyers == ()
    told = [(one.name, one.role, one.score, one.age_days, one.reason) for one in own.partners[0].buyers]
    assert told == [(None, None, 9, 1, None), ("Cfo", "decision_maker", 4, 30, "price")]
    assert world.row("acme", end="2026-10").buyer_ages_days == (15,)
