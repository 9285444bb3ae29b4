"""From what somebody thinks to the number that is tapped.

An opinion is a normal number; a group whose opinions have mean m and variance 1 has the NPS
100 * (P(opinion > 0.5) - P(opinion < -0.5)). `centre` turns that around.
"""

from functools import cache
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray

_EDGE = 0.5
# Where 0, 1, ... 9 end and the next number begins; 5 and 8 are taken more often than their neighbours, as people do.
_ENDS = np.array([-2.05, -1.88, -1.68, -1.45, -1.25, -0.82, -_EDGE, -0.1, _EDGE, 1.0])
_MOST_POINTS = 92.0


@cache
def centre(points: float) -> float:
    """The mean opinion of a group with this NPS; beyond ±92 points it stays there."""
    wanted = max(-_MOST_POINTS, min(_MOST_POINTS, points)) / 100
    low, high = -4.0, 4.0
    for _ in range(40):
        middle = (low + high) / 2
        reached = _below(middle - _EDGE) - _below(-_EDGE - middle)
        low, high = (middle, high) if reached < wanted else (low, middle)
    return (low + high) / 2


def taps(opinions: NDArray[np.float64]) -> NDArray[np.int64]:
    """The score from 0 to 10 that fits each opinion."""
    return np.searchsorted(_ENDS, opinions).astype(np.int64)


def quantiles(count: int) -> NDArray[np.float64]:
    """`count` evenly spread values of a standard normal, ascending: a small group that is nobody's accident."""
    return np.array([_quantile((place + 0.5) / count) for place in range(count)])


def _quantile(share: float) -> float:
    low, high = -4.0, 4.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _below(middle) < share else (low, middle)
    return (low + high) / 2


def _below(value: float) -> float:
    return (1 + erf(value / sqrt(2))) / 2
