"""Partners ranked fairly: shrunken scores, and who is probably among the worst tenth."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from feedback.gap.measures import Counts, tallies
from feedback.stats import rollup


def shrunken(metric: str, histograms: Counts) -> list[float | None]:
    """End users' scores of partners (partners, 11), drawn towards what partners are like, in points."""
    return list(_once(rollup.shrink, metric, histograms))


def worst_tenth(metric: str, histograms: Counts) -> list[float | None]:
    """Each partner's probability of truly being among the worst tenth, 0..1."""
    return list(_once(rollup.worst_tenth, metric, histograms))


def _once(function: Callable[..., list[float | None]], metric: str, histograms: Counts) -> tuple[float | None, ...]:
    small = np.ascontiguousarray(histograms, dtype=np.int64)
    return _computed(function, metric, small.shape[0], small.tobytes())


@lru_cache(maxsize=32)
def _computed(
    function: Callable[..., list[float | None]], metric: str, rows: int, counts: bytes
) -> tuple[float | None, ...]:
    """By the counts themselves, so that nothing is computed twice while they stand, and nothing is ever stale."""
    return tuple(function(tallies(metric, np.frombuffer(counts, dtype=np.int64).reshape(rows, 11))))
