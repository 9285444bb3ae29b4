"""Retention counts what came due and was decided by then; what it says beside activation."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from feedback.gap.retention import buyer_side_ok, declining, diagnostic, retention
from feedback.gap.values import Kept, Quarter, Retention
from feedback.partners.contracts import ContractRow
from feedback.stats import states
from tests.partners.made import ACME, BOLT, CARGO, DAYS, contract, portfolios

TODAY = date(2026, 11, 15)
SEATS: Mapping[UUID, tuple[int, int]] = {ACME: (30, 100), BOLT: (90, 60), CARGO: (5, 0)}


def quarters(*kept_of_due: tuple[int, int]) -> tuple[Quarter, ...]:
    return tuple(Quarter("", Kept(due, kept), Kept()) for kept, due in kept_of_due)


def rates(found: Retention) -> list[float | None]:
    return [one.contracts.rate for one in found.quarters]


def test_four_quarters_by_hand() -> None:
    contracts = [
        contract(ACME, 100, "2026-02-01", outcome="expanded", renewed_licences=150),
        contract(BOLT, 80, "2026-05-01", outcome="contracted", renewed_licences=50),
        contract(BOLT, 40, "2026-08-01", outcome="churned"),
        contract(CARGO, 10, "2026-11-01", outcome="renewed"),
    ]
    found = retention(contracts, TODAY, SEATS)
    assert (found.first_day, found.last_day) == (date(2026, 1, 1), TODAY)
    assert found.contracts == Kept(due=4, kept=3, renewed=3, rate=0.75)
    assert found.licences == Kept(due=230, kept=160, renewed=210, rate=160 / 230)
    assert [one.quarter for one in found.quarters] == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]
    assert rates(found) == [1, 1, 0, 1]
    assert found.quarters[1].licences == Kept(80, 50, 50, 50 / 80)


@pytest.mark.parametrize(
    ("on", "first", "labels"),
    [
        ("2026-10-01", "2026-01-01", ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]),
        ("2026-09-30", "2025-10-01", ["2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"]),
        ("2027-01-01", "2026-04-01", ["2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1"]),
    ],
)
def test_quarters_are_those_of_the_calendar(on: str, first: str, labels: list[str]) -> None:
    found = retention([], date.fromisoformat(on))
    assert found.first_day == date.fromisoformat(first)
    assert [one.quarter for one in found.quarters] == labels


def test_the_interval_is_wilsons() -> None:
    contracts = [
        contract(UUID(int=n), renews="2026-06-01", outcome="renewed" if n < 7 else "churned") for n in range(8)
    ]
    found = retention(contracts, TODAY)
    wilson = binomtest(7, 8).proportion_ci(method="wilson")
    assert (found.low, found.high) == (pytest.approx(wilson.low), pytest.approx(wilson.high))


def test_nothing_due_has_no_rate() -> None:
    found = retention([contract()], TODAY)
    assert found.contracts == found.licences == Kept(0, 0, 0, None)
    assert (found.low, found.high, found.if_none_renews, found.if_all_renew, found.activation) == (None,) * 5
    assert (found.values, rates(found)) == ((), [None] * 4)
    assert buyer_side_ok(found, 0.85) is None


def test_what_is_open_past_due_stands_apart_with_its_bounds() -> None:
    decided = [contract(UUID(int=n), renews="2026-06-01", outcome="renewed") for n in range(3)]
    late = [
        contract(BOLT, renews="2026-11-14"),
        contract(BOLT, renews=str(TODAY)),
        contract(CARGO, renews="2025-12-31"),
    ]
    found = retention([*decided, contract(ACME, renews="2026-07-01", outcome="churned"), *late], TODAY)
    assert (found.contracts.rate, found.open_past_due, found.undecided_before) == (0.75, 1, 1)
    assert (found.if_none_renews, found.if_all_renew) == (3 / 5, 4 / 5)


def test_a_notice_for_a_day_to_come_is_not_yet_a_loss() -> None:
    found = retention([contract(renews="2026-12-31", notice_on="2026-10-01")], TODAY)
    assert (found.contracts.due, found.open_past_due) == (0, 0)


def test_a_decision_before_the_date_counts_when_the_date_comes() -> None:
    early = [contract(renews="2026-12-01", outcome="churned", decided_on="2026-10-01")]
    assert retention(early, TODAY).contracts.due == 0
    assert retention(early, date(2026, 12, 1)).contracts == Kept(1, 0, 0, 0.0)


def test_a_past_report_does_not_know_what_was_decided_later() -> None:
    late = [contract(renews="2026-10-01", outcome="churned", decided_on="2026-11-10")]
    then = retention(late, date(2026, 11, 9))
    assert (then.contracts.due, then.open_past_due, then.if_none_renews, then.if_all_renew) == (0, 1, 0.0, 1.0)
    assert retention(late, date(2026, 11, 10)).contracts.due == 1


def test_value_is_kept_per_currency_and_contracts_without_one_are_left_out_of_value_alone() -> None:
    def one(number: int, outcome: str, units: int | None, **terms: Any) -> ContractRow:
        terms = {"renews": "2026-06-01", "yearly_value_minor_units": units, "currency": "EUR", **terms}
        return contract(UUID(int=number), outcome=outcome, **terms)

    found = retention(
        [
            one(1, "expanded", 1000, renewed_value_minor_units=1500),
            one(2, "contracted", 1000, renewed_value_minor_units=400),
            one(3, "churned", 1000),
            one(4, "renewed", 1000),
            one(5, "renewed", 70, currency="JPY"),
            one(6, "churned", None),
        ],
        TODAY,
    )
    euro, yen = found.values
    assert (euro.currency, euro.due, euro.kept, euro.renewed, euro.rate) == ("EUR", 4000, 2400, 2900, 0.6)
    assert (yen.currency, yen.due, yen.kept, yen.renewed, yen.rate) == ("JPY", 70, 70, 70, 1.0)
    assert found.contracts.due == 6


def test_the_activation_beside_it_is_that_of_the_same_partners_once_each() -> None:
    contracts = [
        contract(ACME, renews="2026-03-01", outcome="renewed"),
        contract(ACME, renews="2026-06-01", outcome="renewed"),
        contract(BOLT, renews="2026-10-01"),
        contract(CARGO, renews="2026-06-01", outcome="churned"),
    ]
    found = retention(contracts, TODAY, SEATS)
    assert (found.activated, found.activation_licences, found.activation) == (30, 100, 0.3)
    more = retention([contract(BOLT, renews="2026-06-01", outcome="renewed")], TODAY, SEATS)
    assert (more.activated, more.activation_licences, more.activation) == (90, 60, 1.0)


def test_retention_declines_when_its_slope_surely_does() -> None:
    assert declining(quarters((95, 100), (80, 100), (65, 100), (50, 100)))
    assert not declining(quarters((50, 100), (65, 100), (80, 100), (95, 100)))
    assert not declining(quarters((2, 2), (2, 2), (1, 2), (1, 1)))
    assert not declining(quarters((0, 0), (100, 100), (0, 100), (0, 0)))


def test_the_buyer_side_is_fine_as_far_as_the_share_is_above_and_not_declining() -> None:
    found = retention([contract(UUID(int=n), renews="2026-06-01", outcome="renewed") for n in range(30)], TODAY)
    assert buyer_side_ok(found, 0.85) == states.share_above(30, 30, 0.85)
    falling = replace(found, quarters=quarters((95, 100), (80, 100), (65, 100), (50, 100)))
    assert buyer_side_ok(falling, 0.85) == 0


@pytest.mark.parametrize(
    ("kept", "activated", "borrowed", "sentence"),
    [
        (0.88, 0.34, True, "Borrowed time: 88 % renewed, 34 % activated."),
        (0.92, 0.63, False, "Renewed and used: 92 % renewed, 63 % activated."),
        (0.6, 0.2, False, "Neither renewed nor used enough: 60 % renewed, 20 % activated."),
        (0.6, 0.63, False, "Used, but not renewed enough: 60 % renewed, 63 % activated."),
        (0.85, 0.2, False, "Neither renewed nor used enough: 85 % renewed, 20 % activated."),
        (0.88, 0.5, False, "Renewed and used: 88 % renewed, 50 % activated."),
        (None, 0.2, None, "Retention cannot be told: no contract that came due is decided; 20 % activated."),
        (None, 0.0, None, "Retention cannot be told: no contract that came due is decided; 0 % activated."),
        (
            0.9,
            None,
            None,
            "Activation cannot be told: no licences in force or no activity on record; 90 % renewed.",
        ),
        (
            None,
            None,
            None,
            "Neither retention nor activation can be told: no contract that came due is decided, and use is unknown.",
        ),
    ],
)
def test_the_diagnostic_says_which_of_the_four_it_is_or_what_is_missing(
    kept: float | None, activated: float | None, borrowed: bool | None, sentence: str
) -> None:
    found = diagnostic(kept, activated, retention_threshold=0.85, activation_threshold=0.5)
    assert (found.borrowed_time, found.sentence) == (borrowed, sentence)
    assert (found.retention, found.activation) == (kept, activated)
    assert (found.retention_threshold, found.activation_threshold) == (0.85, 0.5)


def test_the_thresholds_are_what_is_passed() -> None:
    assert diagnostic(0.6, 0.6, retention_threshold=0.5, activation_threshold=0.7).borrowed_time is True


@given(portfolios, DAYS)
def test_no_more_is_kept_than_came_due_and_the_bounds_hold_the_rate(contracts: list[ContractRow], on: date) -> None:
    found = retention(contracts, on, SEATS)
    for one in (found.contracts, found.licences, *found.values):
        assert 0 <= one.kept <= min(one.due, one.renewed)
        assert one.rate is None if not one.due else one.rate == one.kept / one.due
    if found.contracts.rate is not None:
        assert found.low is not None and found.high is not None
        assert found.if_none_renews is not None and found.if_all_renew is not None
        assert 0 <= found.low <= found.contracts.rate <= found.high <= 1
        assert found.if_none_renews <= found.contracts.rate <= found.if_all_renew
    assert sum(one.contracts.due for one in found.quarters) == found.contracts.due
    assert sum(one.licences.kept for one in found.quarters) == found.licences.kept


@given(portfolios, DAYS, st.randoms())
def test_the_order_of_contracts_does_not_matter(contracts: list[ContractRow], on: date, random: Random) -> None:
    shuffled = list(contracts)
    random.shuffle(shuffled)
    assert retention(shuffled, on, SEATS) == retention(contracts, on, SEATS)


@given(portfolios, DAYS)
def test_a_currency_more_changes_no_other(contracts: list[ContractRow], on: date) -> None:
    more = contract(outcome="renewed", yearly_value_minor_units=5, currency="JPY")._replace(
        starts_on=on - timedelta(days=10), renews_on=on
    )
    before, after = retention(contracts, on).values, retention([*contracts, more], on).values
    assert [one for one in after if one.currency != "JPY"] == list(before)
    assert [one.due for one in after if one.currency == "JPY"] == [5]


@given(portfolios, DAYS)
def test_what_is_known_later_changes_no_report_on_the_past(contracts: list[ContractRow], on: date) -> None:
    open_yet = [
        one._replace(outcome="open", decided_on=None, renewed_licences=None, renewed_value_minor_units=None)
        if one.known_on and one.known_on > on
        else one
        for one in contracts
    ]
    assert retention(contracts, on, SEATS) == retention(open_yet, on, SEATS)
