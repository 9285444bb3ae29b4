"""One NPS: what it is, and how sure we are of it."""

from math import isclose, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.stats import nps
from feedback.stats.interval import Interval
from feedback.stats.nps import Tally

counts = st.integers(0, 5_000)
tallies = st.builds(Tally, counts, counts, counts)
answered = tallies.filter(lambda tally: tally.count > 0)
levels = st.floats(0.01, 0.9999)
few = st.integers(0, 5)

REFERENCE = [
    # tally, mean, adjusted Wald, score interval; all on -1..1
    (Tally(8, 13, 15), 0.194444, (-0.062803, 0.421777), (-0.0677, 0.4287)),
    (Tally(12, 7, 12), 0.0, (-0.2911, 0.2911), (-0.2968, 0.2968)),
    (Tally(2, 0, 9), 0.636364, (0.080008, 0.919992), (0.0460, 0.8973)),
    (Tally(0, 1, 2), 0.666667, (-0.216518, 0.883185), (-0.2692, 0.9385)),
    (Tally(0, 0, 5), 1.0, (0.174915, 1.0), (0.1310, 1.0)),
    (Tally(1, 0, 0), -1.0, (-0.984986, 0.484986), (-1.0, 0.5869)),
    (Tally(0, 20, 0), 0.0, (-0.1044, 0.1044), (-0.1611, 0.1611)),
]


def statistic(tally: Tally, delta: float, level: float) -> float:
    """Numerator less the allowed multiple of the standard error, as Tango writes it: above 0 is rejected."""
    d, p, n = tally.detractors, tally.promoters, tally.count
    quadratic = [2 * n, -d - p + (2 * n - p + d) * delta, -d * delta * (1 - delta)]
    share = max(np.real(np.roots(quadratic)))
    quantile = NormalDist().inv_cdf((1 + level) / 2)
    return abs(p - d - n * delta) - quantile * sqrt(max(0.0, n * (2 * share + delta * (1 - delta))))


@pytest.mark.parametrize(("tally", "mean", "wald", "score"), REFERENCE)
def test_the_reference_cases_come_out(
    tally: Tally, mean: float, wald: tuple[float, float], score: tuple[float, float]
) -> None:
    assert nps.score(tally) == pytest.approx(100 * mean, abs=5e-5)
    found, adjusted = nps.interval(tally), nps.adjusted_wald(tally)
    assert found is not None
    assert adjusted is not None
    assert (found.low, found.high) == pytest.approx((100 * score[0], 100 * score[1]), abs=5.1e-3)
    tolerance = 5.1e-3 if tally in (Tally(12, 7, 12), Tally(0, 20, 0)) else 5.1e-5
    assert (adjusted.low, adjusted.high) == pytest.approx((100 * wald[0], 100 * wald[1]), abs=tolerance)


def test_an_empty_tally_has_no_score_and_no_interval() -> None:
    assert nps.score(Tally(0, 0, 0)) is None
    assert nps.interval(Tally(0, 0, 0)) is None
    assert nps.adjusted_wald(Tally(0, 0, 0)) is None


def test_a_histogram_is_cut_at_six_and_at_eight() -> None:
    assert Tally.from_histogram([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]) == Tally(127, 384, 1536)


@pytest.mark.parametrize("length", [0, 10, 12])
def test_a_histogram_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="eleven"):
        Tally.from_histogram([1] * length)


def test_negative_counts_are_refused_wherever_they_come_from() -> None:
    with pytest.raises(ValueError, match="-1 passives"):
        Tally(0, -1, 0)
    with pytest.raises(ValueError, match="-2 answers of 3"):
        Tally.from_histogram([9, 9, 9, -2, 9, 9, 9, 9, 9, 9, 9])
    with pytest.raises(ValueError, match="-1 promoters"):
        Tally(1, 1, 1) - Tally(0, 0, 2)


@given(st.lists(tallies, min_size=1), st.randoms())
def test_the_order_of_merging_does_not_matter(parts: list[Tally], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(parts, len(parts))
    assert sum(parts, Tally(0, 0, 0)) == sum(shuffled, Tally(0, 0, 0))


@given(tallies, tallies)
def test_what_was_added_can_be_taken_back(first: Tally, second: Tally) -> None:
    assert first + second - second == first
    assert (first + second).count == first.count + second.count


@given(answered, levels)
def test_the_interval_holds_the_score_and_stays_on_the_scale(tally: Tally, level: float) -> None:
    found, score = nps.interval(tally, level), nps.score(tally)
    assert found is not None
    assert score is not None
    assert -100 <= found.low <= score <= found.high <= 100
    assert found.low < found.high


@given(answered, st.floats(0.5, 0.999))
def test_the_interval_is_what_the_score_test_does_not_reject(tally: Tally, level: float) -> None:
    found = nps.interval(tally, level)
    assert found is not None
    low, high = found.low / 100, found.high / 100
    step = (high - low) / 50
    for inside in np.linspace(low + 1e-6 * step, high - 1e-6 * step, 25):
        assert statistic(tally, float(inside), level) <= 1e-6 * tally.count
    for outside in (low - step, low - 0.01 * step, high + 0.01 * step, high + step):
        if -1 <= outside <= 1:
            assert statistic(tally, outside, level) > 0


@given(answered, levels)
def test_exchanging_promoters_and_detractors_mirrors_everything(tally: Tally, level: float) -> None:
    mirrored = Tally(tally.promoters, tally.passives, tally.detractors)
    for interval in (nps.interval, nps.adjusted_wald):
        found, other = interval(tally, level), interval(mirrored, level)
        assert found is not None
        assert other is not None
        assert Interval(-other.high, -other.low) == found
    assert nps.score(mirrored) == -nps.score(tally)  # type: ignore[operator]


@given(answered, st.floats(0.02, 0.98))
def test_a_higher_level_gives_a_wider_interval(tally: Tally, level: float) -> None:
    narrow, wide = nps.interval(tally, level), nps.interval(tally, level + 0.01)
    assert narrow is not None
    assert wide is not None
    assert wide.low <= narrow.low < narrow.high <= wide.high
    assert wide.high - wide.low > narrow.high - narrow.low


@given(st.integers(1, 10**6), levels)
def test_when_everyone_agrees_the_interval_has_a_closed_form(people: int, level: float) -> None:
    found = nps.interval(Tally(0, 0, people), level)
    square = NormalDist().inv_cdf((1 + level) / 2) ** 2
    assert found is not None
    assert found.high == 100
    assert found.low == pytest.approx(100 * (people - square) / (people + square), abs=1e-8)


@pytest.mark.parametrize("level", [1e-14, 1 - 1e-15])
@pytest.mark.parametrize(
    "tally",
    [Tally(942612037, 154471521, 15614120), Tally(1, 2, 10**9), Tally(10**9, 1, 0), Tally(1, 1, 1), Tally(0, 1, 0)],
)
def test_extreme_levels_and_sizes_have_an_interval(tally: Tally, level: float) -> None:
    found, score = nps.interval(tally, level), nps.score(tally)
    assert found is not None
    assert score is not None
    assert -100 <= found.low <= score + 1e-12
    assert score - 1e-12 <= found.high <= 100


@pytest.mark.parametrize("level", [0, 1, -0.5, 95])
def test_a_level_that_is_no_level_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        nps.interval(Tally(1, 1, 1), level)
    with pytest.raises(ValueError, match="level"):
        nps.adjusted_wald(Tally(1, 1, 1), level)


def test_one_single_nine_is_not_much_of_a_proof() -> None:
    assert nps.probability_above(Tally(0, 0, 1), 0) == pytest.approx(0.818, abs=5e-4)


def test_the_probabilities_behind_the_quadrants_come_out() -> None:
    users, buyers = (nps.probability_above(tally, 0) for tally in (Tally(8, 13, 15), Tally(0, 1, 2)))
    found = (users * buyers, users * (1 - buyers), (1 - users) * buyers, (1 - users) * (1 - buyers))
    assert found == pytest.approx((0.8584, 0.0702, 0.0660, 0.0054), abs=5.1e-5)


@given(st.floats(0, 120))
def test_over_all_shares_alike_the_probability_is_an_area(points: float) -> None:
    area = max(0.0, 1 - points / 100) ** 2 / 2
    empty, flat = Tally(0, 0, 0), (1.0, 1.0, 1.0)
    assert isclose(nps.probability_above(empty, points, flat), area, abs_tol=1e-8)
    assert isclose(nps.probability_above(empty, -points, flat), 1 - area, abs_tol=1e-8)


@given(answered, st.floats(-99, 99))
def test_above_and_below_make_one(tally: Tally, points: float) -> None:
    mirrored = Tally(tally.promoters, tally.passives, tally.detractors)
    above = nps.probability_above(tally, points)
    assert above == pytest.approx(1 - nps.probability_above(mirrored, -points), abs=1e-7)


@pytest.mark.parametrize(
    ("tally", "points"), [(Tally(3, 2, 7), 25), (Tally(0, 400, 300), 42), (Tally(0, 0, 9), 90), (Tally(5, 1, 0), -60)]
)
def test_the_probability_is_what_draws_from_the_posterior_say(tally: Tally, points: float) -> None:
    draws = np.random.default_rng(7).dirichlet(
        (tally.detractors + 0.5, tally.passives + 0.5, tally.promoters + 0.5), 400_000
    )
    drawn = np.mean(draws[:, 2] - draws[:, 0] > points / 100)
    assert nps.probability_above(tally, points) == pytest.approx(drawn, abs=0.004)


@pytest.mark.parametrize("points", [-101, -100, 100, 101])
def test_no_score_lies_beyond_the_scale(points: float) -> None:
    assert nps.probability_above(Tally(3, 4, 5), points) == (1 if points < 0 else 0)


def test_a_prior_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="prior"):
        nps.probability_above(Tally(1, 1, 1), 0, (0.5, 0, 0.5))


@given(st.lists(st.builds(Tally, few, few, few), min_size=0, max_size=6), st.sampled_from([0.0, 30.0, -10.0]))
def test_the_probability_of_every_element_is_that_of_its_tally(portfolio: list[Tally], points: float) -> None:
    arrays = Tally.together(portfolio)[None]
    expected = [nps.probability_above(tally, points) for tally in portfolio]
    found = nps.probabilities_above(arrays, points)
    assert found.shape == (1, len(portfolio))
    assert found[0].tolist() == pytest.approx(expected, abs=1e-12)
    with pytest.raises(ValueError, match="prior"):
        nps.probabilities_above(arrays, points, (0.5, 0.5, 0))
