"""From a histogram to a score and a gap, by metric. Points: nps -100..100; csat and ces 0..100 (share of successes)."""

from dataclasses import dataclass

from feedback.gap.values import EMPTY, Gap, Score
from feedback.stats import gap as stats_gap
from feedback.stats import nps, proportion
from feedback.stats.tally import Tally
from feedback.tallies.queries import Histogram

SUCCESSES = {"csat": (4, 5), "ces": (5, 7)}
"""The scores that count as a success, lowest and highest."""


@dataclass(frozen=True, slots=True)
class Sides:
    """What both sides of one partner, month or segment answered; nobody is a histogram of zeros."""

    end_user: Histogram
    buyer: Histogram

    @property
    def both(self) -> bool:
        """True when somebody answered on each side."""
        return any(self.end_user) and any(self.buyer)


NOBODY = Sides(EMPTY, EMPTY)


def tally(metric: str, histogram: Histogram) -> Tally:
    """The counts that the statistics of `metric` need."""
    if metric == "nps":
        return nps.Tally.from_histogram(histogram)
    lowest, highest = SUCCESSES[metric]
    successes = sum(histogram[lowest : highest + 1])
    return proportion.Tally(successes, sum(histogram) - successes)


def score(metric: str, histogram: Histogram) -> Score:
    """The score of these people, each counting the same, with its score interval."""
    counted = tally(metric, histogram)
    if not counted.count:
        return Score()
    low, high = counted.limits(0.95)
    return Score(100 * counted.total / counted.count, 100 * low, 100 * high, counted.count, histogram)


def gap(metric: str, sides: Sides, buyers_known: int | None = None) -> Gap | None:
    """The gap between the two; None when either has nobody. With `buyers_known`: the interval for these very buyers."""
    found = stats_gap.estimate(tally(metric, sides.end_user), tally(metric, sides.buyer), buyers_known=buyers_known)
    return None if found is None else Gap(found.points, found.low, found.high, found.p_value, found.provable)


def total(histograms: list[Histogram]) -> Histogram:
    """All of them together."""
    return tuple(map(sum, zip(*histograms, strict=True))) if histograms else EMPTY
