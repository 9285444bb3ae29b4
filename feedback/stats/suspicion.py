"""How improbable counts are if everything is honest: more answers, more strangers, more of one score than elsewhere.

Every probability is that of so much or more, one-sided, and allows for honest partners that differ from each other: by
a negative binomial around a rate that is itself known from few answers only, and by a beta-binomial around a share.
"""

import numpy as np
import scipy  # its parts come on first use: `scipy.stats` is a quarter of what the web takes to start
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LEAST_SPREAD_OF_COUNTS = 0.05
"""Squared coefficient of variation by which days of honest partners differ at least, whatever few data say."""
LEAST_SPREAD_OF_SHARES = 0.02
"""Correlation of two people of one partner that is allowed for at least."""
_HALF_AN_ANSWER = 0.5
"""Jeffreys' prior for the rate of a Poisson process."""


def rise(inside: ArrayLike, outside: ArrayLike, share: ArrayLike, spread: ArrayLike) -> Floats:
    """Probability of `inside` answers or more in a window, after `outside` in the rest of the time, elementwise.

    `share` of the whole time's answers would fall into the window if it was like any other, 0..1; `spread` is the
    squared coefficient of variation of honest windows around that. The predictive distribution of a Poisson count
    whose rate was estimated from `outside` is negative binomial (Gelman et al., Bayesian Data Analysis, 2.6).
    """
    odds = np.asarray(share, float) / np.maximum(1 - np.asarray(share, float), 1e-9)
    known = np.asarray(outside, float) + _HALF_AN_ANSWER
    size = 1 / (1 / known + np.asarray(spread, float))
    return np.asarray(scipy.stats.nbinom.sf(np.asarray(inside) - 1, size, size / (size + known * odds)), float)


def expected(outside: ArrayLike, share: ArrayLike) -> Floats:
    """How many answers `rise` expects in the window."""
    odds = np.asarray(share, float) / np.maximum(1 - np.asarray(share, float), 1e-9)
    return np.asarray(np.asarray(outside, float) * odds)


def spread_of_counts(observed: ArrayLike, foreseen: ArrayLike) -> Floats:
    """For each row of counts how far the counts of all other rows spread around what was foreseen, by moments.

    Arrays of rows (partners) and windows. The squared coefficient of variation beyond that of Poisson counts, at least
    `LEAST_SPREAD_OF_COUNTS`.
    """
    counts, means = np.asarray(observed, float), np.asarray(foreseen, float)
    beyond = ((counts - means) ** 2 - means).sum(axis=1)
    scale = (means**2).sum(axis=1)
    others = (beyond.sum() - beyond) / np.maximum(scale.sum() - scale, 1e-9)
    return np.asarray(np.maximum(others, LEAST_SPREAD_OF_COUNTS))


def excess(successes: ArrayLike, trials: ArrayLike, share: ArrayLike, spread: ArrayLike) -> Floats:
    """Probability of so many `successes` or more among `trials`, elementwise.

    Partners' own shares lie around `share` (0..1, exclusive) as a beta distribution in which two people of one partner
    correlate by `spread`.
    """
    strength = 1 / np.asarray(spread, float) - 1
    mean = np.clip(np.asarray(share, float), 1e-6, 1 - 1e-6)
    before = np.asarray(successes) - 1
    return np.asarray(
        scipy.stats.betabinom.sf(before, np.asarray(trials), mean * strength, (1 - mean) * strength), float
    )


def shares_elsewhere(successes: ArrayLike, trials: ArrayLike, prior: float) -> tuple[Floats, Floats]:
    """For each row the pooled share of all other rows, and how far these spread around it.

    `prior` is what share is believed in for ten people before any are seen. The spread is the intra-class correlation
    by moments (Williams 1982), at least `LEAST_SPREAD_OF_SHARES` and at most 0.5.
    """
    hits, people = np.asarray(successes, float), np.asarray(trials, float)
    # Everything without the row itself: whoever stands out must not widen what is held to be usual.
    other_hits, others = hits.sum() - hits, people.sum() - people
    shares = (other_hits + 10 * prior) / (others + 10)
    mean = np.clip(other_hits / np.maximum(others, 1.0), 1e-6, 1 - 1e-6)
    own = np.divide(hits**2, people, out=np.zeros_like(hits), where=people > 0)
    apart = own.sum() - own - 2 * mean * other_hits + mean**2 * others
    rows, squares = float((people > 0).sum()), ((people**2).sum() - people**2) / np.maximum(others, 1.0)
    beyond = apart / (mean * (1 - mean)) - (rows - 2)
    spread = np.clip(beyond / np.maximum(others - squares - (rows - 2), 1.0), LEAST_SPREAD_OF_SHARES, 0.5)
    # Of one or two rows nothing is left to compare when one of them is taken out.
    return shares, spread if rows > 2 else np.full_like(hits, LEAST_SPREAD_OF_SHARES)


def close_followers(seconds: ArrayLike, within_s: float, busy_s: float) -> tuple[int, float]:
    """How many answers of a day came within `within_s` after another, and the probability of so many or more.

    `seconds`: when each came. If they came one by one at any time of a busy part of the day that lasts `busy_s`, the
    pause before each would be exponential.
    """
    moments = np.sort(np.asarray(seconds, float))
    if len(moments) < 2:
        return 0, 1.0
    close = int((np.diff(moments) < within_s).sum())
    chance = -np.expm1(-len(moments) * within_s / busy_s)
    return close, float(scipy.stats.binom.sf(close - 1, len(moments) - 1, chance))
