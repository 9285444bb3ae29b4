"""How often a gap as large as the planning formula asks for is truly proven, over every tally that can happen."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from scipy.stats import multinomial

from feedback.stats import gap, nps

Shares = tuple[float, float, float]
_BUYERS_MEANS = (0.60, 0.75, 0.90, 1.0)
_NEVER = 1e-6


@lru_cache
def proven(n_user: int, n_buyer: int) -> tuple[float, float]:
    """The lowest and highest probability of the verdict over four pairs of populations that differ by that gap."""
    points = gap.minimum_detectable(n_user, n_buyer)
    if points is None:
        raise ValueError(f"no gap can be proven by {n_user} end users and {n_buyer} buyers")
    found = [_power(*pair, n_user, n_buyer) for pair in _populations(points / 100)]
    return min(found), max(found)


def _populations(difference: float) -> Iterator[tuple[Shares, Shares]]:
    """End users unhappier than buyers, with the planned variances as far as such scores allow them."""
    for mean in _BUYERS_MEANS:
        yield _shares(mean - difference, gap.END_USER_VARIANCE), _shares(mean, gap.BUYER_VARIANCE)


def _shares(mean: float, variance: float) -> Shares:
    extremes = min(1.0, max(abs(mean), variance + mean * mean))
    return (extremes - mean) / 2, 1 - extremes, (extremes + mean) / 2


def _power(end_user: Shares, buyer: Shares, n_user: int, n_buyer: int) -> float:
    users, users_chance = _outcomes(end_user, n_user)
    buyers, buyers_chance = _outcomes(buyer, n_buyer)
    found = gap.estimates(
        nps.Tallies(*np.repeat(users, len(buyers), axis=0).T), nps.Tallies(*np.tile(buyers, (len(users), 1)).T)
    )
    chance = np.repeat(users_chance, len(buyers)) * np.tile(buyers_chance, len(users))
    return float(chance[found.provable].sum())


def _outcomes(shares: Shares, people: int) -> tuple[np.ndarray, np.ndarray]:
    tallies = np.array([(d, people - d - p, p) for d in range(people + 1) for p in range(people + 1 - d)])
    chance = multinomial.pmf(tallies, people, shares)
    happens = chance > _NEVER
    return tallies[happens], chance[happens]
