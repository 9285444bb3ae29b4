"""The gap: the end users' score less the buyers', in points, and how sure we are of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import isnan, nan, sqrt
from typing import Generic

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc

from feedback.stats.elementwise import TINY, Floats, Number, choose, logarithm, power, rising_roots, root
from feedback.stats.interval import normal_quantile
from feedback.stats.tally import Tallies, Tally, require_one_kind

Numbers = float | Floats
Limits = tuple[Numbers, Numbers, Numbers]

# Variance of one NPS answer, for planning: what is commonly seen among end users and among buyers.
END_USER_VARIANCE = 0.6275
BUYER_VARIANCE = 0.5475


@dataclass(frozen=True, slots=True)
class Gap:
    """End users less buyers: negative when users are unhappier than their buyer.

    `low` and `high` are in points. `p_value` is 1 less the level at which the interval for buyers like these touches 0;
    None with fewer than two buyers, and then nothing is `provable`.
    """

    points: float
    low: float
    high: float
    p_value: float | None
    provable: bool


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """As `Gap`, as arrays of one shape: nan, and not `provable`, where a side is empty.

    `low` and `high` are descriptive where the buyers known were given, else the predictive ones. `p_value` is nan with
    fewer than two buyers too.
    """

    points: Floats
    low: Floats
    high: Floats
    predictive_low: Floats
    predictive_high: Floats
    p_value: Floats
    provable: NDArray[np.bool_]


def estimate(end_user: Tally, buyer: Tally, level: float = 0.95, buyers_known: int | None = None) -> Gap | None:
    """The gap between two independent tallies of one kind; None when either is empty.

    The two score intervals are combined by MOVER (Zou and Donner 2008, Statistics in Medicine 27, 1693-1702).
    Without `buyers_known` the interval is predictive: about buyers like these. With it, it is descriptive: about
    these very buyers; the buyers' half-widths shrink by sqrt(1 - answered / known), to nothing when all known
    buyers answered (whoever answered is known). `p_value` and `provable` stay predictive.
    Raises ValueError when the tallies are of different kinds or `level` is not between 0 and 1.
    """
    require_one_kind((end_user, buyer))
    if not end_user.count or not buyer.count:
        return None
    users, buyers = ((side.total / side.count, *side.limits(level)) for side in (end_user, buyer))
    p_value = _p_value_of_one(end_user, buyer) if buyer.count > 1 else None
    known = buyer.count if buyers_known is None else max(buyers_known, buyer.count)
    shrink = 1.0 if buyers_known is None else sqrt(1 - buyer.count / known)
    low, high = mover(users, _shrunk(buyers, shrink))
    return Gap(
        points=100 * (users[0] - buyers[0]),
        low=100 * float(low),
        high=100 * float(high),
        p_value=p_value,
        provable=p_value is not None and p_value < 1 - level,
    )


def estimates(end_users: Tallies, buyers: Tallies, level: float = 0.95, buyers_known: ArrayLike | None = None) -> Gaps:
    """`estimate` of every element of tallies of one shape, which `buyers_known` has too when given.

    Raises ValueError as `estimate` does.
    """
    require_one_kind((end_users, buyers))
    users, others = ((side.means, *side.limits(level)) for side in (end_users, buyers))
    low, high = predictive_low, predictive_high = _points(mover(users, others))
    if buyers_known is not None:
        known = np.maximum(np.maximum(buyers_known, buyers.count), 1)
        low, high = _points(mover(users, _shrunk(others, np.sqrt(1 - buyers.count / known))))
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = np.where(buyers.count > 1, _p_value(_Side.of_many(end_users), _Side.of_many(buyers)), np.nan)
    return Gaps(
        points=100 * (users[0] - others[0]),
        low=low,
        high=high,
        predictive_low=predictive_low,
        predictive_high=predictive_high,
        p_value=p_value,
        provable=p_value < 1 - level,
    )


def mover(first: Limits, second: Limits) -> tuple[Numbers, Numbers]:
    """The interval of a difference, first less second, from (mean, low, high) of both: numbers, or arrays of them."""
    difference = first[0] - second[0]
    return (
        difference - np.hypot(first[0] - first[1], second[2] - second[0]),
        difference + np.hypot(first[2] - first[0], second[0] - second[1]),
    )


def minimum_detectable(n_end_user: int, n_buyer: int, power: float = 0.8) -> float | None:
    """About the smallest true gap, in points, that so many people would prove at 95 % with probability `power`.

    For planning: by the normal approximation, with the variances that are commonly seen on each side.

    None when either side has nobody, or when more than the 200 points there are would be needed.
    Raises ValueError for negative numbers of people and unless 0.5 <= power < 1.
    """
    found = float(minimum_detectables(n_end_user, n_buyer, power))
    return None if isnan(found) else found


def minimum_detectables(n_end_user: ArrayLike, n_buyer: ArrayLike, power: float = 0.8) -> Floats:
    """`minimum_detectable` of every pair of elements; nan for its None. Raises ValueError as it does."""
    users, buyers = np.asarray(n_end_user, dtype=np.float64), np.asarray(n_buyer, dtype=np.float64)
    if (users < 0).any() or (buyers < 0).any():
        raise ValueError(f"people cannot be fewer than none: {users} end users, {buyers} buyers")
    if not 0.5 <= power < 1:
        raise ValueError(f"power is at least 0.5 and below 1, not {power}")
    quantiles = normal_quantile(0.95) + (normal_quantile(2 * power - 1) if power > 0.5 else 0)
    with np.errstate(divide="ignore"):
        points = 100 * quantiles * np.sqrt(END_USER_VARIANCE / users + BUYER_VARIANCE / buyers)
    return np.where(points <= 200, points, np.nan)


def _shrunk(limits: Limits, factor: Numbers) -> Limits:
    """The same mean with both half-widths times `factor`."""
    mean, low, high = limits
    return mean, mean - factor * (mean - low), mean + factor * (high - mean)


def _points(ends: tuple[Numbers, Numbers]) -> tuple[Floats, Floats]:
    return np.asarray(100 * ends[0]), np.asarray(100 * ends[1])


@dataclass(frozen=True, slots=True)
class _Side(Generic[Number]):
    """What the p-value needs of one side: numbers, or arrays of them."""

    mean: Number
    count: Number
    smoothed_variance: Number
    variance_under: Callable[[Number], tuple[Number, Number]]

    @classmethod
    def of_one(cls, tally: Tally) -> "_Side[float]":
        return _Side(tally.total / tally.count, float(tally.count), tally.smoothed_variance, tally.variance_under)

    @classmethod
    def of_many(cls, tallies: Tallies) -> "_Side[Floats]":
        count = tallies.count.astype(np.float64)
        return _Side(tallies.means, count, tallies.smoothed_variance, tallies.variance_under)


@lru_cache(maxsize=2**15)
def _p_value_of_one(end_user: Tally, buyer: Tally) -> float:
    return float(_p_value(_Side.of_one(end_user), _Side.of_one(buyer)))


def _p_value(users: _Side[Number], buyers: _Side[Number]) -> Number:
    """1 less the level at which the predictive interval touches 0.

    There the two half-widths are the sides of a right triangle over the difference: cos and sin of one angle times it.
    Both are equally many standard errors long, each of the error under the hypothesis at its end; so the tangent is
    the ratio of these errors. One search for its logarithm, which hardly bends, takes the place of a search over
    levels with two more inside each step.
    """
    difference = users.mean - buyers.mean

    def parts(ratio: Number) -> tuple[Number, Number]:
        """Cosine and sine of the angle whose tangent has the logarithm `ratio`."""
        square = power(2 * ratio)
        return root(1 / (1 + square)), root(square / (1 + square))

    def off(ratio: Number) -> tuple[Number, Number]:
        cosine, sine = parts(ratio)
        users_variance, users_slope = users.variance_under(users.mean - difference * cosine)
        buyers_variance, buyers_slope = buyers.variance_under(buyers.mean + difference * sine)
        users_variance, buyers_variance = users_variance + TINY, buyers_variance + TINY
        wanted = logarithm(buyers_variance * users.count / (users_variance * buyers.count)) / 2
        bend = cosine * buyers_slope / buyers_variance - sine * users_slope / users_variance
        return ratio - wanted, 1 - difference * cosine * sine * bend / 2

    start = logarithm(buyers.smoothed_variance / users.smoothed_variance) / 2
    start = choose(abs(difference) > 0, start, start * nan)  # nothing to search for where they agree or one is empty
    widest = 0 * start + 60
    ratio = rising_roots(off, start, -widest, widest, tolerance=1e-9)
    cosine, sine = parts(ratio)
    users_square = users.variance_under(users.mean - difference * cosine)[0] / users.count
    buyers_square = buyers.variance_under(buyers.mean + difference * sine)[0] / buyers.count
    found = erfc(abs(difference) / root(2 * (users_square + buyers_square)))
    return choose(difference == 0, abs(difference) + 1, found)
