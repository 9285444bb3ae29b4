"""Where a score is heading, and whether it changed, for those who look once and for those who look every day."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, log, sqrt

from feedback.stats.interval import Interval, normal_quantile
from feedback.stats.nps import limits


@dataclass(frozen=True, slots=True)
class Slope:
    """Points per step (a month, where months are given), with its standard error and interval in the same unit."""

    per_step: float
    std_error: float
    low: float
    high: float

    @property
    def declining(self) -> bool:
        """Surely going down: the whole interval lies below 0."""
        return self.high < 0


def slope(points: Sequence[float | None], variances: Sequence[float | None], level: float = 0.95) -> Slope | None:
    """The straight line through a series, by weighted least squares with weights 1 / variance.

    One entry per step, in order; None where a step has no score: it is left out and the others keep their places.
    `variances` are those of the points, in points squared, from smoothed counts (10,000 times a tally's
    `smoothed_variance`), because a unanimous month must not weigh infinitely much. When the points scatter about the
    line more than their variances allow, the standard error grows by the Birge ratio (1932); it never shrinks.
    None with fewer than three points. Raises ValueError when the lengths differ or a variance is not positive.
    """
    quantile = normal_quantile(level)
    known = [
        (float(step), point, variance)
        for step, (point, variance) in enumerate(zip(points, variances, strict=True))
        if point is not None and variance is not None
    ]
    if any(not variance > 0 for _, _, variance in known):
        raise ValueError("every variance must be above 0; take it from smoothed counts")
    if len(known) < 3:
        return None
    lightest = min(variance for _, _, variance in known)  # weights up to 1: no overflow, however sure a month is
    weights = [lightest / variance for _, _, variance in known]
    whole = fsum(weights)
    middle = fsum(weight * step for weight, (step, _, _) in zip(weights, known, strict=True)) / whole
    mean = fsum(weight * point for weight, (_, point, _) in zip(weights, known, strict=True)) / whole
    spread = fsum(weight * (step - middle) ** 2 for weight, (step, _, _) in zip(weights, known, strict=True))
    together = fsum(w * (step - middle) * (point - mean) for w, (step, point, _) in zip(weights, known, strict=True))
    per_step = together / spread
    misfit = fsum((point - mean - per_step * (step - middle)) ** 2 / variance for step, point, variance in known)
    std_error = sqrt(lightest / spread) * sqrt(max(1.0, misfit / (len(known) - 2)))
    return Slope(per_step, std_error, per_step - quantile * std_error, per_step + quantile * std_error)


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
    if not 0 < alpha < 1 or tuned_for < 1:
        raise ValueError(f"alpha lies between 0 and 1 and tuned_for is at least 1, not {alpha} and {tuned_for}")
    if n < 0 or not total * total <= n * sum_of_squares * (1 + 1e-9) or sum_of_squares > n * (1 + 1e-9):
        raise ValueError(f"no {n} answers within [-1, 1] have the sum {total} and the sum of squares {sum_of_squares}")
    if not n:
        return None
    mean = total / n
    smoothed = (sum_of_squares + 1.5) / (n + 3) - (total / (n + 3)) ** 2
    variance = max(sum_of_squares / n - mean * mean, smoothed)
    rho = (-2 * log(alpha) + log(-2 * log(alpha)) + 1) / tuned_for
    grown = n * rho + 1
    half_width = sqrt(variance * 2 * grown / (n * n * rho) * log(sqrt(grown) / alpha))
    one_look = limits(max(0.0, sum_of_squares - total) / 2, max(0.0, sum_of_squares + total) / 2, n, 1 - alpha)
    return Interval(
        100 * max(-1.0, min(one_look[0], mean - half_width)), 100 * min(1.0, max(one_look[1], mean + half_width))
    )
