"""What changed between two periods: who answered (mix), or how each group answered (rate)."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import fsum, sqrt
from typing import NamedTuple, TypeVar

from feedback.stats.interval import normal_quantile
from feedback.stats.tally import Tally, require_one_kind

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
        """Whether segments went one way, surely, and the total the other: Simpson's paradox."""
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
    require_one_kind((*before.values(), *after.values()))
    segments = [*before, *(segment for segment in after if segment not in before)]
    if weights is not None:
        _require_weights(weights, segments)
    old = _shares(before, segments, None if weights is None else {segment: weights[segment][0] for segment in segments})
    new = _shares(after, segments, None if weights is None else {segment: weights[segment][1] for segment in segments})
    if old is None or new is None:
        return None
    centre = fsum(_mean(before[s]) * share for s, share in old.items()) / 2
    centre += fsum(_mean(after[s]) * share for s, share in new.items()) / 2
    parts: dict[Hashable, Part] = {}
    variances = []
    for segment in segments:
        growth = new.get(segment, 0.0) - old.get(segment, 0.0)
        means = [_mean(side[segment]) for side, shares in ((before, old), (after, new)) if segment in shares]
        if len(means) == 2:
            weight = (old[segment] + new[segment]) / 2
            rate = weight * (means[1] - means[0])
            variances.append(weight**2 * (before[segment].smoothed_variance + after[segment].smoothed_variance))
        elif means:
            rate = 0.0
        else:
            continue
        parts[segment] = Part(mix=100 * growth * (sum(means) / len(means) - centre), rate=100 * rate)
    mix, rate = fsum(part.mix for part in parts.values()), fsum(part.rate for part in parts.values())
    return Change(
        total=mix + rate,
        mix=mix,
        rate=rate,
        parts=dict(sorted(parts.items(), key=lambda item: -abs(item[1].total))),
        rate_std_error=100 * sqrt(fsum(variances)),
    )


def simpson(before: Mapping[Segment, Tally], after: Mapping[Segment, Tally], level: float = 0.95) -> bool:
    """Whether the total moved against its segments: rate and total disagree in sign, and rate is surely not 0.

    By shares of answers; for other weights ask the `Change` that `kitagawa` gives. False when either side is empty.
    """
    change = kitagawa(before, after)
    return change is not None and change.is_contradicted(level)


def _shares(
    side: Mapping[Segment, Tally], segments: list[Segment], weights: Mapping[Segment, float] | None
) -> dict[Segment, float] | None:
    """Weights of the segments that have answers, adding up to 1; None when there are none."""
    counted = {
        segment: float(side[segment].count if weights is None else weights[segment])
        for segment in segments
        if segment in side and side[segment].count
    }
    whole = fsum(counted.values())
    return {segment: weight / whole for segment, weight in counted.items() if weight} if whole else None


def _mean(tally: Tally) -> float:
    return tally.total / tally.count


def _require_weights(weights: Mapping[Segment, tuple[float, float]], segments: list[Segment]) -> None:
    lacking = [segment for segment in segments if segment not in weights]
    if lacking:
        raise ValueError(f"no weights for {lacking}")
    if any(weight < 0 for pair in weights.values() for weight in pair):
        raise ValueError("a segment cannot weigh less than nothing")
