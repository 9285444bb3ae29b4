"""What changed between two periods: who answered (mix), or how each group answered (rate)."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import fsum, sqrt
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from feedback.stats.elementwise import Floats
from feedback.stats.interval import normal_quantile
from feedback.stats.tally import Tally, require_one_kind, together

Segment = TypeVar("Segment", bound=Hashable)


class Part(NamedTuple):
    """What one segment gave to a change, in points."""

    mix: float
    rate: float

    @property
    def total(self) -> float:
        """Both together, in points."""
        return self.mix + self.rate


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the overall score in points: `total` is exactly `mix` + `rate`.

    `parts` has what each segment gave to both, largest first. `mix` of a segment is centred on the overall mean: a
    growing segment adds when it scores above the whole. `rate_std_error` is in points, from smoothed counts.
    """

    total: float
    mix: float
    rate: float
    parts: Mapping[Hashable, Part]
    rate_std_error: float

    def is_contradicted(self, level: float = 0.95) -> bool:
        """Whether the segments, weighted together, went one way at `level` and the total the other.

        A sign of Simpson's paradox, which speaks of every single segment. The two periods are taken as independent:
        where the same people answered in both, that errs to the side of silence.
        """
        return self.total * self.rate < 0 and abs(self.rate) > normal_quantile(level) * self.rate_std_error


def kitagawa(
    before: Mapping[Segment, Tally],
    after: Mapping[Segment, Tally],
    weights: Mapping[Segment, tuple[float, float]] | None = None,
) -> Change | None:
    """Take a change apart into mix and rate. Kitagawa (1955), JASA 50, 1168-1194.

    `weights` are each segment's (before, after), in any unit; by default the shares of answers. A headline weighted
    by seats needs seats here. A segment without answers on a side has no weight there, and its part is all mix.
    None when either side has no answers with a weight. Raises ValueError for negative weights, segments that
    `weights` lacks, and tallies of different kinds.
    """
    segments = list(dict.fromkeys((*before, *after)))
    if weights is not None:
        _require_weights(weights, segments)
    require_one_kind((*before.values(), *after.values()))
    if len(segments) == 1 and len(before) == len(after) == 1:
        return _of_one(segments[0], before, after, weights)
    old, new = (_side(side, place, segments, weights) for place, side in enumerate((before, after)))
    if old is None or new is None:
        return None
    centre = (fsum(old.means * old.shares) + fsum(new.means * new.shares)) / 2
    there, both = old.counted | new.counted, old.counted & new.counted
    weight = np.where(both, (old.shares + new.shares) / 2, 0.0)
    rates = 100 * weight * (new.means - old.means)
    # A segment on one side alone has its mean there; the other side's is 0, as is what it does not have.
    means = (old.means + new.means) / np.where(both, 2, 1)
    mixes = 100 * (new.shares - old.shares) * (means - centre)
    order = np.argsort(-np.abs(mixes + rates), kind="stable")
    places = order[there[order]].tolist()
    found, given = list(map(Part, mixes.tolist(), rates.tolist())), [segments[place] for place in places]
    mix, rate = fsum(mixes[there]), fsum(rates[there])
    return Change(
        total=mix + rate,
        mix=mix,
        rate=rate,
        parts=dict(zip(given, [found[place] for place in places], strict=True)),
        rate_std_error=100 * sqrt(fsum(weight**2 * (old.variances + new.variances))),
    )


def _of_one(
    segment: Segment,
    before: Mapping[Segment, Tally],
    after: Mapping[Segment, Tally],
    weights: Mapping[Segment, tuple[float, float]] | None,
) -> Change | None:
    """What `kitagawa` comes to where both sides have one segment, the same: all is rate."""
    old, new = before[segment], after[segment]
    if not (old.count and new.count and (weights is None or all(weights[segment]))):
        return None
    rate = 100 * (new.total / new.count - old.total / old.count)
    error = 100 * sqrt(old.smoothed_variance + new.smoothed_variance)
    return Change(total=rate, mix=0.0, rate=rate, parts={segment: Part(0.0, rate)}, rate_std_error=error)


def simpson(before: Mapping[Segment, Tally], after: Mapping[Segment, Tally], level: float = 0.95) -> bool:
    """Whether the total moved against its segments: rate and total disagree in sign, and rate differs from 0.

    By shares of answers; for other weights ask the `Change` that `kitagawa` gives. False when either side is empty.
    """
    change = kitagawa(before, after)
    return change is not None and change.is_contradicted(level)


@dataclass(frozen=True, slots=True)
class _Side:
    """One side by segment: 0 everywhere where it has no answers that weigh anything."""

    counted: NDArray[np.bool_]
    shares: Floats
    means: Floats
    variances: Floats


def _side(
    side: Mapping[Segment, Tally],
    place: int,
    segments: list[Segment],
    weights: Mapping[Segment, tuple[float, float]] | None,
) -> _Side | None:
    """The segments' shares of the weights, adding up to 1; None when no answer weighs anything."""
    tallies = together(side.values())
    if tallies is None:
        return None
    places = {segment: number for number, segment in enumerate(segments)}
    own = np.array([places[segment] for segment in side])
    weight = tallies.count if weights is None else np.array([weights[segment][place] for segment in side], dtype=float)
    counted = (tallies.count > 0) & (weight > 0)
    if not counted.any():
        return None
    own, tallies, weight = own[counted], tallies[counted], weight[counted]
    columns = np.zeros((4, len(segments)))
    columns[:, own] = np.ones(len(own)), weight / fsum(weight), tallies.means, tallies.smoothed_variance
    return _Side(columns[0] > 0, *columns[1:])


def _require_weights(weights: Mapping[Segment, tuple[float, float]], segments: list[Segment]) -> None:
    lacking = [segment for segment in segments if segment not in weights]
    if lacking:
        raise ValueError(f"no weights for {lacking}")
    if any(weight < 0 for pair in weights.values() for weight in pair):
        raise ValueError("a segment cannot weigh less than nothing")
