"""Whether a flow of answers changed, for those who look every day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feedback.stats.elementwise import Floats
from feedback.stats.flow import confidence_sequences
from feedback.stats.interval import Interval

MOST_STEPS = 13


@dataclass(frozen=True, slots=True)
class Changed:
    """A change between `step` - 1 and `step`: the means before and from it on, in points, and their intervals."""

    step: int
    before_points: float
    after_points: float
    before: Interval
    after: Interval


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """As `Changed`, as arrays; `step` is -1 and the others are nan where nothing changed."""

    step: NDArray[np.int64]
    before_points: Floats
    after_points: Floats
    before_low: Floats
    before_high: Floats
    after_low: Floats
    after_high: Floats


def change(n: ArrayLike, total: ArrayLike, sum_of_squares: ArrayLike, alpha: float = 0.05) -> Changed | None:
    """Whether a flow of answers changed between two steps of a watch, safe to read after every answer.

    Per step (a calendar month) the number of answers that came in it, their sum and their sum of squares; answers lie
    within [-1, 1], and the last step may still be going on. It changed when for some split between two steps the
    confidence sequence of everything before and that of everything after do not overlap; of several splits the one
    where they lie furthest apart is given. None when there is none.

    A flow that keeps its mean is called changed, at any time in the whole watch, with probability about `alpha` at
    most. For then one of the sequences must miss that mean at some time. What stands before the splits is one sequence
    that began with the watch, read at its months' ends: with alpha / 2 it misses at none of them but with probability
    alpha / 2. What stands after a split is a sequence that began there, and there are at most twelve: each has
    alpha / 24, together at most alpha / 2 (the union bound). The splits are the calendar's, chosen before any answer.

    Raises ValueError for more than 13 steps, for sums that no such answers have, and unless 0 < alpha < 1.
    """
    found = changes(n, total, sum_of_squares, alpha)
    if found.step < 0:
        return None
    return Changed(
        step=int(found.step),
        before_points=float(found.before_points),
        after_points=float(found.after_points),
        before=Interval(float(found.before_low), float(found.before_high)),
        after=Interval(float(found.after_low), float(found.after_high)),
    )


def changes(n: ArrayLike, total: ArrayLike, sum_of_squares: ArrayLike, alpha: float = 0.05) -> Changes:
    """`change` along the last axis of arrays of one shape (..., steps)."""
    if not 0 < alpha < 1:
        raise ValueError(f"alpha lies between 0 and 1, not at {alpha}")
    sums = np.stack([np.asarray(given, dtype=np.float64) for given in (n, total, sum_of_squares)])
    if sums.ndim < 2 or sums.shape[-1] > MOST_STEPS:
        raise ValueError(f"a watch has {MOST_STEPS} steps at most, not the shape {sums.shape[1:]}")
    before = sums.cumsum(axis=-1)[..., :-1]
    after = sums[..., ::-1].cumsum(axis=-1)[..., -2::-1]
    before_ends = confidence_sequences(before[0], before[1], before[2], alpha / 2)
    after_ends = confidence_sequences(after[0], after[1], after[2], alpha / 2 / (MOST_STEPS - 1))
    apart = np.maximum(before_ends[0] - after_ends[1], after_ends[0] - before_ends[1])
    # One column of nothing, so that there is a widest even where there is no split.
    apart = np.concatenate([np.zeros((*apart.shape[:-1], 1)), np.where(apart > 0, apart, 0)], axis=-1)
    step = apart.argmax(axis=-1)

    def at_step(numbers: Floats) -> Floats:
        padded = np.concatenate([np.full((*numbers.shape[:-1], 1), np.nan), numbers], axis=-1)
        return np.take_along_axis(padded, step[..., None], axis=-1)[..., 0]

    with np.errstate(invalid="ignore"):
        means = [100 * side[1] / side[0] for side in (before, after)]
    columns = [at_step(numbers) for numbers in (*means, *before_ends, *after_ends)]
    return Changes(np.where(step > 0, step, -1), *columns)
