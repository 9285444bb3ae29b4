"""A weighted mean over partners as clusters, and its two standard errors: between partners and within them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit

from feedback.stats.elementwise import Floats
from feedback.stats.tally import Tallies

Basis = Literal["between", "within"]


@dataclass(frozen=True, slots=True)
class Rolled:
    """A weighted mean over clusters, on the scale of the values."""

    mean: float
    clusters: int
    between: float | None
    within: float | None

    @property
    def std_error(self) -> float | None:
        if self.between is None or self.within is None:
            return None
        return max(self.between, self.within)

    @property
    def basis(self) -> Basis | None:
        if self.between is None or self.within is None:
            return None
        return "between" if self.between >= self.within else "within"

    @property
    def p_value(self) -> float | None:
        if self.std_error is None:
            return None
        return float(2 * stdtr(self.clusters - 1, -abs(self.mean) / self.std_error))

    def limits(self, lowest: float, highest: float) -> tuple[float | None, float | None]:
        """The 95 % interval in points, clipped to what is possible."""
        if self.std_error is None:
            return None, None
        half_width = float(stdtrit(self.clusters - 1, 0.975)) * self.std_error
        return 100 * max(lowest, self.mean - half_width), 100 * min(highest, self.mean + half_width)


def roll(weights: Floats, means: Floats, variances: Floats) -> Rolled:
    """Linearised ratio: `weights` are per partner (answers' weights summed), `variances` those of the means."""
    shares = weights / weights.sum()
    mean = float(shares @ means)
    clusters = len(shares)
    if clusters == 1:
        return Rolled(mean, clusters, between=None, within=None)
    residuals = shares * (means - mean)  # their mean is 0 by construction
    spread = float(np.sum(residuals**2))
    return Rolled(
        mean,
        clusters,
        between=(clusters / (clusters - 1) * spread) ** 0.5,
        within=float(np.sum(shares**2 * variances)) ** 0.5,
    )


def variances_of_many(tallies: Tallies) -> Floats:
    """The sampling variance of each partner's mean, where partners have more than a handful of answers.

    Both the variance of one answer and the number of answers are taken after smoothing, as in the adjusted Wald
    interval: then six unlike partners keep the standard error between them, and five that agree by chance do not.
    """
    return tallies.smoothed_variance


def variances_of_few(tallies: Tallies) -> Floats:
    """The same where partners may have one answer or two, as buyers do.

    The variance of one answer is taken after smoothing and divided by the people there are: by the people and those
    added, one buyer would count as four, and the interval of a gap would miss it twice as often as it says.
    """
    return tallies.smoothed_variance * (tallies.count + sum(tallies.ADDED)) / tallies.count
