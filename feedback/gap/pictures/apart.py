"""Both sides of every partner on one line each."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.gap.pictures.scale import Across, across
from feedback.gap.pictures.stakes import Stakes, at_stake
from feedback.gap.values import Gap, Money, PartnerRow, Score

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
    value: Money | None
    """Of the next renewal, where that is what is at stake."""


@dataclass(frozen=True, slots=True)
class PartnerPicture:
    """At most 40 of the partners that have a gap, `of` so many."""

    lines: tuple[PartnerLine, ...]
    of: int
    ticks: tuple[tuple[int, float], ...]
    chosen: str
    """Which ones and in which order, in words."""


def partners(rows: Sequence[PartnerRow], metric: str = "nps") -> PartnerPicture:
    """The partners that have both sides, those with most at stake first."""
    stakes = at_stake(rows)
    both = [(row, row.gap) for row in rows if row.gap is not None]
    ordered = sorted(both, key=lambda one: (-stakes.of[one[0].partner], one[0].name))[:MOST_LINES]
    scale = across(metric)
    lines = tuple(line for row, gap in ordered if (line := _line(row, gap, scale, stakes)) is not None)
    words = f"by {stakes.words}, most first"
    if len(lines) < len(both):
        words = f"the {len(lines)} with most at stake of {len(both):,}, {words}"
    return PartnerPicture(lines, len(both), scale.ticks, words)


def _line(row: PartnerRow, gap: Gap, scale: Across, stakes: Stakes) -> PartnerLine | None:
    end_user, buyer = _span(row.end_user, scale), _span(row.buyer, scale)
    if end_user is None or buyer is None:
        return None
    value = row.renewal.value if stakes.money and row.renewal is not None else None
    return PartnerLine(row, gap, end_user, buyer, users_left=end_user.at <= buyer.at, value=value)


def _span(score: Score, scale: Across) -> Span | None:
    if score.score is None:
        return None
    low = scale.at(score.score if score.low is None else score.low)
    high = scale.at(score.score if score.high is None else score.high)
    return Span(scale.at(score.score), low, round(high - low, 2))
