"""From histograms to scores and gaps, by metric. Points: nps -100..100; csat and ces 0..100 (share of successes).

Histograms are integer arrays whose last axis has eleven counts, and of two sides end users come first.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from feedback.gap.once import FEW, once
from feedback.gap.values import Gap, Score
from feedback.stats import gap as stats_gap
from feedback.stats import nps, proportion

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Tallies = nps.Tallies | proportion.Tallies
Tally = nps.Tally | proportion.Tally

END_USER, BUYER = 0, 1
SUCCESSES = {"csat": (4, 5), "ces": (5, 7)}
"""The scores that count as a success, lowest and highest."""
LEVEL = 0.95
NO_SCORE = Score()


def tallies(metric: str, histograms: Counts) -> Tallies:
    """The counts that the statistics of `metric` need, of the shape of `histograms` less its last axis."""
    if metric == "nps":
        return nps.Tallies.from_histograms(histograms)
    lowest, highest = SUCCESSES[metric]
    successes = histograms[..., lowest : highest + 1].sum(axis=-1)
    return proportion.Tallies(successes, histograms.sum(axis=-1) - successes)


@once
def scores(metric: str, histograms: Counts) -> Sequence[Score]:
    """The score of each row's people, each counting the same, with its score interval."""
    if len(histograms) <= FEW:  # one by one is faster, and intervals computed before are remembered
        return [_score(one_tally(metric, own), own) for own in histograms]
    counted = tallies(metric, histograms)
    low, high = counted.limits(LEVEL)
    rows = zip(
        (100 * counted.means).tolist(),
        (100 * low).tolist(),
        (100 * high).tolist(),
        counted.count.tolist(),
        histograms.tolist(),
        strict=True,
    )
    return [Score(score, low, high, n, tuple(own)) if n else NO_SCORE for score, low, high, n, own in rows]


@once
def gaps(metric: str, sides: Counts, buyers_known: Counts | None = None) -> Sequence[Gap | None]:
    """The gap of each row of `sides` (rows, 2, 11); None where either side has nobody.

    With `buyers_known` (rows): `low` and `high` are about these very buyers.
    """
    if len(sides) <= FEW:
        known = [None] * len(sides) if buyers_known is None else buyers_known.tolist()
        return [_gap(metric, own, buyers) for own, buyers in zip(sides, known, strict=True)]
    end_users, buyers = tallies(metric, sides[:, END_USER]), tallies(metric, sides[:, BUYER])
    found = stats_gap.estimates(end_users, buyers, LEVEL, buyers_known)
    rows = zip(
        none_for_nan(found.points),
        found.low.tolist(),
        found.high.tolist(),
        none_for_nan(found.p_value),
        found.provable.tolist(),
        found.predictive_low.tolist(),
        found.predictive_high.tolist(),
        none_for_nan(stats_gap.minimum_detectables(end_users.count, buyers.count)),
        strict=True,
    )
    return [
        None if points is None else Gap(points, low, high, p_value, provable, likely_low, likely_high, least)
        for points, low, high, p_value, provable, likely_low, likely_high, least in rows
    ]


def _score(counted: Tally, histogram: Counts) -> Score:
    if not counted.count:
        return NO_SCORE
    low, high = counted.limits(LEVEL)
    return Score(100 * counted.total / counted.count, 100 * low, 100 * high, counted.count, tuple(histogram.tolist()))


def _gap(metric: str, sides: Counts, buyers_known: int | None) -> Gap | None:
    end_user, buyer = (one_tally(metric, sides[side]) for side in (END_USER, BUYER))
    found = stats_gap.estimate(end_user, buyer, LEVEL, buyers_known)
    likely = found if buyers_known is None else stats_gap.estimate(end_user, buyer, LEVEL)
    if found is None or likely is None:
        return None
    least = stats_gap.minimum_detectable(end_user.count, buyer.count)
    return Gap(found.points, found.low, found.high, found.p_value, found.provable, likely.low, likely.high, least)


def none_for_nan(values: Floats) -> list[float | None]:
    """As a list, with None for the nan that stands for "not known" in arrays."""
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124


def known(value: float) -> float | None:
    """None for the nan that stands for "not known" in arrays."""
    return None if value != value else value  # noqa: PLR0124


def both(sides: Counts) -> NDArray[np.bool_]:
    """Which rows of `sides` (rows, 2, 11) have somebody on each side."""
    there: NDArray[np.bool_] = (sides.sum(axis=-1) > 0).all(axis=-1)
    return there


def each_tally(metric: str, histograms: Counts) -> list[Tally]:
    """The counts of each row of `histograms` (rows, 11)."""
    kind: type[Tally] = nps.Tally if metric == "nps" else proportion.Tally
    return [kind(*own) for own in np.stack(tallies(metric, histograms).columns, axis=-1).tolist()]


def one_tally(metric: str, histogram: Counts) -> Tally:
    """The counts of one histogram (11)."""
    if metric == "nps":
        return nps.Tally.from_histogram(histogram.tolist())
    lowest, highest = SUCCESSES[metric]
    successes = int(histogram[lowest : highest + 1].sum())
    return proportion.Tally(successes, int(histogram.sum()) - successes)
