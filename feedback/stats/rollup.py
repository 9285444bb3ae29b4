"""One number for many partners. Partners are the clusters: answers within one are alike.

Every estimate says how many partners it rests on. Its standard error is the larger of two: the one between
partners, and the one within them, from smoothed counts. The first alone would be 0 when a few partners agree by
chance. With one partner there is neither.

The tallies of partners come one by one in a sequence, or in arrays of shape (partners,): the same results, at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from feedback.stats.clusters import Basis, roll, variances_of_few, variances_of_many
from feedback.stats.elementwise import Floats
from feedback.stats.shrinkage import shrink, worst_tenth
from feedback.stats.tally import Tallies, Tally, require_one_kind, together

__all__ = [
    "Estimate",
    "RolledGap",
    "gap",
    "mean_of_partners",
    "pooled",
    "seat_weighted",
    "shrink",
    "worst_tenth",
]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rolled-up score in points, with its 95 % interval by t with `clusters` - 1 degrees of freedom.

    `n` is people, `clusters` partners. `std_error` is the larger of `between_std_error` and `within_std_error`,
    and `basis` says which; all of these and the interval are None when there is one partner.
    """

    points: float
    std_error: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    between_std_error: float | None
    within_std_error: float | None
    basis: Basis | None


@dataclass(frozen=True, slots=True)
class RolledGap:
    """The gap of a portfolio in points, over the `partners` that have both sides.

    `seat_coverage` is their share of all seats given, 0..1. Interval, `p_value` (two-sided, t) and standard
    errors as in `Estimate`.
    """

    points: float
    std_error: float | None
    low: float | None
    high: float | None
    p_value: float | None
    partners: int
    seat_coverage: float
    between_std_error: float | None
    within_std_error: float | None
    basis: Basis | None


def pooled(tallies: Iterable[Tally] | Tallies) -> Estimate | None:
    """The score of all people together, each counting the same. None when nobody answered."""
    many = together(tallies)
    return None if many is None else _estimate(many, many.count.astype(np.float64))


def seat_weighted(tallies: Sequence[Tally] | Tallies, seats: ArrayLike) -> Estimate | None:
    """The score of partners weighted by their licensed seats, in the same order. None when nobody counts.

    Partners without seats or without answers are left out. Only the ratios of `seats` matter.
    Raises ValueError when the lengths differ or seats are negative.
    """
    many = together(tallies)
    weights = _weights(seats, many)
    return None if many is None else _estimate(many, weights)


def mean_of_partners(tallies: Iterable[Tally] | Tallies) -> Estimate | None:
    """The mean of the partners' scores, each partner counting the same. None when nobody answered."""
    many = together(tallies)
    return None if many is None else _estimate(many, np.ones(many.shape))


def gap(
    end_user_tallies: Sequence[Tally] | Tallies, buyer_tallies: Sequence[Tally] | Tallies, seats: ArrayLike
) -> RolledGap | None:
    """The seat-weighted mean of the partners' gaps, over partners that have both sides and seats.

    The three are in the same order of partners. A partner with one side is left out, so that the result is no
    difference of mixes. None when no partner is left. Few buyers make the standard error within partners the larger
    one more often than in the score of one side.
    Raises ValueError when lengths differ, seats are negative or the tallies are of different kinds.
    """
    users, buyers = together(end_user_tallies), together(buyer_tallies)
    weights = _weights(seats, users, buyers)
    if users is None or buyers is None:
        return None
    require_one_kind((users, buyers))
    both = (users.count > 0) & (buyers.count > 0) & (weights > 0)
    if not both.any():
        return None
    users, buyers, counted = users[both], buyers[both], weights[both]
    rolled = roll(counted, users.means - buyers.means, variances_of_few(users) + variances_of_few(buyers))
    reach = 1.0 - users.LOWEST
    low, high = rolled.limits(-reach, reach)
    return RolledGap(
        points=100 * rolled.mean,
        std_error=_points(rolled.std_error),
        low=low,
        high=high,
        p_value=rolled.p_value,
        partners=len(counted),
        seat_coverage=float(counted.sum() / weights.sum()),
        between_std_error=_points(rolled.between),
        within_std_error=_points(rolled.within),
        basis=rolled.basis,
    )


def _estimate(tallies: Tallies, weights: Floats) -> Estimate | None:
    counted = (tallies.count > 0) & (weights > 0)
    if not counted.any():
        return None
    tallies = tallies[counted]
    rolled = roll(weights[counted], tallies.means, variances_of_many(tallies))
    low, high = rolled.limits(tallies.LOWEST, 1.0)
    return Estimate(
        points=100 * rolled.mean,
        std_error=_points(rolled.std_error),
        low=low,
        high=high,
        n=int(tallies.count.sum()),
        clusters=rolled.clusters,
        between_std_error=_points(rolled.between),
        within_std_error=_points(rolled.within),
        basis=rolled.basis,
    )


def _weights(seats: ArrayLike, *sides: Tallies | None) -> Floats:
    """The seats, one number for every partner of all sides."""
    weights = np.asarray(seats, dtype=np.float64)
    if weights.size and weights.min() < 0:
        raise ValueError("a partner cannot have fewer than no seats")
    for side in sides:
        shape = (0,) if side is None else side.shape
        if weights.shape != shape:
            raise ValueError(f"tallies of shape {shape} and seats of shape {weights.shape} cannot be zipped")
    return weights


def _points(value: float | None) -> float | None:
    return None if value is None else 100 * value
