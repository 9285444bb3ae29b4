"""Never told, and told and not wanted, are two different findings."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.gap.exposure import began, exposure
from feedback.gap.values import Exposure
from feedback.partners.queries import PartnerPromotions
from tests.partners.made import ACME, BOLT, contract

TODAY = date(2026, 11, 15)


def told(times: int, first: str = "2026-02-03", last: str = "2026-10-01") -> PartnerPromotions:
    return PartnerPromotions(ACME, times, date.fromisoformat(first), date.fromisoformat(last), 40)


def found(promotions: PartnerPromotions | None, **terms: Any) -> Exposure:
    about = {"activated": 29, "licences": 100, "deployed": 80, "began_on": date(2026, 1, 1), "on": TODAY}
    return exposure(promotions, **{**about, "activation_threshold": 0.5, **terms})


def test_it_says_how_often_and_since_when() -> None:
    assert found(told(4)) == Exposure(
        4, date(2026, 2, 3), date(2026, 10, 1), 40, "told_not_wanted",
        "They were told 4 times since 2026-02-03 and 71 % of licences were still never activated.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("promotions", "terms", "finding", "sentence"),
    [
        (
            None, {}, "never_told",
            "Nobody was told: no promotion is on record since 2026-01-01, and 71 % of licences were never activated.",
        ),
        (
            None, {"deployed": 0, "activated": 0, "began_on": None}, "never_told",
            "Nobody was told: no promotion is on record, and 100 % of licences were never activated.",
        ),
        (
            None, {"activated": 50}, "used_untold",
            "Nobody was told: no promotion is on record since 2026-01-01, yet 50 % of licences are activated.",
        ),
        (
            told(2), {"activated": 120}, "told_and_used",
            "They were told twice since 2026-02-03, and 100 % of licences are activated.",
        ),
        (
            told(1), {}, "told_not_wanted",
            "They were told once on 2026-02-03 and 71 % of licences were still never activated.",
        ),
        (
            told(3, "2026-09-17"), {}, "too_early",
            "They were told 3 times since 2026-09-17; that is less than 60 days ago, too early for a finding.",
        ),
        (
            told(3, "2026-09-16"), {}, "told_not_wanted",
            "They were told 3 times since 2026-09-16 and 71 % of licences were still never activated.",
        ),
        (
            None, {"began_on": date(2026, 10, 1)}, "too_early",
            (
                "Nobody was told: no promotion is on record since 2026-10-01; their first contract began less than 60 "
                "days ago, too early for a finding."
            ),
        ),
        (
            told(1), {"deployed": 0, "activated": 0}, "unknown",
            "They were told once on 2026-02-03, but no seat is deployed: whether people want it cannot be seen.",
        ),
        (
            told(4), {"licences": 0}, "unknown",
            (
                "They were told 4 times since 2026-02-03; without licences in force there is no activation to set "
                "beside it."
            ),
        ),
        (
            None, {"activated": None}, "unknown",
            (
                "Nobody was told: no promotion is on record since 2026-01-01; without any activity on record there is "
                "no activation to set beside it."
            ),
        ),
    ],
)  # fmt: skip
def test_every_finding_has_its_sentence(
    promotions: PartnerPromotions | None, terms: dict[str, Any], finding: str, sentence: str
) -> None:
    result = found(promotions, **terms)
    assert (result.finding, result.sentence) == (finding, sentence)


def test_low_is_below_the_threshold_that_is_set() -> None:
    assert found(told(4), activation_threshold=0.29).finding == "told_and_used"
    assert found(told(4), activation_threshold=0.3).finding == "told_not_wanted"


def test_nobody_told_has_no_days() -> None:
    result = found(None)
    assert (result.promotions, result.first_on, result.last_on, result.reach) == (0, None, None, None)


def test_a_partner_began_with_its_first_contract() -> None:
    contracts = [contract(renews="2027-01-01"), contract(renews="2026-01-01"), contract(BOLT, renews="2026-05-01")]
    assert began(contracts) == {ACME: date(2025, 1, 1), BOLT: date(2025, 5, 1)}


@given(
    st.none() | st.tuples(st.integers(1, 9), st.integers(0, 400)),
    st.none() | st.integers(0, 200),
    st.integers(0, 200),
    st.integers(0, 200),
    st.none() | st.integers(0, 400),
)
def test_no_finding_blames_people_who_were_not_told_or_had_no_time(
    promotions: tuple[int, int] | None, activated: int | None, licences: int, deployed: int, days: int | None
) -> None:
    first = None if promotions is None else TODAY - timedelta(days=promotions[1])
    rows = None if promotions is None else told(promotions[0], str(first), str(TODAY))
    began_on = None if days is None else TODAY - timedelta(days=days)
    result = found(rows, activated=activated, licences=licences, deployed=deployed, began_on=began_on)
    if result.finding == "told_not_wanted":
        assert first is not None and (TODAY - first).days >= 60
        assert days is None or days >= 60
        assert licences and deployed and activated is not None and activated / licences < 0.5
    if result.finding == "never_told":
        assert promotions is None
    assert result.sentence.endswith(".")
