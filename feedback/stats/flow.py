"""An interval for the mean of a flow of answers that may be read after every answer."""

from math import log

import numpy as np
from numpy.typing import ArrayLike

from feedback.stats.elementwise import Floats, Number, anywhere, choose, logarithm, root
from feedback.stats.interval import Interval
from feedback.stats.nps import limits, limits_of_many


def confidence_sequence(
    n: int, total: float, sum_of_squares: float, alpha: float = 0.05, tuned_for: int = 200
) -> Interval | None:
    """An interval for the mean of a flow of answers that may be read after every answer, in points.

    `n` answers with values in [-1, 1] (for NPS -1, 0 and 1) have the sum `total` and the sum of squares given; the
    interval lies within [-100, 100]. The chance that it *ever* misses the true mean is about `alpha`, where one
    interval for a fixed number of answers, read daily, misses far more often. It is narrowest near `tuned_for`
    answers. The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of
    Statistics 52, 2613-2640. It counts on many answers, and the first few may agree by chance: so the variance is the
    larger of the answers' own and the one after adding three answers as the adjusted Wald interval does, and what the
    score interval for one look holds, it holds too.
    None without answers. Raises ValueError for sums that no such answers have, and unless 0 < alpha < 1 <= tuned_for.
    """
    _require(alpha, tuned_for)
    if _impossible(n, total, sum_of_squares):
        raise ValueError(f"no {n} answers within [-1, 1] have the sum {total} and the sum of squares {sum_of_squares}")
    if not n:
        return None
    mean, half_width = _sequence(float(n), float(total), float(sum_of_squares), alpha, tuned_for)
    low, high = limits(max(0.0, sum_of_squares - total) / 2, max(0.0, sum_of_squares + total) / 2, n, 1 - alpha)
    return Interval(100 * max(-1.0, min(low, mean - half_width)), 100 * min(1.0, max(high, mean + half_width)))


def confidence_sequences(
    n: ArrayLike, total: ArrayLike, sum_of_squares: ArrayLike, alpha: float = 0.05, tuned_for: int = 200
) -> tuple[Floats, Floats]:
    """Low and high ends of `confidence_sequence` of every element of arrays of one shape; nan without answers."""
    _require(alpha, tuned_for)
    answers, sums, squares = (np.asarray(given, dtype=np.float64) for given in (n, total, sum_of_squares))
    if _impossible(answers, sums, squares):
        raise ValueError("some sums and sums of squares are of no answers within [-1, 1]")
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, half_width = _sequence(answers, sums, squares, alpha, tuned_for)
    detractors, promoters = np.maximum(0, squares - sums) / 2, np.maximum(0, squares + sums) / 2
    low, high = limits_of_many(detractors, promoters, answers, 1 - alpha)
    return (
        100 * np.maximum(-1.0, np.minimum(low, mean - half_width)),
        100 * np.minimum(1.0, np.maximum(high, mean + half_width)),
    )


def _sequence(n: Number, total: Number, sum_of_squares: Number, alpha: float, tuned_for: int) -> tuple[Number, Number]:
    """Mean and half-width on -1..1, before the interval for one look is taken in."""
    mean = total / n
    smoothed = (sum_of_squares + 1.5) / (n + 3) - (total / (n + 3)) ** 2
    own = sum_of_squares / n - mean * mean
    variance = choose(own > smoothed, own, smoothed)
    rho = (-2 * log(alpha) + log(-2 * log(alpha)) + 1) / tuned_for
    grown = n * rho + 1
    return mean, root(variance * 2 * grown / (n * n * rho) * (logarithm(grown) / 2 - log(alpha)))


def _impossible(n: Number, total: Number, sum_of_squares: Number) -> bool:
    most = 1 + 1e-9  # what sums of many floats may be off by
    return anywhere((n < 0) | (total * total > n * sum_of_squares * most) | (sum_of_squares > n * most))


def _require(alpha: float, tuned_for: int) -> None:
    if not 0 < alpha < 1 or tuned_for < 1:
        raise ValueError(f"alpha lies between 0 and 1 and tuned_for is at least 1, not {alpha} and {tuned_for}")
