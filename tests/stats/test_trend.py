"""Slopes, and an interval that may be read every day."""

from math import sqrt

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from feedback.stats import nps, trend
from feedback.stats.nps import Tally

series = st.lists(st.tuples(st.floats(-100, 100), st.floats(1, 2_000)) | st.just((None, None)), min_size=0, max_size=24)


def test_the_line_of_three_even_points_is_known_by_hand() -> None:
    found = trend.slope([10, 20, 30], [4, 4, 4])
    assert found is not None
    assert (found.per_step, found.std_error) == pytest.approx((10, 2 / sqrt(2)))
    assert (found.low, found.high) == pytest.approx((10 - 1.959964 * sqrt(2), 10 + 1.959964 * sqrt(2)), abs=1e-6)


@given(series)
def test_it_is_weighted_least_squares_with_errors_that_only_grow(
    months: list[tuple[float, float] | tuple[None, None]],
) -> None:
    found = trend.slope([point for point, _ in months], [variance for _, variance in months])
    known = [(step, *month) for step, month in enumerate(months) if month[0] is not None]
    assert (found is None) == (len(known) < 3)
    if found is None:
        return
    steps, points, variances = (np.array(column, float) for column in zip(*known, strict=True))
    fit = sm.WLS(points, sm.add_constant(steps, has_constant="add"), weights=1 / variances).fit()
    assert found.per_step == pytest.approx(fit.params[1], abs=1e-7)
    assert found.std_error == pytest.approx(sqrt(fit.normalized_cov_params[1, 1] * max(1, fit.scale)), rel=1e-6)
    assert found.low < found.per_step < found.high
    assert found.declining == (found.high < 0)


def test_a_month_without_answers_keeps_its_place_on_the_calendar() -> None:
    found = trend.slope([0, None, 20, 30], [4, None, 4, 4])
    assert found is not None
    assert found.per_step == pytest.approx(10)


def test_two_months_one_month_and_none_have_no_slope() -> None:
    for length in range(3):
        assert trend.slope([10.0] * length, [4.0] * length) is None
    assert trend.slope([10, None, 20, None], [4, None, 4, 4]) is None


def test_unanimous_months_have_a_finite_weight() -> None:
    months = [Tally(0, 0, 1), Tally(6, 6, 8), Tally(6, 6, 8), Tally(6, 6, 8)]
    found = trend.slope([nps.score(month) for month in months], [10_000 * month.smoothed_variance for month in months])
    assert found is not None
    assert -20 < found.per_step < 0
    assert not found.declining


def test_a_steady_fall_is_declining_and_scatter_is_not() -> None:
    falling = trend.slope([60, 50, 41, 30, 21], [16] * 5)
    scattered = trend.slope([60, -50, 70, -60, 20], [16] * 5)
    assert falling is not None
    assert scattered is not None
    assert falling.declining
    assert scattered.per_step < 0
    assert not scattered.declining


def test_a_variance_of_nothing_and_series_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="variance"):
        trend.slope([1, 2, 3], [4, 0, 4])
    with pytest.raises(ValueError, match="zip"):
        trend.slope([1, 2, 3], [4, 4])
    with pytest.raises(ValueError, match="level"):
        trend.slope([1, 2, 3], [4, 4, 4], level=95)


@pytest.mark.parametrize(("answers", "half_width"), [(200, 17.0026), (1_000, 7.9291)])
def test_the_reference_widths_come_out(answers: int, half_width: float) -> None:
    found = trend.confidence_sequence(answers, 0, 0.6275 * answers)
    assert found is not None
    assert (found.high - found.low) / 2 == pytest.approx(half_width, abs=5.1e-5)


people = st.integers(0, 400)


@given(people, people, people, st.sampled_from([0.2, 0.05, 0.01]), st.sampled_from([20, 200, 2_000]))
def test_it_is_never_narrower_than_an_interval_for_one_look(
    detractors: int, passives: int, promoters: int, alpha: float, tuned_for: int
) -> None:
    tally = Tally(detractors, passives, promoters)
    found = trend.confidence_sequence(tally.count, tally.total, promoters + detractors, alpha, tuned_for)
    one_look, adjusted = nps.interval(tally, 1 - alpha), nps.adjusted_wald(tally, 1 - alpha)
    if found is None or one_look is None or adjusted is None:
        assert not tally.count
        return
    assert -100 <= found.low <= found.high <= 100
    assert found.low <= min(one_look.low, nps.score(tally) or 0) + 1e-9
    assert found.high >= max(one_look.high, nps.score(tally) or 0) - 1e-9


@given(people, people, people)
def test_promoters_and_detractors_exchanged_mirror_it(detractors: int, passives: int, promoters: int) -> None:
    n, total, squares = detractors + passives + promoters, promoters - detractors, promoters + detractors
    found, mirrored = trend.confidence_sequence(n, total, squares), trend.confidence_sequence(n, -total, squares)
    if found is None or mirrored is None:
        assert not n
        return
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


def test_the_first_few_who_agree_say_little() -> None:
    for agreeing in range(1, 6):
        found = trend.confidence_sequence(agreeing, agreeing, agreeing)
        assert found is not None
        assert found.low < 0
        assert found.high == 100


def test_no_answers_no_interval() -> None:
    assert trend.confidence_sequence(0, 0, 0) is None


@pytest.mark.parametrize(
    ("n", "total", "squares", "alpha", "tuned_for"),
    [(10, 11, 10, 0.05, 200), (10, 5, 2, 0.05, 200), (10, 50, 1_000, 0.05, 200), (-1, 0, 0, 0.05, 200),
     (10, 5, 8, 0, 200), (10, 5, 8, 1, 200), (10, 5, 8, 0.05, 0)],
)  # fmt: skip
def test_sums_of_no_answers_are_refused(n: int, total: float, squares: float, alpha: float, tuned_for: int) -> None:
    with pytest.raises(ValueError, match=r"answers|alpha"):
        trend.confidence_sequence(n, total, squares, alpha, tuned_for)


@pytest.mark.parametrize(
    "shares", [(0.2, 0.35, 0.45), (0.05, 0.15, 0.8), (0.02, 0.03, 0.95), (0.45, 0.1, 0.45), (0.1, 0.8, 0.1)]
)
def test_reading_it_after_every_answer_for_a_year_rarely_misses_and_a_fixed_interval_often(
    shares: tuple[float, float, float],
) -> None:
    random, years, answers = np.random.default_rng(5), 400, 300
    truth = 100 * (shares[2] - shares[0])
    values = random.choice([-1, 0, 1], size=(years, answers), p=shares)
    n = np.broadcast_to(np.arange(1, answers + 1), values.shape)
    totals, squares = values.cumsum(axis=1), (values**2).cumsum(axis=1)
    low, high = trend.confidence_sequences(n, totals, squares)
    missed = ((low > truth + 1e-9) | (high < truth - 1e-9)).any(axis=1)
    mean = totals / n
    wald = 1.96 * np.sqrt((squares / n - mean**2) / n)
    fixed_missed = (np.abs(mean - truth / 100) > wald + 1e-9)[:, 30:].any(axis=1)
    assert missed.mean() < 0.05 + 3 * sqrt(0.05 * 0.95 / years)
    assert fixed_missed.mean() > 0.25


@given(st.lists(st.tuples(people, people, people), min_size=1, max_size=20), st.sampled_from([0.2, 0.05, 0.004]))
def test_every_interval_of_an_array_is_that_of_its_flow(flows: list[tuple[int, int, int]], alpha: float) -> None:
    sums = [(sum(flow), flow[2] - flow[0], flow[2] + flow[0]) for flow in flows]
    low, high = trend.confidence_sequences(*(np.array(column) for column in zip(*sums, strict=True)), alpha)
    for place, one in enumerate(trend.confidence_sequence(*flow, alpha) for flow in sums):
        if one is None:
            assert np.isnan([low[place], high[place]]).all()
        else:
            assert (low[place], high[place]) == pytest.approx((one.low, one.high), abs=1e-9)


def test_sums_of_no_answers_are_refused_in_arrays_too() -> None:
    with pytest.raises(ValueError, match="answers"):
        trend.confidence_sequences([10, 10], [1, 11], [10, 10])


@given(st.lists(series.filter(lambda months: len(months) >= 6), min_size=1, max_size=8), st.sampled_from([0.5, 0.95]))
def test_every_line_of_an_array_is_that_of_its_series(
    rows: list[list[tuple[float, float] | tuple[None, None]]], level: float
) -> None:
    table = np.array([row[:6] for row in rows], dtype=float)
    found = trend.slopes(table[..., 0], table[..., 1], level)
    for place, row in enumerate(rows):
        one = trend.slope([point for point, _ in row[:6]], [variance for _, variance in row[:6]], level)
        numbers = [column[place] for column in (found.per_step, found.std_error, found.low, found.high)]
        assert found.known[place] == sum(point is not None for point, _ in row[:6])
        assert found.declining[place] == (one is not None and one.declining)
        if one is None:
            assert np.isnan(numbers).all()
        else:
            assert numbers == pytest.approx([one.per_step, one.std_error, one.low, one.high], abs=1e-9)


@pytest.mark.parametrize("shape", [(0,), (2,), (0, 5), (3, 2, 5)])
def test_lines_of_any_shape(shape: tuple[int, ...]) -> None:
    found = trend.slopes(np.zeros(shape), np.ones(shape))
    assert found.per_step.shape == found.declining.shape == found.known.shape == shape[:-1]
    assert (np.isnan(found.per_step) == (shape[-1] < 3)).all()


def test_arrays_of_lines_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        trend.slopes(np.zeros((2, 3)), np.ones(3))
    with pytest.raises(ValueError, match="variance"):
        trend.slopes(np.zeros((2, 3)), np.array([[1, 1, 1], [1, 0, 1]]))
