"""A share of people, and how sure we are of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from feedback.stats import nps, proportion
from feedback.stats.interval import Interval
from feedback.stats.proportion import Tally

counts = st.integers(0, 5_000)
tallies = st.builds(Tally, counts, counts)
answered = tallies.filter(lambda tally: tally.count > 0)
levels = st.floats(0.01, 0.9999)


@given(answered, levels)
def test_the_interval_is_wilsons(tally: Tally, level: float) -> None:
    found = proportion.interval(tally, level)
    low, high = proportion_confint(tally.successes, tally.count, alpha=1 - level, method="wilson")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((100 * low, 100 * high), abs=1e-9)


@given(answered, levels)
def test_the_interval_holds_the_score_and_stays_on_the_scale(tally: Tally, level: float) -> None:
    found, score = proportion.interval(tally, level), proportion.score(tally)
    assert found is not None
    assert score is not None
    assert 0 <= found.low <= score <= found.high <= 100
    assert found.low < found.high


def test_everyone_and_nobody_reach_the_ends_exactly() -> None:
    assert proportion.interval(Tally(7, 0)) == Interval(pytest.approx(64.5670, abs=1e-4), 100)
    assert proportion.interval(Tally(0, 7)) == Interval(0, pytest.approx(35.4330, abs=1e-4))
    assert proportion.interval(Tally(1, 0)) == Interval(pytest.approx(20.6549, abs=1e-4), 100)


def test_an_empty_tally_has_no_score_and_no_interval() -> None:
    assert proportion.score(Tally(0, 0)) is None
    assert proportion.interval(Tally(0, 0)) is None


@given(tallies, tallies, tallies)
def test_merging_is_exact_in_any_order(first: Tally, second: Tally, third: Tally) -> None:
    assert first + second + third == third + (second + first)
    assert first + second - second == first


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="-1 failures"):
        Tally(3, 1) - Tally(0, 2)
    with pytest.raises(ValueError, match="-1 successes"):
        Tally(-1, 3)


def test_a_proportion_is_not_added_to_an_nps() -> None:
    with pytest.raises(TypeError):
        Tally(1, 1) + nps.Tally(1, 1, 1)  # type: ignore[operator]
    with pytest.raises(TypeError):
        nps.Tally(1, 1, 1) - Tally(1, 1)  # type: ignore[operator]


def test_a_level_that_is_no_level_is_refused() -> None:
    with pytest.raises(ValueError, match="level"):
        proportion.interval(Tally(1, 1), 95)
