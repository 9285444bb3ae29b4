"""The Net Promoter Score of one tally, and how sure we are of it. Points run from -100 to 100."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import nan, sqrt
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc

from feedback.stats import tally as kinds
from feedback.stats.dirichlet import difference_above
from feedback.stats.elementwise import TINY, Floats, Number, choose, rising_roots, root
from feedback.stats.interval import Interval, normal_quantile
from feedback.stats.tally import Counts, require_counts


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
        if min(eleven_counts) < 0:
            require_counts(**{f"answers of {score}": count for score, count in enumerate(eleven_counts)})
        counts = list(map(int, eleven_counts))
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
        return _smoothed_variance(float(self.total), self.detractors + self.promoters, self.count)

    def limits(self, level: float) -> tuple[float, float]:
        """`interval` on -1..1. Not for empty tallies."""
        return limits(self.detractors, self.promoters, self.count, level)

    def variance_under(self, mean: float) -> tuple[float, float]:
        """The likeliest variance of one answer if the true mean were `mean` (-1..1), and its slope by the mean."""
        return _variance_under(mean, self.detractors, self.promoters, self.count)

    @staticmethod
    def together(tallies: Sequence[kinds.Tally]) -> "Tallies":
        """Tallies of this kind as arrays, in the same order."""
        return Tallies(*np.array([tally.parts for tally in tallies], dtype=np.int64).reshape(-1, 3).T)


@dataclass(frozen=True, slots=True, eq=False)
class Tallies(kinds.Tallies):
    """Many tallies as integer arrays of one shape, whichever: detractors 0-6, passives 7-8, promoters 9-10.

    Raises ValueError for arrays of different shapes and for negative counts.
    """

    LOWEST: ClassVar[float] = Tally.LOWEST
    VALUES: ClassVar[tuple[int, ...]] = Tally.VALUES
    ADDED: ClassVar[tuple[float, ...]] = Tally.ADDED

    detractors: Counts
    passives: Counts
    promoters: Counts

    @classmethod
    def from_histograms(cls, eleven_counts: ArrayLike) -> Self:
        """From the number of people at each score, 0 first, along the last axis.

        Raises ValueError unless that has a length of eleven, and for negative counts.
        """
        counts = np.asarray(eleven_counts, dtype=np.int64)
        if counts.ndim < 1 or counts.shape[-1] != 11:
            raise ValueError(f"histograms of 0..10 have eleven counts each, not the shape {counts.shape}")
        require_counts(answers=int(counts.min(initial=0)))
        return cls(*(counts[..., cut].sum(axis=-1) for cut in (slice(0, 7), slice(7, 9), slice(9, 11))))

    @property
    def count(self) -> Counts:
        """People counted."""
        return self.detractors + self.passives + self.promoters

    @property
    def total(self) -> Counts:
        """Promoters less detractors."""
        return self.promoters - self.detractors

    @property
    def parts(self) -> tuple[Counts, Counts, Counts]:
        """Detractors, passives, promoters."""
        return self.detractors, self.passives, self.promoters

    @property
    def smoothed_variance(self) -> Floats:
        """As `Tally.smoothed_variance`."""
        return _smoothed_variance(_floats(self.total), _floats(self.detractors + self.promoters), _floats(self.count))

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """`interval` on -1..1; nan where nobody answered."""
        return limits_of_many(_floats(self.detractors), _floats(self.promoters), _floats(self.count), level)

    def variance_under(self, means: Floats) -> tuple[Floats, Floats]:
        """The likeliest variance of one answer if the true means were `means` (-1..1), and its slope by the mean."""
        return _variance_under(means, _floats(self.detractors), _floats(self.promoters), _floats(self.count))


def score(tally: Tally) -> float | None:
    """The NPS in points; None for an empty tally."""
    return 100 * tally.total / tally.count if tally.count else None


def interval(tally: Tally, level: float = 0.95) -> Interval | None:
    """The score interval in points, within [-100, 100]; None for an empty tally.

    NPS is a difference of paired proportions, so Tango (1998), Statistics in Medicine 17, 891-908: all scores
    which the test whose standard error is taken under the hypothesis does not reject. It stays close to
    its level when everyone agrees, and with a handful of people, where Wald's covers next to nothing.
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
    mean = tally.total / (tally.count + 3)
    half_width = normal_quantile(level) * sqrt(tally.smoothed_variance)
    return Interval(100 * max(-1.0, mean - half_width), 100 * min(1.0, mean + half_width))


def probability_above(tally: Tally, points: float, prior: tuple[float, float, float] = (0.5, 0.5, 0.5)) -> float:
    """Probability that the NPS lies above `points`, given the tally and a Dirichlet prior.

    `prior` is (detractors, passives, promoters), each above 0, by default Jeffreys'. An empty tally gives the
    prior's own probability. Raises ValueError for a prior that is not positive.
    """
    _require_prior(prior)
    detractors = tally.detractors + prior[0]
    promoters = tally.promoters + prior[2]
    if points == 0:  # the question asked most has a closed form, hundreds of times faster
        return float(betainc(detractors, promoters, 0.5))
    return difference_above(points / 100, detractors, tally.passives + prior[1], promoters)


def probabilities_above(tallies: Tallies, points: float, prior: tuple[float, float, float] = (0.5, 0.5, 0.5)) -> Floats:
    """`probability_above` of every element; for `points` other than 0 one distinct tally after the other."""
    _require_prior(prior)
    if points == 0:
        return np.asarray(betainc(tallies.detractors + prior[0], tallies.promoters + prior[2], 0.5))
    rows = np.stack(tallies.parts, axis=-1).reshape(-1, 3)
    distinct, places = np.unique(rows, axis=0, return_inverse=True)
    found = np.array([probability_above(Tally(*row), points, prior) for row in distinct.tolist()])
    return found[places.ravel()].reshape(tallies.shape)


def limits(detractors: float, promoters: float, count: int, level: float) -> tuple[float, float]:
    """The score interval on -1..1 of `count` people, who need not be whole detractors and promoters."""
    return _limits_of_one(float(detractors), float(promoters), float(count), normal_quantile(level))


def limits_of_many(detractors: Floats, promoters: Floats, count: Floats, level: float) -> tuple[Floats, Floats]:
    """`limits` of every element of arrays of one shape; nan where nobody answered."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _limits(detractors, promoters, count, normal_quantile(level))


def _require_prior(prior: tuple[float, float, float]) -> None:
    if min(prior) <= 0:
        raise ValueError(f"every part of the prior must be above 0, not {prior}")


def _smoothed_variance(total: Number, extremes: Number, count: Number) -> Number:
    """Of the mean, after adding 3/4 detractor, 1 1/2 passives and 3/4 promoter."""
    mean = total / (count + 3)
    return ((extremes + 1.5) / (count + 3) - mean * mean) / (count + 3)


@lru_cache(maxsize=2**15)
def _limits_of_one(detractors: float, promoters: float, count: float, quantile: float) -> tuple[float, float]:
    return _limits(detractors, promoters, count, quantile)


def _limits(detractors: Number, promoters: Number, count: Number, quantile: float) -> tuple[Number, Number]:
    # Mirrored, so that exchanging promoters and detractors exchanges the ends to the last bit.
    return (
        -_upper_limit(promoters, detractors, count, quantile),
        _upper_limit(detractors, promoters, count, quantile),
    )


def _upper_limit(detractors: Number, promoters: Number, count: Number, quantile: float) -> Number:
    """The mean above the one counted that lies `quantile` of its own standard errors away."""
    mean = (promoters - detractors) / count
    # No answers within -1..1 vary more than 1 - mean^2, so no limit is higher than with that variance.
    square = quantile * quantile / count
    highest = (mean + root(square * (square + 1 - mean * mean))) / (1 + square)

    def beyond(limit: Number) -> tuple[Number, Number]:
        variance, slope = _variance_under(limit, detractors, promoters, count)
        half_width = root(square * variance)
        return limit - mean - half_width, 1 - square * slope / (2 * half_width + TINY)

    unanimous = promoters == count
    found = rising_roots(beyond, choose(unanimous, mean * nan, highest), mean, highest, tolerance=1e-13)
    # At a level so low that the interval is narrower than what a float can tell apart it ends at the mean.
    return choose(unanimous, mean, choose(found > mean, choose(found < 1, found, 0 * mean + 1), mean))


def _variance_under(mean: Number, detractors: Number, promoters: Number, count: Number) -> tuple[Number, Number]:
    """Variance of one answer, and its slope, for the likeliest shares among those whose mean is `mean`.

    For a mean m >= 0 the likeliest share of detractors is the larger root q of 2 n q^2 + b q + c = 0, and the variance
    2 q + m (1 - m). Below 0 all is mirrored: then no term loses digits to cancellation.
    """
    mirrored = mean < 0
    size = abs(mean)
    rarer, other = choose(mirrored, promoters, detractors), choose(mirrored, detractors, promoters)
    steepness = 2 * count - other + rarer
    linear, curved, flat = steepness * size - rarer - other, size * (1 - size), 1 - 2 * size
    apart = root(linear * linear + 8 * count * rarer * curved)
    sum_of_both = apart + abs(linear)
    share = choose(linear < 0, sum_of_both / (4 * count), 2 * rarer * curved / (sum_of_both + TINY))
    slope = 2 * (rarer * flat - steepness * share) / (apart + TINY) + flat
    return 2 * share + curved, choose(mirrored, -slope, slope)


def _floats(counts: Counts) -> Floats:
    return counts.astype(np.float64)
