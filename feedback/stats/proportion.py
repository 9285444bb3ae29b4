"""A share of people, as CSAT and CES report it, and how sure we are of it. Points run from 0 to 100."""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from feedback.stats.interval import Interval, normal_quantile
from feedback.stats.tally import require_counts


@dataclass(frozen=True, slots=True)
class Tally:
    """People who answered well enough to count as a success, and those who did not.

    Adding and taking away are exact; taking away more than is there raises ValueError.
    """

    LOWEST: ClassVar[float] = 0.0
    VALUES: ClassVar[tuple[int, ...]] = (0, 1)
    ADDED: ClassVar[tuple[float, ...]] = (2.0, 2.0)

    successes: int
    failures: int

    def __post_init__(self) -> None:
        if self.successes < 0 or self.failures < 0:
            require_counts(successes=self.successes, failures=self.failures)

    def __add__(self, other: "Tally") -> "Tally":
        if not isinstance(other, Tally):
            return NotImplemented
        return Tally(self.successes + other.successes, self.failures + other.failures)

    def __sub__(self, other: "Tally") -> "Tally":
        if not isinstance(other, Tally):
            return NotImplemented
        return Tally(self.successes - other.successes, self.failures - other.failures)

    @property
    def count(self) -> int:
        """People counted."""
        return self.successes + self.failures

    @property
    def total(self) -> int:
        """Successes."""
        return self.successes

    @property
    def parts(self) -> tuple[int, int]:
        """Failures, successes."""
        return self.failures, self.successes

    @property
    def smoothed_variance(self) -> float:
        """Variance of the share (on 0..1) after adding two of each; never 0. Agresti and Coull (1998)."""
        share = (self.successes + 2) / (self.count + 4)
        return share * (1 - share) / (self.count + 4)

    def limits(self, level: float) -> tuple[float, float]:
        """`interval` on 0..1. Not for empty tallies."""
        quantile = normal_quantile(level)
        return (
            1 - _upper_limit(self.failures, self.successes, quantile),
            _upper_limit(self.successes, self.failures, quantile),
        )

    def distance(self, mean: float) -> float:
        """t / (1 + t), where t is the absolute score statistic of the hypothesis `mean` in 0..1."""
        off = abs(self.successes - self.count * mean)
        if not off:
            return 0.0  # also where everyone agrees and the standard error vanishes with it
        return off / (off + sqrt(max(0.0, self.count * mean * (1 - mean))))


def score(tally: Tally) -> float | None:
    """The share of successes in points; None for an empty tally."""
    return 100 * tally.successes / tally.count if tally.count else None


def interval(tally: Tally, level: float = 0.95) -> Interval | None:
    """Wilson's score interval (1927) in points, within [0, 100]; None for an empty tally."""
    if not tally.count:
        return None
    low, high = tally.limits(level)
    return Interval(100 * low, 100 * high)


def _upper_limit(successes: int, failures: int, quantile: float) -> float:
    if not failures:
        return 1.0
    count = successes + failures
    square = quantile * quantile
    half_width = quantile * sqrt(successes * failures / count + square / 4)
    return (successes + square / 2 + half_width) / (count + square)
