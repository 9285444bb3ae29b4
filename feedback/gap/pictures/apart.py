"""Both sides of every partner on one line each."""

from collections.abc import Iterable
from dataclasses import dataclass

from feedback.gap.pictures.scale import Across, across
from feedback.gap.values import Gap, PartnerRow, Score

MOST_LINES = 40


@dataclass(frozen=True, slots=True)
class Span:
    """A score and its interval, in per cent of the picture's width."""

    at: float
    low: float
    width: float


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """One partner's line."""

    row: PartnerRow
    gap: Gap
    end_user: Span
    buyer: Span
    users_left: bool
    """End users score lower, so their number stands on the left."""


@dataclass(frozen=True, slots=True)
class PartnerPicture:
    """At most 40 of the partners that have a gap, `of` so many."""

    lines: tuple[PartnerLine, ...]
    of: int
    ticks: tuple[tuple[int, float], ...]
    chosen: str
    """Which ones and in which order, in words."""


def partners(rows: Iterable[PartnerRow], metric: str = "nps", *, by_licences: bool = False) -> PartnerPicture:
    """Of all partners that have both sides, the widest gaps, from furthest below to furthest above.

    `by_licences`: those with most licences instead, most first.
    """
    both = [(row, row.gap) for row in rows if row.gap is not None]
    if by_licences:
        ordered = sorted(both, key=lambda one: (-(one[0].licences or 0), one[0].name))[:MOST_LINES]
        chosen, order = "with most licences", "most licences first"
    else:
        widest = sorted(both, key=lambda one: (-abs(one[1].points), one[0].name))[:MOST_LINES]
        ordered = sorted(widest, key=lambda one: (one[1].points, one[0].name))
        chosen, order = "with the widest gaps", "furthest below first"
    scale = across(metric)
    lines = tuple(line for row, gap in ordered if (line := _line(row, gap, scale)) is not None)
    words = order if len(lines) == len(both) else f"the {len(lines)} {chosen} of {len(both):,}, {order}"
    return PartnerPicture(lines, len(both), scale.ticks, words)


def _line(row: PartnerRow, gap: Gap, scale: Across) -> PartnerLine | None:
    end_user, buyer = _span(row.end_user, scale), _span(row.buyer, scale)
    if end_user is None or buyer is None:
        return None
    return PartnerLine(row, gap, end_user, buyer, users_left=end_user.at <= buyer.at)


def _span(score: Score, scale: Across) -> Span | None:
    if score.score is None:
        return None
    low = scale.at(score.score if score.low is None else score.low)
    high = scale.at(score.score if score.high is None else score.high)
    return Span(scale.at(score.score), low, round(high - low, 2))
