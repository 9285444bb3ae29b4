"""Where the marks of the overview's pictures stand. Templates draw them as inline SVG.

Not Vega here: it fixes text widths, colours and size on the server, while these lines follow the reader's screen,
scheme and direction of writing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from math import ceil, floor

from feedback.gap.values import Gap, MonthRow, PartnerRow, Score

MOST_LINES = 40
MONTHS_WIDTH = 260
MONTHS_HEIGHT = 110
TICKS = (-100, -50, 0, 50, 100)
_HALF_WIDTH = 48.0
"""Per cent of the width from 0 to 100 points: the rest is for marks that stand at the very ends."""
_LINE_HEIGHT = 15


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
    """The widest gaps, from furthest below to furthest above; `of`: how many partners have a gap."""

    lines: tuple[PartnerLine, ...]
    of: int
    ticks: tuple[tuple[int, float], ...]


def partners(rows: Iterable[PartnerRow]) -> PartnerPicture:
    """The picture of all partners that have both sides, at most 40 of them."""
    both = [(row, row.gap) for row in rows if row.gap is not None]
    widest = sorted(both, key=lambda one: (-abs(one[1].points), one[0].name))[:MOST_LINES]
    lines = (_line(row, gap) for row, gap in sorted(widest, key=lambda one: (one[1].points, one[0].name)))
    ticks = tuple((points, across(points)) for points in TICKS)
    return PartnerPicture(tuple(line for line in lines if line is not None), len(both), ticks)


def across(points: float) -> float:
    """Per cent of the width at which a score of -100..100 stands."""
    return round(50 + points * _HALF_WIDTH / 100, 2)


def _line(row: PartnerRow, gap: Gap) -> PartnerLine | None:
    end_user, buyer = _span(row.end_user), _span(row.buyer)
    if end_user is None or buyer is None:
        return None
    return PartnerLine(row, gap, end_user, buyer, users_left=end_user.at <= buyer.at)


def _span(score: Score) -> Span | None:
    if score.score is None:
        return None
    low = across(score.score if score.low is None else score.low)
    high = across(score.score if score.high is None else score.high)
    return Span(across(score.score), low, round(high - low, 2))


@dataclass(frozen=True, slots=True)
class Series:
    """One side over the months. `lines` and `bands` are SVG paths, one for every run of months that have scores."""

    points: tuple[tuple[float, float], ...]
    lines: tuple[str, ...]
    bands: tuple[str, ...]
    latest: float
    label_y: float


@dataclass(frozen=True, slots=True)
class MonthsPicture:
    """Both sides by month, in a box of MONTHS_WIDTH by MONTHS_HEIGHT; bands may reach out of it and are cut off."""

    months: tuple[tuple[str, float], ...]
    end_user: Series | None
    buyer: Series | None
    ticks: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    """From months and points to the box."""

    count: int
    low: int
    high: int

    def x(self, index: int) -> float:
        return round((index + 0.5) * MONTHS_WIDTH / self.count, 1)

    def y(self, points: float) -> float:
        return round(MONTHS_HEIGHT * (self.high - points) / (self.high - self.low), 1)


def months(rows: Sequence[MonthRow]) -> MonthsPicture | None:
    """The picture of each side by month; None with fewer than two, or when no month has a score."""
    scores = [one.score for row in rows for one in (row.end_user, row.buyer) if one.score is not None]
    if len(rows) < 2 or not scores:
        return None
    low, high = _limits(min(scores), max(scores))
    scale = _Scale(len(rows), low, high)
    end_user, buyer = _labels_apart(
        _series([row.end_user for row in rows], scale), _series([row.buyer for row in rows], scale)
    )
    ticks = sorted({low, high, 0} if low < 0 < high else {low, high})
    return MonthsPicture(
        months=_month_labels([row.month for row in rows], scale),
        end_user=end_user,
        buyer=buyer,
        ticks=tuple((points, scale.y(points)) for points in ticks),
    )


def _month_labels(names: Sequence[str], scale: _Scale) -> tuple[tuple[str, float], ...]:
    """The last month and as many before it, evenly, as there is room for."""
    step = ceil(len(names) / (6 if len(names) <= 12 else 4))
    shown = range(len(names) - 1, -1, -step)
    words = (f"{date.fromisoformat(f'{names[index]}-01'):%b}" if len(names) <= 12 else names[index] for index in shown)
    return tuple((word, scale.x(index)) for word, index in zip(words, shown, strict=True))


def _limits(lowest: float, highest: float) -> tuple[int, int]:
    """Multiples of 25 around the scores, at least 50 points apart."""
    low, high = 25 * floor((lowest - 10) / 25), 25 * ceil((highest + 10) / 25)
    return max(-100, low), min(100, max(high, low + 50))


def _series(scores: Sequence[Score], scale: _Scale) -> Series | None:
    found = [
        (scale.x(index), scale.y(one.score), scale.y(_or(one.low, one.score)), scale.y(_or(one.high, one.score)))
        if one.score is not None
        else None
        for index, one in enumerate(scores)
    ]
    runs = [[one for one in run if one] for there, run in groupby(found, key=lambda one: one is not None) if there]
    if not runs:
        return None
    return Series(
        points=tuple((x, y) for run in runs for x, y, _, _ in run),
        lines=tuple(_path([(x, y) for x, y, _, _ in run]) for run in runs if len(run) > 1),
        bands=tuple(_band(run) for run in runs),
        latest=next(one.score for one in reversed(scores) if one.score is not None),
        label_y=runs[-1][-1][1],
    )


def _or(limit: float | None, score: float) -> float:
    return score if limit is None else limit


def _band(run: list[tuple[float, float, float, float]]) -> str:
    if len(run) == 1:  # a month between two without scores: a band needs some width to be seen
        ((x, y, low, high),) = run
        run = [(x - 4, y, low, high), (x + 4, y, low, high)]
    upper = [(x, high) for x, _, _, high in run]
    lower = [(x, low) for x, _, low, _ in reversed(run)]
    return _path(upper + lower) + "Z"


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _labels_apart(end_user: Series | None, buyer: Series | None) -> tuple[Series | None, Series | None]:
    """The same series with labels that do not touch."""
    if end_user is None or buyer is None or abs(end_user.label_y - buyer.label_y) >= _LINE_HEIGHT:
        return end_user, buyer
    middle = (end_user.label_y + buyer.label_y) / 2
    away = _LINE_HEIGHT / 2 if end_user.label_y > buyer.label_y else -_LINE_HEIGHT / 2
    return replace(end_user, label_y=round(middle + away, 1)), replace(buyer, label_y=round(middle - away, 1))
