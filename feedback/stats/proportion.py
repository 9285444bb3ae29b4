"""A share of people, as CSAT and CES report it, and how sure we are of it. Points run from 0 to 100."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from feedback.stats import tally as kinds
from feedback.stats.elementwise import Floats, Number, root
from feedback.stats.interval import Interval, normal_quantile
from feedback.stats.tally import Counts, require_counts


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
        return _smoothed_variance(self.successes, self.count)

    def limits(self, level: float) -> tuple[float, float]:
        """`interval` on 0..1. Not for empty tallies."""
        return _limits(float(self.successes), float(self.failures), normal_quantile(level))

    def variance_under(self, mean: float) -> tuple[float, float]:
        """The variance of one answer if the true mean were `mean` (0..1), and its slope by the mean."""
        return _variance_under(mean)

    @staticmethod
    def together(tallies: Sequence[kinds.Tally]) -> "Tallies":
        """Tallies of this kind as arrays, in the same order."""
        failures, successes = np.array([tally.parts for tally in tallies], dtype=np.int64).reshape(-1, 2).T
        return Tallies(successes, failures)


@dataclass(frozen=True, slots=True, eq=False)
class Tallies(kinds.Tallies):
    """Many tallies as integer arrays of one shape, whichever.

    Raises ValueError for arrays of different shapes and for negative counts.
    """

    LOWEST: ClassVar[float] = Tally.LOWEST
    VALUES: ClassVar[tuple[int, ...]] = Tally.VALUES
    ADDED: ClassVar[tuple[float, ...]] = Tally.ADDED

    successes: Counts
    failures: Counts

    @property
    def count(self) -> Counts:
        """People counted."""
        return self.successes + self.failures

    @property
    def total(self) -> Counts:
        """Successes."""
        return self.successes

    @property
    def parts(self) -> tuple[Counts, Counts]:
        """Failures, successes."""
        return self.failures, self.successes

    @property
    def smoothed_variance(self) -> Floats:
        """As `Tally.smoothed_variance`."""
        return _smoothed_variance(self.successes.astype(np.float64), self.count.astype(np.float64))

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """`interval` on 0..1; nan where nobody answered."""
        counts = self.successes.astype(np.float64), self.failures.astype(np.float64)
        with np.errstate(invalid="ignore"):
            low, high = _limits(*counts, normal_quantile(level))
        return low, high

    def variance_under(self, means: Floats) -> tuple[Floats, Floats]:
        """The variance of one answer if the true means were `means` (0..1), and its slope by the mean."""
        return _variance_under(means)


def score(tally: Tally) -> float | None:
    """The share of successes in points; None for an empty tally."""
    return 100 * tally.successes / tally.count if tally.count else None


def interval(tally: Tally, level: float = 0.95) -> Interval | None:
    """Wilson's score interval (1927) in points, within [0, 100]; None for an empty tally."""
    if not tally.count:
        return None
    low, high = tally.limits(level)
    return Interval(100 * low, 100 * high)


def _smoothed_variance(successes: Number, count: Number) -> Number:
    share = (successes + 2) / (count + 4)
    return share * (1 - share) / (count + 4)


def _variance_under(mean: Number) -> tuple[Number, Number]:
    return mean * (1 - mean), 1 - 2 * mean


def _limits(successes: Number, failures: Number, quantile: float) -> tuple[Number, Number]:
    """Wilson's limits; written so that they are exactly 0 without successes and exactly 1 without failures."""
    square = quantile * quantile
    whole = successes + failures
    half_width = quantile * root(successes * failures / whole + square / 4)
    beyond = whole + square
    return (successes + square / 2 - half_width) / beyond, 1 - (failures + square / 2 - half_width) / beyond
