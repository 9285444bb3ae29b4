"""The gap: the end users' score less the buyers', in points, and how sure we are of it."""

from dataclasses import dataclass
from functools import lru_cache
from math import cos, erfc, inf, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from feedback.stats.interval import normal_quantile
from feedback.stats.tally import Tally, require_one_kind

Numbers = float | NDArray[np.float64]
Limits = tuple[Numbers, Numbers, Numbers]

# Variance of one NPS answer, for planning: what is commonly seen among end users and among buyers.
END_USER_VARIANCE = 0.6275
BUYER_VARIANCE = 0.5475


@dataclass(frozen=True, slots=True)
class Gap:
    """End users less buyers: negative when users are unhappier than their buyer.

    `low` and `high` are in points. `p_value` is the level at which the interval for buyers like these touches 0;
    None with fewer than two buyers, and then nothing is `provable`.
    """

    points: float
    low: float
    high: float
    p_value: float | None
    provable: bool


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
    users_mean, buyers_mean = end_user.total / end_user.count, buyer.total / buyer.count
    users_low, users_high = end_user.limits(level)
    buyers_low, buyers_high = buyer.limits(level)
    silent = 1.0 if buyers_known is None else 1 - buyer.count / max(buyers_known, buyer.count)
    shrink = sqrt(silent)
    p_value = _p_value(end_user, buyer) if buyer.count > 1 else None
    low, high = mover(
        (users_mean, users_low, users_high),
        (
            buyers_mean,
            buyers_mean - shrink * (buyers_mean - buyers_low),
            buyers_mean + shrink * (buyers_high - buyers_mean),
        ),
    )
    return Gap(
        points=100 * (users_mean - buyers_mean),
        low=100 * float(low),
        high=100 * float(high),
        p_value=p_value,
        provable=p_value is not None and p_value < 1 - level,
    )


def mover(first: Limits, second: Limits) -> tuple[Numbers, Numbers]:
    """The interval of a difference, first less second, from (mean, low, high) of both: numbers, or arrays of them."""
    difference = first[0] - second[0]
    return (
        difference - np.hypot(first[0] - first[1], second[2] - second[0]),
        difference + np.hypot(first[2] - first[0], second[0] - second[1]),
    )


def minimum_detectable(n_end_user: int, n_buyer: int, power: float = 0.8) -> float | None:
    """The smallest true gap, in points, that so many people would prove at 95 % with probability `power`.

    None when either side has nobody, or when more than the 200 points there are would be needed.
    Raises ValueError for negative numbers of people and unless 0.5 <= power < 1.
    """
    if n_end_user < 0 or n_buyer < 0:
        raise ValueError(f"people cannot be fewer than none: {n_end_user} end users, {n_buyer} buyers")
    if not 0.5 <= power < 1:
        raise ValueError(f"power is at least 0.5 and below 1, not {power}")
    if not n_end_user or not n_buyer:
        return None
    quantiles = normal_quantile(0.95) + (normal_quantile(2 * power - 1) if power > 0.5 else 0)
    points = 100 * quantiles * sqrt(END_USER_VARIANCE / n_end_user + BUYER_VARIANCE / n_buyer)
    return points if points <= 200 else None


@lru_cache(maxsize=2**15)
def _p_value(end_user: Tally, buyer: Tally) -> float:
    """The two-sided level at which the predictive interval touches 0.

    There the two half-widths are the sides of a right triangle over the difference: cos and sin of one angle
    times it. So one search, over the angle at which both sides are equally many standard errors away, takes the
    place of a search over levels with two more inside each step.
    """
    users_mean, buyers_mean = end_user.total / end_user.count, buyer.total / buyer.count
    difference = users_mean - buyers_mean
    if not difference:
        return 1.0

    def imbalance(angle: float) -> float:
        users_distance = end_user.distance(users_mean - difference * cos(angle))
        return users_distance - buyer.distance(buyers_mean + difference * sin(angle))

    angle = brentq(imbalance, 0.0, pi / 2, xtol=1e-13)
    distance = buyer.distance(buyers_mean + difference * sin(angle))
    standard_errors = distance / (1 - distance) if distance < 1 else inf
    return erfc(standard_errors / sqrt(2))
