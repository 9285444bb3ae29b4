"""The latest thing that was signed, cancelled or cut speaks for the buyer side, for a year."""

from collections.abc import Sequence
from datetime import date
from random import Random
from time import perf_counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.gap.facts_of_contracts import NO_FACT, fact
from feedback.partners.contracts import ContractRow
from tests.partners.made import ACME, DAYS, contract, portfolios

TODAY = date(2026, 11, 15)


def said(contracts: Sequence[ContractRow], on: date | str = TODAY) -> tuple[bool | None, str]:
    found = fact(contracts, date.fromisoformat(on) if isinstance(on, str) else on)
    return found.fine, found.sentence


def test_an_open_contract_and_none_at_all_say_nothing() -> None:
    assert fact([], TODAY) == NO_FACT
    assert fact([contract()], TODAY) == NO_FACT


def test_notice_speaks_against_from_its_day_for_as_long_as_the_contract_is_open() -> None:
    left = [contract(renews="2028-06-01", starts_on="2025-06-01", notice_on="2026-10-30")]
    assert fact(left, date(2026, 10, 29)) == NO_FACT
    for day in ("2026-10-30", "2028-05-31", "2029-06-01"):
        assert said(left, day) == (False, "They gave notice on 2026-10-30.")
    assert fact(left, date(2029, 6, 2)) == NO_FACT


@pytest.mark.parametrize(
    ("outcome", "renewed", "fine", "how"),
    [
        ("renewed", None, True, ""),
        ("renewed", 100, True, ""),
        ("renewed", 120, True, "with 20 % more licences "),
        ("renewed", 99, False, "with 1 % fewer licences "),
        ("expanded", 250, True, "with 150 % more licences "),
        ("expanded", None, True, "for more "),
        ("expanded", 90, True, "for more "),
        ("contracted", 62, False, "with 38 % fewer licences "),
        ("contracted", None, False, "for less "),
    ],
)
def test_every_renewal_speaks_for_itself(outcome: str, renewed: int | None, fine: bool, how: str) -> None:
    one = contract(decided_on="2026-10-01", outcome=outcome, renewed_licences=renewed)
    assert said([one]) == (fine, f"They renewed {how}on 2026-10-01.")


def test_a_growth_from_nothing_has_no_percentage() -> None:
    one = contract(licences=0, decided_on="2026-10-01", outcome="expanded", renewed_licences=5)
    assert said([one]) == (True, "They renewed with more licences on 2026-10-01.")


def test_a_loss_is_known_from_the_day_of_the_decision() -> None:
    lost = [contract(decided_on="2026-10-01", outcome="churned")]
    assert said(lost) == (False, "They decided on 2026-10-01 not to renew.")


def test_a_loss_without_a_day_of_decision_is_known_at_the_renewal() -> None:
    lost = [contract(renews="2026-10-31", outcome="churned")]
    assert fact(lost, date(2026, 10, 30)) == NO_FACT
    assert said(lost) == (False, "They did not renew on 2026-10-31.")


def test_a_decision_says_nothing_any_more_after_a_year() -> None:
    renewed = [contract(outcome="renewed", decided_on="2025-11-15")]
    assert said(renewed, "2026-11-15")[0] is True
    assert fact(renewed, date(2026, 11, 16)) == NO_FACT


def test_a_later_event_overrides_an_earlier_one() -> None:
    renewed = contract(renews="2026-06-01", outcome="renewed", decided_on="2026-04-01")
    follower = contract(renews="2027-06-01", notice_on="2026-11-02")
    assert said([renewed, follower], "2026-11-01") == (True, "They renewed on 2026-04-01.")
    assert said([renewed, follower]) == (False, "They gave notice on 2026-11-02.")


def test_a_notice_that_was_withdrawn_by_renewing_is_forgotten_and_one_after_it_is_not() -> None:
    stayed = contract(notice_on="2026-09-01", outcome="renewed", decided_on="2026-10-01")
    assert said([stayed], "2026-09-30")[0] is False
    assert said([stayed])[0] is True
    assert fact([stayed], date(2027, 11, 1)) == NO_FACT
    later = stayed._replace(notice_on=date(2026, 11, 1))
    assert said([later]) == (False, "They gave notice on 2026-11-01.")


def test_on_one_day_bad_news_prevails() -> None:
    good = contract(outcome="renewed", decided_on="2026-10-01")
    bad = contract(contract_id="other", outcome="churned", decided_on="2026-10-01")
    assert said([good, bad])[0] is said([bad, good])[0] is False


def test_a_smaller_contract_after_another_one_is_a_cut() -> None:
    cut = [contract(licences=1500, renews="2026-11-01"), contract(licences=800, renews="2027-11-01")]
    assert fact(cut, date(2026, 10, 31)) == NO_FACT
    assert said(cut) == (False, "They cut their licences from 1,500 to 800 on 2026-11-01.")


def test_two_contracts_in_the_place_of_one_are_no_cut() -> None:
    split = [
        contract(renews="2026-11-01"),
        *(contract(renews="2027-11-01", contract_id=id_, licences=50) for id_ in "ab"),
    ]
    assert fact(split, TODAY) == NO_FACT


def test_a_second_contract_beside_the_first_is_no_cut() -> None:
    assert fact([contract(), contract(licences=10, renews="2027-06-01")], TODAY) == NO_FACT


def test_a_notice_ends_when_the_contract_is_replaced() -> None:
    back = [contract(renews="2026-11-01", notice_on="2026-09-01"), contract(renews="2027-11-01")]
    assert said(back, "2026-10-31")[0] is False
    assert fact(back, TODAY) == NO_FACT


def test_who_left_and_came_back_is_unknown_again() -> None:
    lost = contract(renews="2026-06-01", outcome="churned")
    back = contract(renews="2027-09-01", licences=20)
    assert said([lost, back], "2026-08-31")[0] is False
    assert fact([lost, back], date(2026, 9, 1)) == NO_FACT


@given(portfolios, DAYS, st.randoms())
def test_neither_the_order_of_contracts_nor_what_comes_later_matters(
    contracts: list[ContractRow], day: date, random: Random
) -> None:
    own = [one for one in contracts if one.partner_id == ACME]
    found = fact(own, day)
    shuffled = [
        one._replace(notice_on=None if one.notice_on and one.notice_on > day else one.notice_on)
        for one in own
        if one.starts_on <= day or (one.known_on and one.known_on <= day) or (one.notice_on and one.notice_on <= day)
    ]
    random.shuffle(shuffled)
    assert fact(shuffled, day) == found
    assert (found.fine is None) == (found.sentence == "")


def test_the_facts_of_a_thousand_partners_take_no_time() -> None:
    renewed = {"outcome": "renewed", "decided_on": "2026-04-01", "renewed_licences": 110}
    everybody = [
        [
            contract(UUID(int=number), renews="2026-06-01", **renewed),
            contract(UUID(int=number), renews="2027-06-01", licences=110, notice_on="2026-10-30"),
        ]
        for number in range(1000)
    ]
    best = min(_seconds(everybody) for _ in range(5))
    assert best < 0.08  # 6 ms on a quiet machine


def _seconds(everybody: list[list[ContractRow]]) -> float:
    start = perf_counter()
    found = [fact(own, TODAY) for own in everybody]
    assert all(one.fine is False for one in found)
    return perf_counter() - start
