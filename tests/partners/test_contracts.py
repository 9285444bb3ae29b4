"""What contracts say on a day is what was known on it."""

from datetime import date
from time import perf_counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.partners.contracts import (
    NONE_IN_FORCE,
    ContractRow,
    as_known_on,
    in_force,
    licence_spans,
    licences_by_day,
    licences_of_one,
)
from tests.partners.made import ACME, BOLT, CARGO, DAYS, contract, portfolios


def licences(contracts: list[ContractRow], day: str) -> int | None:
    """Acme's on a day; None when no contract is in force."""
    found = licences_by_day(licence_spans(contracts), {ACME: 0}, [date.fromisoformat(day)])[0, 0]
    return None if found == NONE_IN_FORCE else int(found)


def by_definition(contracts: list[ContractRow], partner: UUID, day: date) -> int:
    """Word for word, contract by contract."""
    own = [as_known_on(one, day) for one in contracts if one.partner_id == partner]
    counted = []
    for one in own:
        if one.starts_on <= day < one.renews_on:
            counted.append(one.licences)
        elif one.renews_on <= day and one.outcome != "churned":
            followed = any(one.renews_on <= other.starts_on <= day for other in own)
            if not followed:
                counted.append(one.licences if one.renewed_licences is None else one.renewed_licences)
    return sum(counted) if counted else NONE_IN_FORCE


def test_an_outcome_is_known_from_the_day_it_was_decided() -> None:
    renewed = contract(outcome="renewed", decided_on="2026-11-20", renewed_licences=120, renewed_value_minor_units=5)
    before = as_known_on(renewed, date(2026, 11, 19))
    assert (before.outcome, before.decided_on, before.renewed_licences, before.renewed_value_minor_units) == (
        "open",
        None,
        None,
        None,
    )
    assert as_known_on(renewed, date(2026, 11, 20)) == renewed


def test_an_outcome_without_a_day_is_known_from_the_day_of_renewal() -> None:
    churned = contract(outcome="churned")
    assert as_known_on(churned, date(2026, 12, 31)).outcome == "open"
    assert as_known_on(churned, date(2027, 1, 1)).outcome == "churned"


def test_notice_is_known_from_its_day() -> None:
    left = contract(notice_on="2026-10-30")
    assert as_known_on(left, date(2026, 10, 29)).notice_on is None
    assert as_known_on(left, date(2026, 10, 30)).notice_on == date(2026, 10, 30)


def test_licences_hold_from_the_start_through_an_undecided_renewal() -> None:
    one = [contract()]
    assert licences(one, "2025-12-31") is None
    assert licences(one, "2026-01-01") == 100
    assert licences(one, "2029-01-01") == 100


def test_a_renewal_decided_late_changes_the_licences_only_then() -> None:
    late = [contract(outcome="expanded", decided_on="2027-02-01", renewed_licences=150)]
    assert licences(late, "2027-01-31") == 100
    assert licences(late, "2027-02-01") == 150


def test_a_renewal_decided_early_changes_the_licences_on_the_day_of_renewal() -> None:
    early = [contract(outcome="contracted", decided_on="2026-10-01", renewed_licences=60)]
    assert licences(early, "2026-12-31") == 100
    assert licences(early, "2027-01-01") == 60


def test_a_lost_contract_ends_and_a_later_one_takes_the_place_of_the_one_before() -> None:
    assert licences([contract(outcome="churned")], "2027-01-01") is None
    followed = [contract(), contract(licences=80, renews="2028-02-01", starts_on="2027-02-01")]
    assert licences(followed, "2027-01-31") == 100
    assert licences(followed, "2027-02-01") == 80


def test_a_contract_that_is_replaced_before_it_is_decided_ends_there() -> None:
    late = contract(outcome="renewed", decided_on="2027-03-01")
    follower = contract(licences=80, renews="2028-01-15")
    for day in ("2027-01-15", "2027-02-28", "2027-03-01"):
        assert licences([late, follower], day) == 80


def test_contracts_at_once_add_and_no_licences_in_force_are_not_none() -> None:
    assert licences([contract(), contract(licences=20, renews="2027-06-01")], "2026-07-01") == 120
    assert licences([contract(licences=0)], "2026-07-01") == 0


def test_a_contract_in_force_gives_the_value_of_its_renewal_after_it() -> None:
    renewed = contract(
        outcome="expanded", renewed_licences=150, yearly_value_minor_units=10, renewed_value_minor_units=15
    )
    spans = licence_spans([renewed, contract(BOLT, outcome="churned")])
    assert [(one.licences, one.value) for one in in_force(spans, date(2026, 12, 31))] == [(100, 10), (100, None)]
    assert [(one.licences, one.value) for one in in_force(spans, date(2027, 1, 1))] == [(150, 15)]


@given(portfolios, st.lists(DAYS, max_size=5))
def test_licences_by_day_are_the_definition_word_for_word(contracts: list[ContractRow], days: list[date]) -> None:
    places = {CARGO: 0, ACME: 1}
    found = licences_by_day(licence_spans(contracts), places, days)
    assert found.shape == (2, len(days))
    for partner, place in places.items():
        assert found[place].tolist() == [by_definition(contracts, partner, day) for day in days]


@given(portfolios, DAYS)
def test_what_is_in_force_adds_up_to_the_licences(contracts: list[ContractRow], day: date) -> None:
    spans = licence_spans(contracts)
    for partner in (ACME, BOLT):
        own = [one.licences for one in in_force(spans, day) if one.contract.partner_id == partner]
        assert licences_by_day(spans, {partner: 0}, [day]).item() == (sum(own) if own else NONE_IN_FORCE)


@given(portfolios, DAYS)
def test_licences_of_one_partner_are_the_same_without_spans(contracts: list[ContractRow], day: date) -> None:
    own = [one for one in contracts if one.partner_id == ACME]
    found = licences_of_one(own, day)
    assert (NONE_IN_FORCE if found is None else found) == by_definition(contracts, ACME, day)


@given(portfolios, DAYS, DAYS)
def test_what_was_known_on_a_day_does_not_depend_on_what_came_later(
    contracts: list[ContractRow], day: date, later: date
) -> None:
    day, later = sorted((day, later))
    for one in contracts:
        assert as_known_on(as_known_on(one, later), day) == as_known_on(one, day)


def test_a_thousand_partners_and_fourteen_days_take_no_time() -> None:
    partners = [UUID(int=number) for number in range(1000)]
    contracts = [contract(one, renews=renews) for one in partners for renews in ("2026-06-01", "2027-06-01")]
    days = [date(2026, month, 28) for month in range(1, 13)] + [date(2027, 1, 28), date(2027, 2, 28)]
    places = {partner: place for place, partner in enumerate(partners)}
    best = min(_seconds(contracts, places, days) for _ in range(5))
    assert best < 0.03  # 3 ms on a quiet machine


def _seconds(contracts: list[ContractRow], places: dict[UUID, int], days: list[date]) -> float:
    start = perf_counter()
    found = licences_by_day(licence_spans(contracts), places, days)
    assert found.shape == (len(places), len(days))
    return perf_counter() - start


@pytest.mark.parametrize("day", [date(1, 1, 1), date.max])
def test_the_first_and_the_last_day_there_are_do_no_harm(day: date) -> None:
    assert licences_by_day(licence_spans([contract()]), {ACME: 0}, [day]).item() in (NONE_IN_FORCE, 100)
    assert licences_by_day(licence_spans([]), {ACME: 0}, [day]).item() == NONE_IN_FORCE
