"""Where it is heading: straight lines through the months."""

from collections.abc import Sequence

import numpy as np

from feedback.gap.measures import BUYER, END_USER, Counts, Floats, tallies
from feedback.gap.once import once
from feedback.gap.values import Slope, Trend
from feedback.stats import trend

Slopes = list[Slope | None]


@once
def of_partners(metric: str, month_sides: Counts, engagement: trend.Slopes) -> Sequence[Trend]:
    """Every partner's slopes over the months of `month_sides` (partners, 2, months, 11)."""
    series = [_series(metric, month_sides[:, side]) for side in (END_USER, BUYER)]
    apart = series[END_USER][0] - series[BUYER][0], series[END_USER][1] + series[BUYER][1]
    columns = [_slopes(*one) for one in (*series, apart)]
    return [Trend(*own) for own in zip(*columns, as_values(engagement), strict=True)]


def of_series(points: list[float | None], std_errors: list[float | None]) -> Slope | None:
    """The slope of one series whose months have standard errors of their own; a month without one is left out."""
    variances = np.array([np.nan if error is None else error * error for error in std_errors], dtype=float)
    known = np.array([np.nan if point is None else point for point in points], dtype=float)
    variances[variances <= 0] = np.nan
    return _slopes(np.where(np.isnan(variances), np.nan, known)[None], variances[None])[0]


def as_values(slopes: trend.Slopes) -> Slopes:
    """One per row; None where fewer than three months have a value."""
    rows = zip(
        slopes.per_step.tolist(),
        slopes.low.tolist(),
        slopes.high.tolist(),
        slopes.declining.tolist(),
        slopes.known.tolist(),
        strict=True,
    )
    return [Slope(*own) if own[-1] >= 3 else None for own in rows]


def _series(metric: str, histograms: Counts) -> tuple[Floats, Floats]:
    """Points and their variances by month, nan where nobody answered."""
    counted = tallies(metric, histograms)
    nobody = counted.count == 0
    return 100 * counted.means, np.where(nobody, np.nan, 10_000 * counted.smoothed_variance)


def _slopes(points: Floats, variances: Floats) -> Slopes:
    return as_values(trend.slopes(points, variances))
