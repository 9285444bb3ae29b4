"""What is signed in a report, as of the window's end: nothing that was decided later. On 15 November 2026."""

from datetime import date

import pytest

from feedback.gap.values import Money
from feedback.gap.words import money
from tests.gap.world import World, people


@pytest.fixture
def signed(world: World) -> World:
    """Acme renews on 20 December; Bolt was renewed in August and Cargo lost in October, both told beforehand; Delta's
    day passed in September and nobody decided; Echo left.
    """
    world.counts_at_once = False
    for slug in ("acme", "bolt", "cargo", "delta", "echo"):
        world.partner(slug)
    eur = {"currency": "EUR", "yearly_value_minor_units": 1_000_000}
    world.contract("acme", "a", 100, "2025-12-20", "2026-12-20", notice_on="2026-11-05", **eur)
    world.contract(
        "bolt", "b", 50, "2025-08-10", "2026-08-10", outcome="expanded", decided_on="2026-07-20", renewed_licences=80,
        renewed_value_minor_units=1_500_000, **eur,
    )  # fmt: skip
    world.contract(
        "cargo",
        "c",
        40,
        "2025-10-01",
        "2026-10-01",
        outcome="churned",
        notice_on="2026-08-20",
        decided_on="2026-09-15",
        **eur,
    )
    world.contract("delta", "d", 30, "2025-09-10", "2026-09-10", currency="GBP", yearly_value_minor_units=70_000)
    world.contract("echo", "e", 10, "2025-09-10", "2026-09-10", outcome="churned", decided_on="2026-10-03")
    for slug, seats in (("acme", 100), ("bolt", 50), ("cargo", 40), ("delta", 30)):
        world.seats(slug, people(seats), on="2026-01-01")
    world.active("bolt", people(45), "2026-06-10")
    world.active("acme", people(10), "2026-06-10")
    world.active("delta", people(3), "2026-10-10")
    world.promoted("acme", "2026-03-01", "2026-05-01", reach=60)
    world.promoted("delta", "2026-10-20", reach=5)
    world.promoted("cargo", "2026-06-20")
    world.left("echo")
    world.catch_up()
    return world


def test_retention_and_the_diagnostic_are_of_the_windows_end(signed: World) -> None:
    now = signed.values()
    kept = now.retention
    assert (kept.first_day, kept.last_day) == (date(2026, 1, 1), date(2026, 11, 15))
    assert (kept.contracts.due, kept.contracts.kept, kept.contracts.rate) == (2, 1, 0.5)
    assert (kept.open_past_due, kept.if_none_renews, kept.if_all_renew) == (1, 1 / 3, 2 / 3)
    assert (kept.activated, kept.activation_licences, kept.activation) == (45, 80, 45 / 80)
    (eur,) = kept.values
    assert (eur.due, eur.kept, eur.renewed, eur.rate) == (2_000_000, 1_000_000, 1_500_000, 0.5)
    # 100 of Acme, 80 of Bolt, 30 of Delta are in force; 10, 45 and 3 activated.
    assert now.adoption.licences == 210
    assert now.diagnostic.retention == 0.5 and now.diagnostic.activation == pytest.approx(58 / 210)
    assert now.diagnostic.borrowed_time is False
    assert now.diagnostic.sentence == "Neither renewed nor used enough: 50 % renewed, 28 % activated."
    july = signed.values(end="2026-07").retention
    assert (july.last_day, july.contracts.due, july.contracts.rate) == (date(2026, 7, 31), 0, None)
    august = signed.values(end="2026-08")
    assert (august.retention.contracts.due, august.retention.contracts.kept) == (1, 1)
    assert august.retention.activation == 45 / 80 and august.retention.open_past_due == 0
    september = signed.values(end="2026-09")
    # Echo was still there and not decided; Cargo's outcome was known on the 15th but came due in October.
    assert (september.retention.contracts.due, september.retention.contracts.kept) == (1, 1)
    assert september.retention.open_past_due == 2
    own = signed.values(partner="bolt")
    assert (own.retention.contracts.due, own.retention.contracts.rate) == (1, 1)
    assert own.diagnostic.sentence == "Renewed and used: 100 % renewed, 56 % activated."


def test_renewals_and_what_is_due_are_those_that_were_open_then(signed: World) -> None:
    now = signed.values()
    assert [(one.partner, one.band, one.days, one.at_risk) for one in now.renewals] == [
        ("delta", "overdue", -66, False),
        ("acme", "60", 35, True),
    ]
    acme = now.renewals[1]
    assert (acme.contract_id, acme.value, acme.notice_on) == ("a", Money("EUR", 1_000_000), date(2026, 11, 5))
    assert acme.state == "broken_value" == now.partners[0].state.state
    assert acme.why == now.partners[0].side_at_risk.facts[0] == "They gave notice on 2026-11-05."
    assert now.partners[0].renewal == acme
    rows = {row.partner: row for row in now.partners}
    assert rows["bolt"].renewal is None and rows["cargo"].renewal is None
    assert {(one.band, one.value, one.at_risk) for one in now.value_due} == {
        ("overdue", Money("GBP", 70_000), Money("GBP", 0)),
        ("60", Money("EUR", 1_000_000), Money("EUR", 1_000_000)),
    }
    by_state = {one.state: (one.partners, one.licences, one.values) for one in now.value_by_state}
    assert by_state["broken_value"] == (1, 100, (Money("EUR", 1_000_000),))
    assert by_state[rows["bolt"].state.state] == (1, 80, (Money("EUR", 1_500_000),))
    july = signed.values(end="2026-07")
    assert [(one.partner, one.days, one.notice_on) for one in july.renewals] == [
        ("delta", 41, None),
        ("echo", 41, None),
        ("cargo", 62, None),
    ]
    june = signed.values(end="2026-06")
    assert "bolt" in [one.partner for one in june.renewals]
    assert june.partners[1].state.buyer_ok is None and july.partners[1].state.buyer_ok == 1
    assert july.partners[2].state.buyer_ok is None and now.partners[2].state.buyer_ok == 0


def test_exposure_is_what_people_had_been_told_by_then(signed: World) -> None:
    rows = {row.partner: row.exposure for row in signed.values().partners}
    acme = rows["acme"]
    assert (acme.promotions, acme.first_on, acme.last_on, acme.reach) == (2, date(2026, 3, 1), date(2026, 5, 1), 60)
    assert acme.finding == "told_not_wanted"
    assert acme.sentence == "They were told twice since 2026-03-01 and 90 % of licences were still never activated."
    assert rows["bolt"].finding == "used_untold"
    assert rows["cargo"].finding == "unknown"
    assert rows["delta"].finding == "too_early"
    before = {row.partner: row.exposure for row in signed.values(end="2026-04").partners}
    assert (before["acme"].promotions, before["acme"].last_on) == (1, date(2026, 3, 1))
    assert (before["acme"].finding, before["delta"].promotions) == ("unknown", 0)  # no activity was on record yet
    june = {row.partner: row.exposure for row in signed.values(end="2026-06").partners}
    assert june["delta"].finding == "never_told" and june["acme"].finding == "told_not_wanted"
    assert june["cargo"].finding == "too_early"
    september = {row.partner: row.exposure for row in signed.values(end="2026-09").partners}
    assert september["cargo"].finding == "told_not_wanted"


def test_the_sentence_says_what_is_at_stake_and_where_to_begin(signed: World) -> None:
    due = money(Money("EUR", 1_000_000))
    assert signed.values().sentence == (
        f"Neither side is fine: 50 % renewed, 28 % activated; {due} is due at risk by December 2026, "
        "so begin with Acme."
    )
    own = signed.values(partner="acme").sentence
    assert own == f"Acme: neither side is fine. They gave notice on 2026-11-05. {due} is due on 2026-12-20."
    assert signed.values(end="2025-12").sentence.startswith("Nothing is known yet")
