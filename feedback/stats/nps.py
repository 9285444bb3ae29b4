"""The Net Promoter Score of one tally, and how sure we are of it. Points run from -100 to 100."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import ClassVar

from scipy.optimize import brentq
from scipy.special import betainc

from feedback.stats.dirichlet import difference_above
from feedback.stats.interval import Interval, normal_quantile
from feedback.stats.tally import require_counts


@dataclass(frozen=True, slots=True)
class Tally:
    """People by what they answered on 0..10: detractors 0-6, passives 7-8, promoters 9-10.

    Adding and taking away are exact; taking away more than is there raises ValueError.
    """

    LOWEST: ClassVar[float] = -1.0
    VALUES: ClassVar[tuple[int, ...]] = (-1, 0, 1)
    ADDED: ClassVar[tuple[float, ...]] = (0.75, 1.5, 0.75)

    detractors: int
    passives: int
    promoters: int

    def __post_init__(self) -> None:
        if self.detractors < 0 or self.passives < 0 or self.promoters < 0:
            require_counts(detractors=self.detractors, passives=self.passives, promoters=self.promoters)

    @classmethod
    def from_histogram(cls, eleven_counts: Sequence[int]) -> "Tally":
        """From the number of people at each score, 0 first. Raises ValueError unless there are eleven."""
        if len(eleven_counts) != 11:
            raise ValueError(f"a histogram of 0..10 has eleven counts, not {len(eleven_counts)}")
        require_counts(**{f"answers of {score}": count for score, count in enumerate(eleven_counts)})
        counts = [int(count) for count in eleven_counts]
        return cls(sum(counts[:7]), sum(counts[7:9]), sum(counts[9:]))

    def __add__(self, other: "Tally") -> "Tally":
        if not isinstance(other, Tally):
            return NotImplemented
        return Tally(
            self.detractors + other.detractors,
            self.passives + other.passives,
            self.promoters + other.promoters,
        )

    def __sub__(self, other: "Tally") -> "Tally":
        if not isinstance(other, Tally):
            return NotImplemented
        return Tally(
            self.detractors - other.detractors,
            self.passives - other.passives,
            self.promoters - other.promoters,
        )

    @property
    def count(self) -> int:
        """People counted."""
        return self.detractors + self.passives + self.promoters

    @property
    def total(self) -> int:
        """Promoters less detractors."""
        return self.promoters - self.detractors

    @property
    def parts(self) -> tuple[int, int, int]:
        """Detractors, passives, promoters."""
        return self.detractors, self.passives, self.promoters

    @property
    def smoothed_variance(self) -> float:
        """Variance of the mean (on -1..1) after adding three answers, as `adjusted_wald` does; never 0."""
        mean, spread = _with_three_more(self)
        return (spread - mean * mean) / (self.count + 3)

    def limits(self, level: float) -> tuple[float, float]:
        """`interval` on -1..1. Not for empty tallies."""
        return limits(self.detractors, self.promoters, self.count, level)

    def distance(self, mean: float) -> float:
        """t / (1 + t), where t is the absolute score statistic of the hypothesis `mean` in -1..1."""
        return _distance(mean, self.detractors, self.promoters, self.count)


def score(tally: Tally) -> float | None:
    """The NPS in points; None for an empty tally."""
    return 100 * tally.total / tally.count if tally.count else None


def interval(tally: Tally, level: float = 0.95) -> Interval | None:
    """The score interval in points, within [-100, 100]; None for an empty tally.

    NPS is a difference of paired proportions, so Tango (1998), Statistics in Medicine 17, 891-908: all scores
    which the test whose standard error is taken under the hypothesis does not reject. It keeps its promise when
    everyone agrees and when there is one person.
    """
    if not tally.count:
        return None
    low, high = tally.limits(level)
    return Interval(100 * low, 100 * high)


def adjusted_wald(tally: Tally, level: float = 0.95) -> Interval | None:
    """The interval readers may know, in points, clipped to [-100, 100]; None for an empty tally.

    Wald after adding 3/4 detractor, 1 1/2 passives and 3/4 promoter; Rocks (2016), as used by MeasuringU.
    """
    if not tally.count:
        return None
    mean, spread = _with_three_more(tally)
    half_width = normal_quantile(level) * sqrt((spread - mean * mean) / (tally.count + 3))
    return Interval(100 * max(-1.0, mean - half_width), 100 * min(1.0, mean + half_width))


def probability_above(tally: Tally, points: float, prior: tuple[float, float, float] = (0.5, 0.5, 0.5)) -> float:
    """Probability that the NPS lies above `points`, given the tally and a Dirichlet prior.

    `prior` is (detractors, passives, promoters), each above 0, by default Jeffreys'. An empty tally gives the
    prior's own probability. Raises ValueError for a prior that is not positive.
    """
    if min(prior) <= 0:
        raise ValueError(f"every part of the prior must be above 0, not {prior}")
    detractors = tally.detractors + prior[0]
    promoters = tally.promoters + prior[2]
    if points == 0:  # the question asked most has a closed form, hundreds of times faster
        return float(betainc(detractors, promoters, 0.5))
    return difference_above(points / 100, detractors, tally.passives + prior[1], promoters)


def limits(detractors: float, promoters: float, count: int, level: float) -> tuple[float, float]:
    """The score interval on -1..1 of `count` people, who need not be whole detractors and promoters."""
    return _limits(detractors, promoters, count, normal_quantile(level))


def _with_three_more(tally: Tally) -> tuple[float, float]:
    """Mean and mean square of the answers' values (-1, 0, 1) after adding 3/4, 1 1/2 and 3/4."""
    count = tally.count + 3
    return tally.total / count, (tally.promoters + tally.detractors + 1.5) / count


@lru_cache(maxsize=2**15)
def _limits(detractors: float, promoters: float, count: int, quantile: float) -> tuple[float, float]:
    # Mirrored, so that exchanging promoters and detractors exchanges the ends to the last bit.
    return (
        -_upper_limit(promoters, detractors, count, quantile),
        _upper_limit(detractors, promoters, count, quantile),
    )


def _upper_limit(detractors: float, promoters: float, count: int, quantile: float) -> float:
    if promoters == count:
        return 1.0
    mean = (promoters - detractors) / count
    target = quantile / (1 + quantile)

    def beyond(value: float) -> float:
        return _distance(value, detractors, promoters, count) - target

    if beyond(mean) >= 0:  # a level so low that the interval is narrower than what a float can tell apart
        return mean
    return float(brentq(beyond, mean, 1.0, xtol=1e-13))


def _distance(mean: float, detractors: float, promoters: float, count: int) -> float:
    if mean < 0:  # mirrored: for means of 0 and above no term below loses digits to cancellation
        return _distance(-mean, promoters, detractors, count)
    off = abs(promoters - detractors - count * mean)
    if not off:
        return 0.0  # also where everyone agrees and the standard error vanishes with it
    # The likeliest share of detractors if the score were `mean` is the larger root of a q^2 + b q + c = 0.
    linear = (2 * count - promoters + detractors) * mean - detractors - promoters
    constant = -detractors * mean * (1 - mean)
    root = sqrt(max(0.0, linear * linear - 8 * count * constant))
    share = (root - linear) / (4 * count) if linear < 0 else -2 * constant / (root + linear) if root else 0.0
    variance = max(0.0, 2 * share + mean * (1 - mean))
    return off / (off + sqrt(count * variance))
