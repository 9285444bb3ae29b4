"""What takes one number or an array of them, so that one tally and a thousand share every formula.

A plain float costs a tenth of an array with one element: so numbers stay numbers.
"""

from collections.abc import Callable
from math import exp, log, sqrt
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, Floats)

# Added to divisors and logarithms that could meet a 0: too little to move anything else.
TINY = 1e-300

_MOST_STEPS = 120  # a bracket halved so often is narrower than any tolerance; Newton's steps need five to eight


def choose(condition: bool | NDArray[np.bool_], yes: Number, no: Number) -> Number:
    """`yes` where the condition holds, else `no`."""
    if isinstance(condition, bool):
        return yes if condition else no
    return cast(Number, np.where(condition, yes, no))


def root(value: Number) -> Number:
    """The square root."""
    return sqrt(value) if isinstance(value, float) else np.sqrt(value)


def logarithm(value: Number) -> Number:
    """The natural logarithm."""
    return log(value) if isinstance(value, float) else np.log(value)


def power(value: Number) -> Number:
    """e to the power of `value`."""
    return exp(value) if isinstance(value, float) else np.exp(value)


def anywhere(condition: bool | NDArray[np.bool_]) -> bool:
    """Whether a condition holds, of an array for any element."""
    return condition if isinstance(condition, bool) else bool(condition.any())


def rising_roots(
    function: Callable[[Number], tuple[Number, Number]], start: Number, low: Number, high: Number, tolerance: float
) -> Number:
    """Where a function that rises crosses zero between `low` and `high`; it gives values and slopes.

    Newton's steps from `start`; where one leaves what is left of the bracket, or is more than half as long as the one
    before, the bracket is halved instead. An element is done once its step is at most `tolerance`: that step is taken,
    so the root is far closer still. Elements that start at nan stay there, and nobody waits for them.
    """
    found, last = start, high - low
    for _ in range(_MOST_STEPS):
        value, slope = function(found)
        below = value < 0
        low, high = choose(below, found, low), choose(below, high, found)
        step = -value / (slope + TINY)
        wanted, length = found + step, abs(step)
        good = (length <= tolerance) | ((wanted >= low) & (wanted <= high) & (length <= last / 2))
        wanted = choose(good, wanted, (low + high) / 2)
        last, found = abs(wanted - found), wanted
        if not anywhere(last > tolerance):
            break
    return found
