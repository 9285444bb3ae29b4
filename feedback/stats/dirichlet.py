"""The difference of two shares under a Dirichlet distribution."""

from math import exp, pi, sqrt

import scipy  # half of this package on first use: a threshold of 0 needs no integral
from scipy.special import betainc, betaincinv, ndtr, ndtri


def difference_above(threshold: float, first: float, middle: float, last: float) -> float:
    """P(share of last - share of first > threshold) under Dirichlet(first, middle, last).

    With w the share of the two together and r the part of `last` in it, w ~ Beta(first + last, middle) and
    r ~ Beta(last, first) are independent, and the difference is w (2r - 1): one integral over w remains. It is
    taken over normal scores of w, where the integrand has no poles and no spike that the rule could miss, from
    the w that the difference can reach `threshold` with; with less it is above if `threshold` is negative.
    """
    if abs(threshold) >= 1:
        return float(threshold < 0)
    too_little = float(betainc(first + last, middle, abs(threshold)))
    start = min(8.5, max(-8.5, float(ndtri(too_little))))

    def integrand(normal_score: float) -> float:
        together = max(abs(threshold), float(betaincinv(first + last, middle, ndtr(normal_score))))
        above = float(betainc(first, last, (1 - threshold / together) / 2))
        return above * exp(-normal_score * normal_score / 2) / sqrt(2 * pi)

    probability, _ = scipy.integrate.quad(integrand, start, 8.5, epsabs=1e-9, epsrel=0, limit=200)
    if threshold < 0:
        probability += too_little
    return min(1.0, max(0.0, probability))
