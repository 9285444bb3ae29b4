"""States are entered late and left late, and one buyer's tap names none."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from feedback.stats import nps, states
from feedback.stats.nps import Tally
from feedback.stats.states import Month, Rule

chances = st.floats(0, 1)


def sure(name: str, probability: float) -> dict[str, float]:
    """One state at a probability, the rest spread over the others."""
    others = [other for other in ("compounding", "pre_churn", "buyer_friction", "broken_value") if other != name]
    return {name: probability, **dict.fromkeys(others, (1 - probability) / 3)}


def test_the_reference_quadrants_come_out() -> None:
    users, buyers = nps.probability_above(Tally(8, 13, 15), 0), nps.probability_above(Tally(0, 1, 2), 0)
    found = states.quadrants(users, buyers)
    assert found == pytest.approx(
        {"compounding": 0.8584, "buyer_friction": 0.0702, "pre_churn": 0.0660, "broken_value": 0.0054}, abs=5.1e-5
    )


@given(chances, chances)
def test_the_four_add_up_and_the_sides_can_be_read_back(users: float, buyers: float) -> None:
    found = states.quadrants(users, buyers)
    assert found is not None
    assert sum(found.values()) == pytest.approx(1)
    assert found["compounding"] + found["buyer_friction"] == pytest.approx(users)
    assert found["compounding"] + found["pre_churn"] == pytest.approx(buyers)


def test_with_a_side_unknown_there_are_no_quadrants() -> None:
    assert states.quadrants(None, 0.9) is None
    assert states.quadrants(0.9, None) is None
    with pytest.raises(ValueError, match="probability"):
        states.quadrants(1.1, None)


def test_a_state_is_entered_at_eight_tenths_and_left_below_six() -> None:
    walked = [sure("pre_churn", p) for p in (0.79, 0.8, 0.61, 0.6, 0.59, 0.79, 0.95)]
    found = states.walk(walked)
    assert [month.name for month in found] == [
        "undetermined", "pre_churn", "pre_churn", "pre_churn", "undetermined", "undetermined", "pre_churn",
    ]  # fmt: skip
    assert [month.months for month in found] == [1, 1, 2, 3, 1, 2, 1]


def test_one_state_can_follow_another_at_once() -> None:
    found = states.walk([sure("compounding", 0.9), sure("pre_churn", 0.85), sure("pre_churn", 0.7)])
    assert [month.name for month in found] == ["compounding", "pre_churn", "pre_churn"]


def test_a_month_of_which_nothing_is_known_ends_a_state() -> None:
    found = states.walk([sure("compounding", 0.9), None, sure("compounding", 0.7)])
    assert found == [Month("compounding", 1), Month("undetermined", 1), Month("undetermined", 2)]


def test_no_months_no_states() -> None:
    assert states.walk([]) == []
    assert states.side_at_risk([]) == []
    assert states.walk([None]) == [Month("undetermined", 1)]


@given(st.lists(st.tuples(chances, chances)))
def test_whatever_is_named_is_likelier_than_not_and_lasts_as_long_as_it_is_named(
    sides: list[tuple[float, float]],
) -> None:
    months = [states.quadrants(*pair) for pair in sides]
    found = states.walk(months)
    before = None
    for month, probabilities in zip(found, months, strict=True):
        assert probabilities is not None
        if month.name != "undetermined":
            assert probabilities[month.name] >= (0.6 if month.name == before else 0.8)
        else:
            assert max(probabilities.values()) < 0.8
        before = month.name


def test_the_side_at_risk_is_the_one_less_likely_to_be_fine_by_the_same_rule() -> None:
    found = states.side_at_risk(
        [(0.21, 0.9), (0.2, 0.9), (0.4, 0.9), (0.41, 0.9), (0.15, 0.1), (0.1, 0.15), (0.5, None)]
    )
    assert [month.name for month in found] == [
        "undetermined", "end_user", "end_user", "undetermined", "buyer", "end_user", "undetermined",
    ]  # fmt: skip


def test_sides_equally_at_risk_are_not_told_apart() -> None:
    assert states.side_at_risk([(0.1, 0.1)])[0].name == "undetermined"
    assert states.side_at_risk([(0.1, 0.2), (0.1, 0.1)])[1].name == "end_user"


def test_the_share_above_is_what_jeffreys_says() -> None:
    assert states.share_above(28, 100, 0.5) == pytest.approx(beta(28.5, 72.5).sf(0.5))
    assert states.share_above(9, 10, 0.85) == pytest.approx(beta(9.5, 1.5).sf(0.85))
    assert states.share_above(7, 5, 0.5) == pytest.approx(beta(7.5, 0.5).sf(0.5))
    assert states.share_above(0, 1, 0.5) == pytest.approx(1 - 0.8183, abs=1e-4)
    assert states.share_above(90, 100, 0.5, declining=True) == 0
    assert states.share_above(0, 0, 0.5) is None
    assert states.share_above(0, 0, 0.5, declining=True) is None


def test_facts_about_a_contract_come_before_what_buyers_say() -> None:
    unhappy = Tally(5, 0, 0)
    assert states.buyers_fine(unhappy, fact=True) == 1
    assert states.buyers_fine(Tally(0, 0, 5), fact=False) == 0
    assert states.buyers_fine(unhappy) == nps.probability_above(unhappy, 0)


def test_one_buyers_tap_never_names_a_state() -> None:
    lone = Tally(0, 0, 1)
    assert nps.probability_above(lone, 0) == pytest.approx(0.818, abs=5e-4)
    assert states.buyers_fine(lone) is None
    assert states.buyers_fine(Tally(0, 0, 0)) is None
    assert states.buyers_fine(Tally(0, 0, 2)) is not None


def test_thresholds_are_settings() -> None:
    found = states.walk([sure("pre_churn", 0.9)], Rule(enter=0.95, leave=0.9))
    assert found[0].name == "undetermined"
    buyers = Tally(0, 1, 2)
    assert states.buyers_fine(buyers, threshold_points=30) == nps.probability_above(buyers, 30)


@pytest.mark.parametrize(("enter", "leave"), [(0.6, 0.8), (0.8, 0.4), (1.2, 0.6)])
def test_rules_that_could_hold_two_states_at_once_are_refused(enter: float, leave: float) -> None:
    with pytest.raises(ValueError, match="leave"):
        Rule(enter, leave)


def test_what_is_no_share_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        states.share_above(-1, 10, 0.5)
    with pytest.raises(ValueError, match="threshold"):
        states.share_above(1, 10, 50)


def as_number(probability: float | None) -> float:
    return np.nan if probability is None else probability


perhaps = st.one_of(st.none(), chances, st.sampled_from([0.0, 0.1, 0.2, 0.4, 0.8, 0.9, 1.0]))
partners_by_month = st.lists(st.lists(st.tuples(perhaps, perhaps), min_size=5, max_size=5), min_size=0, max_size=6)
rules = st.sampled_from([Rule(), Rule(0.5, 0.5), Rule(0.95, 0.9)])


def plain_walk(months: Sequence[dict[str, float] | None], rule: Rule) -> list[str]:
    """The rule of states as it is told, step by step."""
    names, current = [], "undetermined"
    for month in months:
        likely = month or {}
        entered = [name for name, chance in likely.items() if chance >= rule.enter]
        if entered:
            current = entered[0]
        elif likely.get(current, 0) < rule.leave:
            current = "undetermined"
        names.append(current)
    return names


def plain_sides(months: Sequence[tuple[float | None, float | None]], rule: Rule) -> list[str]:
    """The rule of sides as it is told, step by step."""
    names, current = [], "undetermined"
    for users, buyers in months:
        if users is None or buyers is None:
            current = "undetermined"
        elif users < buyers and 1 - users >= rule.enter:
            current = "end_user"
        elif buyers < users and 1 - buyers >= rule.enter:
            current = "buyer"
        elif current == "undetermined" or 1 - {"end_user": users, "buyer": buyers}[current] < rule.leave:
            current = "undetermined"
        names.append(current)
    return names


def lengths(names: Sequence[str]) -> list[int]:
    return [place + 1 for _, run in groupby(names) for place, _ in enumerate(run)]


@given(partners_by_month, rules)
def test_partners_walk_together_as_each_walks_alone(
    partners: list[list[tuple[float | None, float | None]]], rule: Rule
) -> None:
    table = np.array([[[as_number(side) for side in month] for month in own] for own in partners], float)
    table = table.reshape(-1, 5, 2)
    quadrants = states.quadrants_each(table[..., 0], table[..., 1])
    assert quadrants.shape == (len(partners), 5, 4)
    found, months = states.walks(quadrants, rule)
    sides, side_months = states.sides_at_risk(table[..., 0], table[..., 1], rule)
    for place, own in enumerate(partners):
        single = [states.quadrants(*month) for month in own]
        assert [tuple(month.values()) for month in single if month] == [
            tuple(row) for row in quadrants[place].tolist() if not np.isnan(row).any()
        ]
        names = plain_walk(single, rule)
        assert [(*states.QUADRANTS, "undetermined")[name] for name in found[place]] == names
        assert months[place].tolist() == lengths(names)
        assert states.walk(single, rule) == [Month(*month) for month in zip(names, lengths(names), strict=True)]
        at_risk = plain_sides(own, rule)
        assert [(*states.SIDES, "undetermined")[side] for side in sides[place]] == at_risk
        assert side_months[place].tolist() == lengths(at_risk)
        assert states.side_at_risk(own, rule) == [Month(*m) for m in zip(at_risk, lengths(at_risk), strict=True)]


@given(partners_by_month, rules, st.integers(1, 4))
def test_a_walk_goes_on_from_where_another_ended(
    partners: list[list[tuple[float | None, float | None]]], rule: Rule, cut: int
) -> None:
    table = np.array([[[as_number(side) for side in month] for month in own] for own in partners], float)
    table = table.reshape(-1, 5, 2)
    users, buyers = table[..., 0], table[..., 1]
    quadrants = states.quadrants_each(users, buyers)
    whole, months = states.walks(quadrants, rule)
    start, lasting = whole[:, cut - 1], months[:, cut - 1]
    again = states.walks(quadrants[:, cut:], rule, start, lasting)
    assert (again[0].tolist(), again[1].tolist()) == (whole[:, cut:].tolist(), months[:, cut:].tolist())
    whole, months = states.sides_at_risk(users, buyers, rule)
    start, lasting = whole[:, cut - 1], months[:, cut - 1]
    again = states.sides_at_risk(users[:, cut:], buyers[:, cut:], rule, start, lasting)
    assert (again[0].tolist(), again[1].tolist()) == (whole[:, cut:].tolist(), months[:, cut:].tolist())
    for own in partners:
        single = [states.quadrants(*month) for month in own]
        alone = states.walk(single, rule)
        assert states.walk(single[cut:], rule, start=alone[cut - 1]) == alone[cut:]
        alone = states.side_at_risk(own, rule)
        assert states.side_at_risk(own[cut:], rule, start=alone[cut - 1]) == alone[cut:]


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500), st.booleans()), min_size=0, max_size=10))
def test_every_share_above_is_that_of_its_counts(shares: list[tuple[int, int, bool]]) -> None:
    successes, of, declining = np.array(shares, dtype=int).reshape(-1, 3).T
    found = states.shares_above(successes, of, 0.5, declining.astype(bool))
    alone = [as_number(states.share_above(counted, whole, 0.5, falls)) for counted, whole, falls in shares]
    np.testing.assert_array_equal(found, alone)
    np.testing.assert_array_equal(
        states.shares_above(successes, of, 0.5), [as_number(states.share_above(*s[:2], 0.5)) for s in shares]
    )


@given(
    st.lists(
        st.tuples(st.builds(Tally, *[st.integers(0, 3)] * 3), st.sampled_from([True, False, None])),
        min_size=0,
        max_size=8,
    ),
    st.sampled_from([0.0, 30.0]),
)
def test_every_buyer_side_is_as_fine_as_it_is_alone(sides: list[tuple[Tally, bool | None]], threshold: float) -> None:
    facts = np.array([np.nan if fact is None else float(fact) for _, fact in sides])
    found = states.buyers_fine_each(Tally.together([tally for tally, _ in sides]), facts, threshold)
    alone = [as_number(states.buyers_fine(tally, fact, threshold)) for tally, fact in sides]
    assert found.tolist() == pytest.approx(alone, abs=1e-12, nan_ok=True)


def test_what_is_no_probability_is_refused_in_arrays_too() -> None:
    with pytest.raises(ValueError, match="probability"):
        states.quadrants_each([0.5, 1.1], [0.5, np.nan])
    with pytest.raises(ValueError, match="negative"):
        states.shares_above([1, -1], [1, 1], 0.5)
