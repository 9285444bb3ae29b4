"""One number for many partners. Partners are the clusters: answers within one are alike.

Every estimate says how many partners it rests on. Its standard error is the larger of two: the one between
partners, and the one within them, from smoothed counts. The first alone would be 0 when a few partners agree by
chance. With one partner there is neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from feedback.stats.clusters import Basis, means, roll, variances_of_few, variances_of_many
from feedback.stats.shrinkage import shrink, worst_tenth
from feedback.stats.tally import Tally, require_one_kind

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


def pooled(tallies: Iterable[Tally]) -> Estimate | None:
    """The score of all people together, each counting the same. None when nobody answered."""
    return _estimate([(tally, float(tally.count)) for tally in tallies])


def seat_weighted(tallies: Sequence[Tally], seats: Sequence[float]) -> Estimate | None:
    """The score of partners weighted by their licensed seats, in the same order. None when nobody counts.

    Partners without seats or without answers are left out. Only the ratios of `seats` matter.
    Raises ValueError when the lengths differ or seats are negative.
    """
    _require_seats(seats)
    return _estimate(list(zip(tallies, seats, strict=True)))


def mean_of_partners(tallies: Iterable[Tally]) -> Estimate | None:
    """The mean of the partners' scores, each partner counting the same. None when nobody answered."""
    return _estimate([(tally, 1.0) for tally in tallies])


def gap(end_user_tallies: Sequence[Tally], buyer_tallies: Sequence[Tally], seats: Sequence[float]) -> RolledGap | None:
    """The seat-weighted mean of the partners' gaps, over partners that have both sides and seats.

    The three sequences are in the same order of partners. A partner with one side is left out, so that the
    result is no difference of mixes. None when no partner is left. Few buyers make the standard error within
    partners the larger one more often than in the score of one side.
    Raises ValueError when lengths differ, seats are negative or the tallies are of different kinds.
    """
    _require_seats(seats)
    require_one_kind((*end_user_tallies, *buyer_tallies))
    both = [
        (end_user, buyer, weight)
        for end_user, buyer, weight in zip(end_user_tallies, buyer_tallies, seats, strict=True)
        if end_user.count and buyer.count and weight
    ]
    if not both:
        return None
    weights = np.array([weight for _, _, weight in both], dtype=float)
    users, buyers = [end_user for end_user, _, _ in both], [buyer for _, buyer, _ in both]
    rolled = roll(weights, means(users) - means(buyers), variances_of_few(users) + variances_of_few(buyers))
    reach = 1.0 - both[0][0].LOWEST
    low, high = rolled.limits(-reach, reach)
    return RolledGap(
        points=100 * rolled.mean,
        std_error=_points(rolled.std_error),
        low=low,
        high=high,
        p_value=rolled.p_value,
        partners=len(both),
        seat_coverage=float(weights.sum() / sum(seats)),
        between_std_error=_points(rolled.between),
        within_std_error=_points(rolled.within),
        basis=rolled.basis,
    )


def _estimate(weighted: Sequence[tuple[Tally, float]]) -> Estimate | None:
    require_one_kind(tally for tally, _ in weighted)
    counted = [(tally, weight) for tally, weight in weighted if tally.count and weight]
    if not counted:
        return None
    tallies = [tally for tally, _ in counted]
    weights = np.array([weight for _, weight in counted], dtype=float)
    rolled = roll(weights, means(tallies), variances_of_many(tallies))
    low, high = rolled.limits(tallies[0].LOWEST, 1.0)
    return Estimate(
        points=100 * rolled.mean,
        std_error=_points(rolled.std_error),
        low=low,
        high=high,
        n=sum(tally.count for tally in tallies),
        clusters=len(tallies),
        between_std_error=_points(rolled.between),
        within_std_error=_points(rolled.within),
        basis=rolled.basis,
    )


def _require_seats(seats: Sequence[float]) -> None:
    if any(count < 0 for count in seats):
        raise ValueError("a partner cannot have fewer than no seats")


def _points(value: float | None) -> float | None:
    return None if value is None else 100 * value
