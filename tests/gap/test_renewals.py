"""What comes due, when, and what is at stake; money of two currencies is never added."""

from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.gap.renewals import Whose, near, next_of_each, upcoming, value_by_state, value_due
from feedback.gap.values import AtRisk, Money, Renewal, StateName, ValueDue
from feedback.partners.contracts import ContractRow, in_force, licence_spans
from tests.partners.made import ACME, BOLT, CARGO, DAYS, contract, portfolios

TODAY = date(2026, 11, 15)
WHOSE = {
    ACME: Whose("acme", "Acme", "pre_churn", "end_user", "34 % of licences are activated."),
    BOLT: Whose("bolt", "Bolt", "compounding"),
    CARGO: Whose("cargo", "Cargo"),
}
STATES: dict[UUID, StateName] = {ACME: "pre_churn", BOLT: "compounding", CARGO: "undetermined"}


def due(*contracts: ContractRow, on: date = TODAY) -> tuple[Renewal, ...]:
    return upcoming(licence_spans(contracts), on, WHOSE)


def worth(
    units: int, currency: str = "EUR", partner: UUID = ACME, renews: str = "2026-12-01", **terms: Any
) -> ContractRow:
    return contract(partner, renews=renews, yearly_value_minor_units=units, currency=currency, **terms)


def test_a_renewal_says_all_that_is_known() -> None:
    (found,) = due(worth(120_000, licences=40, notice_on="2026-10-30", contract_id="C-7"))
    assert found == Renewal(
        "acme", "Acme", "C-7", date(2026, 12, 1), 16, "30", 40, Money("EUR", 120_000), date(2026, 10, 30),
        "pre_churn", "end_user", True, "34 % of licences are activated.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("renews", "days", "band"),
    [
        ("2026-11-14", -1, "overdue"),
        ("2026-11-15", 0, "30"),
        ("2026-12-15", 30, "30"),
        ("2026-12-16", 31, "60"),
        ("2027-01-14", 60, "60"),
        ("2027-02-13", 90, "90"),
        ("2027-02-14", 91, "120"),
        ("2027-03-15", 120, "120"),
        ("2027-03-16", 121, ""),
    ],
)
def test_bands_are_days_from_now(renews: str, days: int, band: str) -> None:
    (found,) = due(contract(renews=renews, starts_on="2025-11-01"))
    assert (found.days, found.band) == (days, band)
    assert near([found]) == ((found,) if band else ())


def test_renewals_come_by_date_then_by_value_and_without_one_last() -> None:
    found = due(
        contract(CARGO, renews="2026-12-01"),
        worth(5, partner=BOLT),
        worth(700, partner=ACME),
        worth(1, renews="2026-11-20", partner=CARGO),
        worth(1, renews="2026-01-20", partner=ACME),
    )
    assert [(one.partner, one.value and one.value.minor_units) for one in found] == [
        ("acme", 1), ("cargo", 1), ("acme", 700), ("bolt", 5), ("cargo", None),
    ]  # fmt: skip


def test_what_is_decided_replaced_not_begun_or_of_an_unknown_partner_does_not_come_due() -> None:
    assert due(worth(5, outcome="renewed", decided_on="2026-11-15")) == ()
    assert due(worth(5, renews="2027-01-01", starts_on="2026-11-16")) == ()
    assert due(worth(5, partner=UUID(int=9))) == ()
    follower = worth(7, renews="2027-11-01")
    assert [one.contract_id for one in due(worth(5, renews="2026-11-01"), follower)] == [follower.contract_id]


def test_what_was_decided_and_noticed_later_was_still_open_then() -> None:
    (found,) = due(worth(5, outcome="churned", decided_on="2026-11-16", notice_on="2026-11-16"))
    assert (found.notice_on, found.days) == (None, 16)


def test_at_risk_is_who_is_in_a_bad_state_or_gave_notice() -> None:
    contracts = [contract(partner, renews="2026-12-01") for partner in (ACME, BOLT, CARGO)]
    assert {one.partner: one.at_risk for one in due(*contracts)} == {"acme": True, "bolt": False, "cargo": False}
    (left,) = due(contract(BOLT, renews="2026-12-01", notice_on="2026-11-15"))
    assert left.at_risk


def test_the_next_renewal_of_each_is_the_first_however_far_ahead() -> None:
    found = due(
        contract(renews="2029-01-01", starts_on="2026-01-01"),
        contract(renews="2028-01-01", starts_on="2026-01-01"),
        contract(BOLT, renews="2026-11-01"),
        contract(BOLT, renews="2026-12-01"),
    )
    assert {slug: one.renews_on for slug, one in next_of_each(found).items()} == {
        "acme": date(2028, 1, 1),
        "bolt": date(2026, 11, 1),
    }


def test_value_due_by_band_and_currency() -> None:
    found = due(
        worth(100),
        worth(20, partner=BOLT),
        worth(9, "JPY", partner=BOLT),
        contract(CARGO, renews="2026-12-02", notice_on="2026-11-01"),
        worth(1, renews="2026-11-01", partner=BOLT),
        worth(3, renews="2027-03-15", starts_on="2026-01-01"),
        worth(50, renews="2028-03-15", starts_on="2026-01-01"),
    )
    assert value_due(near(found)) == (
        ValueDue("overdue", 1, 0, Money("EUR", 1), Money("EUR", 0)),
        ValueDue("30", 2, 1, Money("EUR", 120), Money("EUR", 100)),
        ValueDue("30", 1, 0, Money("JPY", 9), Money("JPY", 0)),
        ValueDue("30", 1, 1, None, None),
        ValueDue("120", 1, 1, Money("EUR", 3), Money("EUR", 3)),
    )


def test_value_by_state_counts_what_is_in_force() -> None:
    contracts = [
        worth(100, renews="2026-06-01", outcome="expanded", renewed_licences=150, renewed_value_minor_units=180),
        worth(7, "JPY", licences=5, renews="2027-06-01", starts_on="2026-03-01"),
        contract(BOLT, 30),
        worth(50, partner=BOLT, renews="2026-06-01", outcome="churned"),
        worth(50, partner=CARGO, renews="2026-06-01", outcome="churned"),
        worth(50, partner=UUID(int=9)),
    ]
    assert value_by_state(licence_spans(contracts), TODAY, STATES) == (
        AtRisk("compounding", 1, 30, ()),
        AtRisk("pre_churn", 1, 155, (Money("EUR", 180), Money("JPY", 7))),
    )


@given(portfolios, DAYS)
def test_the_rows_of_value_due_add_up_to_the_renewals(contracts: list[ContractRow], on: date) -> None:
    found = near(due(*contracts, on=on))
    rows = value_due(found)
    assert sum(row.contracts for row in rows) == len(found)
    assert sum(row.at_risk_contracts for row in rows) == sum(one.at_risk for one in found)
    for currency in ("EUR", "USD"):
        whole = sum(one.value.minor_units for one in found if one.value and one.value.currency == currency)
        assert whole == sum(row.value.minor_units for row in rows if row.value and row.value.currency == currency)
    assert len({(row.band, row.value and row.value.currency) for row in rows}) == len(rows)


@given(portfolios, DAYS, st.randoms())
def test_the_order_of_contracts_does_not_matter(contracts: list[ContractRow], on: date, random: Random) -> None:
    shuffled = list(contracts)
    random.shuffle(shuffled)
    assert due(*shuffled, on=on) == due(*contracts, on=on)
    found = [value_by_state(licence_spans(rows), on, STATES) for rows in (contracts, shuffled)]
    assert found[0] == found[1]


@given(portfolios, DAYS)
def test_a_currency_more_changes_no_other(contracts: list[ContractRow], on: date) -> None:
    yen = [one._replace(currency="JPY", yearly_value_minor_units=3, renewed_value_minor_units=None,
                        contract_id=f"{one.contract_id} in yen") for one in contracts]  # fmt: skip
    before, after = (
        [row for row in value_due(near(due(*rows, on=on))) if row.value is not None and row.value.currency != "JPY"]
        for rows in (contracts, [*contracts, *yen])
    )
    assert before == after


@given(portfolios, DAYS)
def test_value_by_state_is_all_that_is_in_force_once(contracts: list[ContractRow], on: date) -> None:
    spans = licence_spans(contracts)
    rows = value_by_state(spans, on, STATES)
    there = in_force(spans, on)
    assert sum(row.licences for row in rows) == sum(one.licences for one in there)
    assert sum(row.partners for row in rows) == len({one.contract.partner_id for one in there})
