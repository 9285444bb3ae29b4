"""Partners compared fairly: small ones are drawn towards what partners are like, as far as their few answers demand.

By raw score the smallest partners would fill both ends of every ranking. Here each partner's shares of answers are
one draw from a Dirichlet distribution, fitted to all partners by maximum likelihood (empirical Bayes).
"""

from collections.abc import Sequence
from math import isnan

import numpy as np
import scipy  # parts of it on first use: `scipy.optimize` is a third of what the command line takes to start
from scipy.special import gammaln, psi

from feedback.stats.elementwise import Floats
from feedback.stats.tally import Tallies, Tally, together

# What partners have in common never weighs more than so many answers. When they differ by less than chance the
# likelihood has no maximum, and would call partners equal that were merely asked too little: this leaves a spread of
# a little under a point between them.
MOST_ANSWERS = 10_000.0
_FEWEST_ANSWERS = 1e-6
# Where the search starts; and stays when every partner has one answer, which says nothing of how alike they are.
_FIRST_GUESS = 10.0
_DRAWS_AT_ONCE = 250


def shrink(tallies: Sequence[Tally] | Tallies) -> list[float | None]:
    """Each partner's score in points, drawn towards the mean of all; None for a partner that nobody answered for.

    The posterior mean under the Dirichlet-multinomial distribution of largest likelihood, its concentration at most
    `MOST_ANSWERS`. It lies between the partner's own score and the fitted mean. One partner keeps its score.
    Raises ValueError for tallies of different kinds. Minka (2000), Estimating a Dirichlet distribution.
    """
    many = together(tallies)
    if many is None:
        return []
    answered = many.count > 0
    counts = _counts(many[answered])
    posterior = counts + fit(counts) if len(counts) > 1 else counts
    means = np.full(many.shape, np.nan)
    means[answered] = 100 * posterior @ np.array(many.VALUES, dtype=np.float64) / posterior.sum(axis=1)
    return _or_none(means)


def worst_tenth(tallies: Sequence[Tally] | Tallies, draws: int = 4_000, seed: int = 1998) -> list[float | None]:
    """Each partner's probability (0..1) of truly being among the worst tenth of those with answers.

    The worst tenth of G partners are ceil(G / 10), so the worst one of two to ten; the probabilities add up to that
    number. None for a partner that nobody answered for, and for all when fewer than two have answers: then nothing
    is ranked. By `draws` seeded draws from every partner's posterior at once, the fitted prior taken as known: a
    probability is off by more than 1 / sqrt(draws) at most once in twenty times, the same tallies in whatever order
    give the same numbers, and equal tallies equal ones. About half a second for 1,000 partners: store it.
    Raises ValueError for tallies of different kinds and fewer than one draw.
    """
    many = together(tallies)
    if draws < 1:
        raise ValueError(f"a probability needs at least one draw, not {draws}")
    if many is None:
        return []
    probabilities = np.full(many.shape, np.nan)
    answered = many.count > 0
    if answered.sum() < 2:
        return _or_none(probabilities)
    counts = _counts(many[answered])
    order = np.lexsort(counts.T)
    counts = counts[order]
    worst = -(-len(counts) // 10)
    often = _times_among_worst(counts + fit(counts), np.array(many.VALUES, dtype=np.float64), worst, draws, seed)
    _, alike, sizes = np.unique(counts, axis=0, return_inverse=True, return_counts=True)
    shared = np.bincount(alike.ravel(), weights=often) / sizes / draws
    probabilities[np.flatnonzero(answered)[order]] = shared[alike.ravel()]
    return _or_none(probabilities)


def fit(counts: Floats) -> Floats:
    """The Dirichlet parameters of largest likelihood for partners' counts, of shape (partners, answers).

    Their sum, the concentration, is at most `MOST_ANSWERS`. An answer that nobody gave has 0.
    """
    given = counts.sum(axis=0) > 0
    parameters = np.zeros(counts.shape[1])
    if given.sum() == 1:  # everyone everywhere agrees: any concentration is as likely
        parameters[given] = MOST_ANSWERS
        return parameters
    distinct, often = np.unique(counts[:, given], axis=0, return_counts=True)
    share = counts[:, given].sum(axis=0) / counts.sum()
    start = np.append(np.log(share), np.log(_FIRST_GUESS))

    def loss(free: Floats) -> tuple[float, Floats]:
        return _negative_log_likelihood(free, distinct, often.astype(float))

    bounds = [(-25.0, 5.0)] * len(share) + [(np.log(_FEWEST_ANSWERS), np.log(MOST_ANSWERS))]
    best = scipy.optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 1_000, "ftol": 1e-14, "gtol": 1e-8}
    )
    parameters[given] = np.exp(best.x[-1]) * _softmax(best.x[:-1])
    return parameters


def _negative_log_likelihood(free: Floats, counts: Floats, often: Floats) -> tuple[float, Floats]:
    """Per partner, with its gradient, for logits of the mean and the logarithm of the concentration.

    Each distinct tally occurs `often`. Constants are left out.
    """
    mean, concentration = _softmax(free[:-1]), float(np.exp(free[-1]))
    alpha = concentration * mean
    people, partners = counts.sum(axis=1), often.sum()
    value = often @ (gammaln(concentration) - gammaln(concentration + people))
    value += often @ (gammaln(counts + alpha) - gammaln(alpha)).sum(axis=1)
    per_alpha = often @ (psi(counts + alpha) - psi(alpha))
    per_concentration = often @ (psi(concentration) - psi(concentration + people))
    by_logit = alpha * (per_alpha - mean @ per_alpha)
    by_concentration = alpha @ per_alpha + concentration * per_concentration
    return -float(value) / partners, -np.append(by_logit, by_concentration) / partners


def _times_among_worst(posterior: Floats, values: Floats, worst: int, draws: int, seed: int) -> Floats:
    """How many of `draws` draws put each partner among the `worst`; where all scores tie, chance decides."""
    random = np.random.default_rng(seed)
    often = np.zeros(len(posterior))
    if (posterior > 0).sum() == len(posterior):
        return np.full(len(posterior), draws * worst / len(posterior))
    for done in range(0, draws, _DRAWS_AT_ONCE):
        shape = (min(_DRAWS_AT_ONCE, draws - done), *posterior.shape)
        gammas = random.standard_gamma(posterior, size=shape)
        scores = gammas @ values / gammas.sum(axis=2)
        lowest = np.argpartition(scores, worst - 1, axis=1)[:, :worst]
        often += np.bincount(lowest.ravel(), minlength=len(posterior))
    return often


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum())


def _counts(tallies: Tallies) -> Floats:
    return np.stack(tallies.parts, axis=-1).astype(np.float64)


def _or_none(numbers: Floats) -> list[float | None]:
    return [None if isnan(number) else number for number in numbers.tolist()]
