"""In what state a partner is, which side is more at risk, and how long it has been so."""

from math import isnan

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc

from feedback.stats import nps
from feedback.stats.elementwise import Floats, Number
from feedback.stats.walking import (
    BUYER,
    END_USER,
    QUADRANTS,
    SIDES,
    UNDETERMINED,
    Month,
    Rule,
    side_at_risk,
    sides_at_risk,
    walk,
    walks,
)

__all__ = [
    "BUYER",
    "END_USER",
    "QUADRANTS",
    "SIDES",
    "UNDETERMINED",
    "Month",
    "Rule",
    "buyers_fine",
    "buyers_fine_each",
    "quadrants",
    "quadrants_each",
    "share_above",
    "shares_above",
    "side_at_risk",
    "sides_at_risk",
    "walk",
    "walks",
]


def quadrants(end_user_ok: float | None, buyer_ok: float | None) -> dict[str, float] | None:
    """Probabilities of the four states from those that each side is fine, taken as independent.

    None when a side is unknown. Raises ValueError for what is no probability.
    """
    for probability in (end_user_ok, buyer_ok):
        if probability is not None and not 0 <= probability <= 1:
            raise ValueError(f"a probability lies between 0 and 1, not at {probability}")
    if end_user_ok is None or buyer_ok is None:
        return None
    return dict(zip(QUADRANTS, _quadrants(end_user_ok, buyer_ok), strict=True))


def quadrants_each(end_user_ok: ArrayLike, buyer_ok: ArrayLike) -> Floats:
    """`quadrants` for arrays of one shape, along a new last axis in the order of `QUADRANTS`; nan where unknown."""
    users, buyers = np.asarray(end_user_ok, dtype=np.float64), np.asarray(buyer_ok, dtype=np.float64)
    for side in (users, buyers):
        if ((side < 0) | (side > 1)).any():
            raise ValueError("a probability lies between 0 and 1")
    return np.stack(_quadrants(users, buyers), axis=-1)


def share_above(successes: int, of: int, threshold: float, declining: bool = False) -> float | None:
    """Probability that the true share of `successes` among `of` is above `threshold` (0..1), with Jeffreys' prior.

    The share is that of an endless population like these: what is fully counted is taken as one draw from it.
    Activation: `successes` are activated seats, `of` licences; more activated than licensed is all of them and more.
    Retention: contracts renewed among those due. 0 when the side is `declining`; None when there is nothing to count.
    Raises ValueError for negative counts and for a threshold that is not between 0 and 1.
    """
    found = float(shares_above(successes, of, threshold, declining))
    return None if isnan(found) else found


def shares_above(successes: ArrayLike, of: ArrayLike, threshold: float, declining: ArrayLike = False) -> Floats:
    """`share_above` for arrays of one shape; nan where there is nothing to count."""
    counted, whole = np.asarray(successes, dtype=np.float64), np.asarray(of, dtype=np.float64)
    if (counted < 0).any() or (whole < 0).any():
        raise ValueError(f"counts cannot be negative: {counted} of {whole}")
    if not 0 < threshold < 1:
        raise ValueError(f"a threshold lies between 0 and 1, not at {threshold}")
    above = np.where(declining, 0.0, betainc(0.5 + np.maximum(0, whole - counted), 0.5 + counted, 1 - threshold))
    return np.where((counted > 0) | (whole > 0), above, np.nan)


def buyers_fine(buyers: nps.Tally, fact: bool | None = None, threshold_points: float = 0.0) -> float | None:
    """Probability that the buyer side of one partner is fine.

    By facts first: `fact` is true after a renewal or an expansion, false after notice, a smaller contract, a loss or
    seats cut, None when there is none. Else the probability that the buyers' NPS is above `threshold_points`. None
    with fewer than two buyers: one buyer's tap never names a state.
    """
    if fact is not None:
        return float(fact)
    return nps.probability_above(buyers, threshold_points) if buyers.count > 1 else None


def buyers_fine_each(buyers: nps.Tallies, facts: ArrayLike = np.nan, threshold_points: float = 0.0) -> Floats:
    """`buyers_fine` for arrays of one shape: `facts` are 1, 0, or nan where there is none; nan where unknown."""
    known = np.asarray(facts, dtype=np.float64)
    asked = np.where(buyers.count > 1, nps.probabilities_above(buyers, threshold_points), np.nan)
    return np.where(np.isnan(known), asked, known)


def _quadrants(users: Number, buyers: Number) -> tuple[Number, Number, Number, Number]:
    """In the order of `QUADRANTS`."""
    return users * buyers, (1 - users) * buyers, users * (1 - buyers), (1 - users) * (1 - buyers)
