"""Where a score is heading, and what it is for those who look every day."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feedback.stats.change import Changed, Changes, change, changes
from feedback.stats.elementwise import Floats
from feedback.stats.flow import confidence_sequence, confidence_sequences
from feedback.stats.interval import normal_quantile

__all__ = [
    "Changed",
    "Changes",
    "Slope",
    "Slopes",
    "change",
    "changes",
    "confidence_sequence",
    "confidence_sequences",
    "slope",
    "slopes",
]


@dataclass(frozen=True, slots=True)
class Slope:
    """Points per step (a month, where months are given), with its standard error and interval in the same unit."""

    per_step: float
    std_error: float
    low: float
    high: float

    @property
    def declining(self) -> bool:
        """Going down at the interval's level: it lies below 0 altogether."""
        return self.high < 0


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """As `Slope`, as arrays: nan, and not `declining`, where fewer than three steps are `known`."""

    per_step: Floats
    std_error: Floats
    low: Floats
    high: Floats
    declining: NDArray[np.bool_]
    known: NDArray[np.int64]


def slope(points: Sequence[float | None], variances: Sequence[float | None], level: float = 0.95) -> Slope | None:
    """The straight line through a series, by weighted least squares with weights 1 / variance.

    One entry per step, in order; None where a step has no score: it is left out and the others keep their places.
    `variances` are those of the points, in points squared, from smoothed counts (10,000 times a tally's
    `smoothed_variance`), because a unanimous month must not weigh infinitely much. When the points scatter about the
    line more than their variances allow, the standard error grows by the Birge ratio (1932); it never shrinks.
    None with fewer than three points. Raises ValueError when the lengths differ or a variance is not positive.
    """
    known = [
        (nan, nan) if point is None or variance is None else (point, variance)
        for point, variance in zip(points, variances, strict=True)
    ]
    series = np.array(known, dtype=np.float64).reshape(-1, 2)
    found = slopes(series[:, 0], series[:, 1], level)
    if found.known < 3:
        return None
    return Slope(float(found.per_step), float(found.std_error), float(found.low), float(found.high))


def slopes(points: ArrayLike, variances: ArrayLike, level: float = 0.95) -> Slopes:
    """`slope` along the last axis of arrays of shape (..., steps), with nan where a step has no score."""
    quantile = normal_quantile(level)
    given, variance = np.asarray(points, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if given.shape != variance.shape:
        raise ValueError(f"points of shape {given.shape} need variances of that shape, not {variance.shape}")
    known = ~(np.isnan(given) | np.isnan(variance))
    if (variance[known] <= 0).any():
        raise ValueError("every variance must be above 0; take it from smoothed counts")
    steps = np.arange(given.shape[-1])
    count = known.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        lightest = np.where(known, variance, np.inf).min(axis=-1, keepdims=True, initial=np.inf)
        weights = np.where(known, lightest / variance, 0)  # up to 1: no overflow, however sure a month is
        whole = _sum(weights)
        places = steps - _sum(weights * steps) / whole
        values = np.where(known, given, 0)
        values = values - _sum(weights * values) / whole
        spread = _sum(weights * places**2)
        per_step = _sum(weights * places * values) / spread
        misfit = _sum(weights * (values - per_step * places) ** 2) / lightest
        birge = np.maximum(1.0, misfit[..., 0] / (count - 2))
        std_error = np.where(count >= 3, np.sqrt(lightest / spread)[..., 0] * np.sqrt(birge), np.nan)
    line = np.where(count >= 3, per_step[..., 0], np.nan)
    low, high = line - quantile * std_error, line + quantile * std_error
    return Slopes(line, std_error, low, high, declining=high < 0, known=count)


def _sum(numbers: Floats) -> Floats:
    return np.asarray(numbers.sum(axis=-1, keepdims=True))
