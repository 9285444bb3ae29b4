"""Whether a flow of answers changed, read every day without crying wolf."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.stats import gap, nps, trend

HAPPY, UNHAPPY = (0.2, 0.35, 0.45), (0.4, 0.35, 0.25)
DAYS, MONTHS = 365, 12

months = st.lists(st.tuples(*[st.integers(0, 400)] * 3), min_size=0, max_size=13)


def sums(tallies: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """n, total and sum of squares of detractors, passives and promoters along the last axis."""
    return tallies.sum(axis=-1), tallies[..., 2] - tallies[..., 0], tallies[..., 2] + tallies[..., 0]


def years(per_day: float, how_many: int, seed: int, drop_on: int = DAYS) -> np.ndarray:
    """Answers of every day of independent years, of shape (years, days, 3); unhappier from `drop_on` on."""
    random = np.random.default_rng(seed)
    people = random.poisson(per_day, (how_many, DAYS))
    return np.concatenate(
        [random.multinomial(people[:, :drop_on], HAPPY), random.multinomial(people[:, drop_on:], UNHAPPY)], axis=1
    )


def as_read(days: np.ndarray) -> np.ndarray:
    """Months as known at the end of every day: of shape (years, days, months, 3)."""
    month = np.arange(DAYS) * MONTHS // DAYS
    by_month = days[:, :, None] * (month[:, None] == np.arange(MONTHS))[None, :, :, None]
    return by_month.cumsum(axis=1)


def far_apart(before: list[int], after: list[int]) -> trend.Changed | None:
    return trend.change(*sums(np.array([before, after])))


def test_a_plain_fall_is_found_where_it_happened_with_both_sides() -> None:
    found = trend.change(*sums(np.array([[20, 30, 50]] * 4 + [[50, 30, 20]] * 3)))
    assert found is not None
    assert found.step == 4
    assert (found.before_points, found.after_points) == pytest.approx((30, -30))
    before = trend.confidence_sequence(400, 120, 280, 0.025)
    after = trend.confidence_sequence(300, -90, 210, 0.025 / 12)
    assert before is not None
    assert after is not None
    assert (found.before.low, found.before.high) == pytest.approx((before.low, before.high))
    assert (found.after.low, found.after.high) == pytest.approx((after.low, after.high))
    assert found.after.high < found.before.low


def test_a_rise_is_a_change_too() -> None:
    found = far_apart([100, 50, 50], [50, 50, 100])
    assert found is not None
    assert found.after.low > found.before.high


def test_few_answers_however_different_are_no_change() -> None:
    assert far_apart([0, 0, 4], [4, 0, 0]) is None


def test_without_two_steps_with_answers_nothing_can_change() -> None:
    assert trend.change([], [], []) is None
    assert trend.change([100], [100], [100]) is None
    assert trend.change([100, 0, 0], [100, 0, 0], [100, 0, 0]) is None
    assert trend.change([0, 0, 100], [0, 0, -100], [0, 0, 100]) is None


@given(months, st.sampled_from([0.05, 0.5]))
def test_it_is_the_split_whose_two_sequences_lie_furthest_apart(
    tallies: list[tuple[int, int, int]], alpha: float
) -> None:
    n, total, squares = sums(np.array(tallies, dtype=int).reshape(-1, 3))
    distances = {0: 0.0}
    for split in range(1, len(tallies)):
        before = trend.confidence_sequence(*(int(x[:split].sum()) for x in (n, total, squares)), alpha / 2)
        after = trend.confidence_sequence(*(int(x[split:].sum()) for x in (n, total, squares)), alpha / 24)
        if before is not None and after is not None:
            distances[split] = max(before.low - after.high, after.low - before.high)
    found = trend.change(n, total, squares, alpha)
    if found is None:
        assert max(distances.values()) < 1e-9
        return
    apart = max(found.before.low - found.after.high, found.after.low - found.before.high)
    assert apart == pytest.approx(distances[found.step], abs=1e-9)
    assert apart == pytest.approx(max(distances.values()), abs=1e-9)
    assert found.before_points == pytest.approx(100 * total[: found.step].sum() / n[: found.step].sum())
    assert found.after_points == pytest.approx(100 * total[found.step :].sum() / n[found.step :].sum())


@given(st.lists(months.filter(lambda flow: len(flow) >= 5), min_size=1, max_size=6))
def test_every_flow_of_an_array_changed_as_it_did_alone(flows: list[list[tuple[int, int, int]]]) -> None:
    table = np.array([flow[:5] for flow in flows])
    found = trend.changes(*sums(table))
    for place in range(len(flows)):
        one = trend.change(*sums(table[place]))
        assert found.step[place] == (-1 if one is None else one.step)
        numbers = [found.before_points[place], found.before_low[place], found.after_high[place]]
        if one is None:
            assert np.isnan(numbers).all()
        else:
            assert numbers == pytest.approx([one.before_points, one.before.low, one.after.high])


@pytest.mark.parametrize("shape", [(0, 5), (4, 0), (4, 1), (2, 3, 5)])
def test_flows_of_any_shape(shape: tuple[int, ...]) -> None:
    found = trend.changes(np.ones(shape), np.ones(shape), np.ones(shape))
    assert found.step.shape == found.after_low.shape == shape[:-1]
    assert (found.step == -1).all()


def test_what_is_no_watch_is_refused() -> None:
    with pytest.raises(ValueError, match="13 steps"):
        trend.change([1] * 14, [1] * 14, [1] * 14)
    with pytest.raises(ValueError, match="alpha"):
        trend.change([1, 1], [1, 1], [1, 1], alpha=0)
    with pytest.raises(ValueError, match="answers"):
        trend.change([1, 1], [1, 2], [1, 1])


@pytest.mark.parametrize("per_day", [0.2, 1, 5, 30])
def test_read_daily_for_a_year_a_steady_flow_rarely_changes_and_by_a_fixed_interval_often(per_day: float) -> None:
    quiet = years(per_day, how_many=80, seed=11)
    alarms = (trend.changes(*sums(as_read(quiet))).step >= 0).any(axis=1)
    assert alarms.mean() <= 0.05 + 2 * sqrt(0.05 * 0.95 / len(alarms))
    so_far = quiet.cumsum(axis=1)
    since = so_far[:, 91:] - so_far[:, 90:91]
    quarter = np.broadcast_to(so_far[:, 90:91], since.shape)
    fixed = gap.estimates(nps.Tallies(*np.moveaxis(since, -1, 0)), nps.Tallies(*np.moveaxis(quarter, -1, 0)))
    assert fixed.provable.any(axis=1).mean() > alarms.mean() + 0.1


def test_a_drop_of_forty_points_at_three_answers_a_day_is_found_in_time() -> None:
    dropped, on = years(3, how_many=50, seed=12, drop_on=196), 196
    named = trend.changes(*sums(as_read(dropped))).step >= 0
    assert not named[:, :on].any()
    assert named[:, -1].all()
    days = np.median(named.argmax(axis=1) - on + 1)
    assert days <= 75, f"a median of {days:.0f} days"
