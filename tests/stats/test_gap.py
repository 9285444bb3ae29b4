"""The gap between two audiences: its interval, its p-value, and when a verdict may be given."""

from math import sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from feedback.stats import gap, nps, proportion
from feedback.stats.tally import Tally

few, many = st.integers(0, 8), st.integers(0, 3_000)
nps_pairs = st.tuples(st.builds(nps.Tally, many, many, many), st.builds(nps.Tally, few, few, few))
proportion_pairs = st.tuples(st.builds(proportion.Tally, many, many), st.builds(proportion.Tally, few, few))
either = st.one_of(nps_pairs, proportion_pairs)
answered = either.filter(lambda pair: pair[0].count > 0 and pair[1].count > 0)
Pair = tuple[Tally, Tally]


def estimated(end_user: Tally, buyer: Tally, level: float = 0.95, buyers_known: int | None = None) -> gap.Gap:
    found = gap.estimate(end_user, buyer, level, buyers_known)
    assert found is not None
    return found


def test_the_reference_case_comes_out() -> None:
    found = estimated(nps.Tally(8, 13, 15), nps.Tally(12, 7, 12))
    assert (found.points, found.low, found.high) == pytest.approx((19.4444, -20.16, 57.26), abs=5.1e-3)
    assert found.p_value == pytest.approx(0.3424, abs=1e-4)
    assert not found.provable


@pytest.mark.parametrize(
    ("end_user", "buyer"),
    [
        (nps.Tally(1, 1, 1), nps.Tally(0, 0, 0)),
        (nps.Tally(0, 0, 0), nps.Tally(1, 1, 1)),
        (proportion.Tally(0, 0), proportion.Tally(0, 0)),
    ],
)
def test_there_is_no_gap_when_one_side_is_empty(end_user: Tally, buyer: Tally) -> None:
    assert gap.estimate(end_user, buyer) is None


def test_one_buyer_gives_an_interval_but_no_verdict() -> None:
    found = estimated(nps.Tally(900, 50, 50), nps.Tally(0, 0, 1))
    assert found.low < found.points < found.high < 0
    assert found.p_value is None
    assert not found.provable


def test_two_buyers_can_prove_a_gap() -> None:
    found = estimated(nps.Tally(900, 50, 50), nps.Tally(0, 0, 2))
    assert found.p_value is not None
    assert found.p_value < 0.01
    assert found.provable
    assert not estimated(nps.Tally(900, 50, 50), nps.Tally(0, 0, 2), level=1 - found.p_value / 2).provable


def test_different_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"nps\.Tally and proportion\.Tally"):
        gap.estimate(nps.Tally(1, 2, 3), proportion.Tally(1, 2))


def test_a_level_that_is_no_level_is_refused() -> None:
    with pytest.raises(ValueError, match="level"):
        gap.estimate(nps.Tally(1, 2, 3), nps.Tally(1, 2, 3), level=95)


@given(answered, st.floats(0.01, 0.999))
def test_the_interval_holds_the_gap_and_stays_on_the_scale(pair: Pair, level: float) -> None:
    found = estimated(*pair, level)
    reach = 200 if isinstance(pair[0], nps.Tally) else 100
    assert -reach <= found.low <= found.points <= found.high <= reach
    assert found.low < found.high


@given(answered)
def test_at_the_level_of_the_p_value_the_interval_touches_zero(pair: Pair) -> None:
    p_value = estimated(*pair).p_value
    if p_value is None:
        assert pair[1].count == 1
        return
    assume(1e-9 < p_value < 1 - 1e-9)
    found = estimated(*pair, level=1 - p_value)
    nearer = found.low if found.points > 0 else found.high
    assert nearer == pytest.approx(0, abs=1e-5)


@given(answered, st.sampled_from([0.5, 0.8, 0.95, 0.99]))
def test_a_gap_is_provable_exactly_when_its_interval_leaves_out_zero(pair: Pair, level: float) -> None:
    found = estimated(*pair, level)
    assume(pair[1].count > 1 and min(abs(found.low), abs(found.high)) > 1e-9)
    assert found.provable == (found.low > 0 or found.high < 0)


@given(answered)
def test_exchanging_the_sides_turns_the_sign(pair: Pair) -> None:
    assume(pair[0].count > 1 and pair[1].count > 1)
    found, other = estimated(*pair), estimated(pair[1], pair[0])
    assert (other.points, other.low, other.high) == pytest.approx((-found.points, -found.high, -found.low), abs=1e-9)
    assert other.p_value == pytest.approx(found.p_value, rel=1e-6, abs=1e-12)


@given(proportion_pairs.filter(lambda pair: pair[0].count > 0 and pair[1].count > 0))
def test_the_gap_of_proportions_is_newcombes(pair: tuple[proportion.Tally, proportion.Tally]) -> None:
    users, buyers = pair
    low, high = confint_proportions_2indep(
        users.successes, users.count, buyers.successes, buyers.count, method="newcomb"
    )
    found = estimated(users, buyers)
    assert (found.low, found.high) == pytest.approx((100 * low, 100 * high), abs=1e-7)


@given(answered, st.integers(0, 100))
def test_knowing_the_buyers_changes_only_the_interval(pair: Pair, silent: int) -> None:
    predictive = estimated(*pair)
    descriptive = estimated(*pair, buyers_known=pair[1].count + silent)
    assert (descriptive.points, descriptive.p_value, descriptive.provable) == (
        predictive.points,
        predictive.p_value,
        predictive.provable,
    )
    assert predictive.low <= descriptive.low <= descriptive.points <= descriptive.high <= predictive.high
    assert predictive.high - predictive.low > descriptive.high - descriptive.low


def test_half_of_the_buyers_known_narrow_their_side_by_the_root_of_a_half() -> None:
    users, buyers = nps.Tally(8, 13, 15), nps.Tally(1, 2, 2)
    users_range, buyers_range = nps.interval(users), nps.interval(buyers)
    assert users_range is not None
    assert buyers_range is not None
    found = estimated(users, buyers, buyers_known=10)
    below = sqrt((700 / 36 - users_range.low) ** 2 + (buyers_range.high - 20) ** 2 / 2)
    above = sqrt((users_range.high - 700 / 36) ** 2 + (20 - buyers_range.low) ** 2 / 2)
    assert found.low == pytest.approx(found.points - below)
    assert found.high == pytest.approx(found.points + above)


@pytest.mark.parametrize("known", [3, 1])
def test_when_all_known_buyers_answered_only_the_users_are_uncertain(known: int) -> None:
    users, buyers = nps.Tally(8, 13, 15), nps.Tally(0, 1, 2)
    users_range = nps.interval(users)
    assert users_range is not None
    found = estimated(users, buyers, buyers_known=known)
    assert found.low == pytest.approx(users_range.low - 200 / 3)
    assert found.high == pytest.approx(users_range.high - 200 / 3)


def test_the_same_score_on_both_sides_is_no_evidence_at_all() -> None:
    assert estimated(nps.Tally(1, 1, 2), nps.Tally(2, 2, 4)).p_value == 1


def test_opposite_unanimity_is_as_sure_as_the_people_are_many() -> None:
    p_values = [estimated(nps.Tally(n, 0, 0), nps.Tally(0, 0, n)).p_value for n in (2, 3, 10, 100, 10_000)]
    assert p_values == sorted(p_values, reverse=True)  # type: ignore[type-var]
    assert p_values[-1] == 0


def test_one_person_more_among_billions_is_no_evidence() -> None:
    people = 10**9
    found = estimated(nps.Tally(people, people, people + 1), nps.Tally(people + 1, people, people + 1))
    assert found.p_value == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("buyers", "points"), [(1, None), (2, 150), (3, 124), (5, 98), (20, 56)])
def test_the_smallest_detectable_gaps_come_out(buyers: int, points: int | None) -> None:
    found = gap.minimum_detectable(50, buyers)
    assert (None if found is None else round(found)) == points


def test_nobody_on_one_side_detects_nothing() -> None:
    assert gap.minimum_detectable(0, 5) is None
    assert gap.minimum_detectable(5, 0) is None


def test_more_power_needs_a_larger_gap() -> None:
    found = [gap.minimum_detectable(500, 50, power) for power in (0.5, 0.6, 0.8, 0.9)]
    assert found[0] == pytest.approx(100 * 1.959964 * sqrt(0.6275 / 500 + 0.5475 / 50), abs=1e-4)
    assert found == sorted(found)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("users", "buyers", "power"), [(-1, 5, 0.8), (5, -1, 0.8), (5, 5, 1.0), (5, 5, 0.4), (5, 5, 80)]
)
def test_impossible_plans_are_refused(users: int, buyers: int, power: float) -> None:
    with pytest.raises(ValueError, match=r"people|power"):
        gap.minimum_detectable(users, buyers, power)
