"""An interval, and the quantile that turns a confidence level into a number of standard errors."""

from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval; both ends in points."""

    low: float
    high: float


@lru_cache(maxsize=64)
def normal_quantile(level: float) -> float:
    """Standard errors on either side that hold `level` of a normal distribution: 1.96 for 0.95.

    Raises ValueError unless 0 < level < 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not at {level}")
    return NormalDist().inv_cdf((1 + level) / 2)
