"""Scores by month, and use by month."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from math import ceil, floor

from feedback.gap.sentences import points_text, score_words
from feedback.gap.values import MonthRow, Score
from feedback.gap.words import share

WIDTH = 260
HEIGHT = 110
_LINE_HEIGHT = 15


@dataclass(frozen=True, slots=True)
class Series:
    """One line over the months. `lines` and `bands` are SVG paths, one for every run of months that have a value.

    `mark`: `u` a dot, `b` a diamond, in the colours of end users and buyers.
    """

    mark: str
    points: tuple[tuple[float, float], ...]
    lines: tuple[str, ...]
    bands: tuple[str, ...]
    label: str
    label_y: float


@dataclass(frozen=True, slots=True)
class MonthsPicture:
    """At most two lines by month, in a box of WIDTH by HEIGHT; bands may reach out of it and are cut off."""

    title: str
    about: str
    says: str
    months: tuple[tuple[str, float], ...]
    series: tuple[Series, ...]
    ticks: tuple[tuple[str, float], ...]
    zero: float | None


@dataclass(frozen=True, slots=True)
class _Scale:
    """From months and points to the box."""

    count: int
    low: int
    high: int

    def x(self, index: int) -> float:
        return round((index + 0.5) * WIDTH / self.count, 1)

    def y(self, points: float) -> float:
        return round(HEIGHT * (self.high - points) / (self.high - self.low), 1)


def months(rows: Sequence[MonthRow], metric: str = "nps") -> MonthsPicture | None:
    """Each side's score by month; None with fewer than two, or when no month has a score."""
    said = "; ".join(
        f"{row.month}: end users {score_words(row.end_user)}, buyers {score_words(row.buyer)}" for row in rows
    )
    return _picture(
        ("By month", ", each side where it answered", f"Scores by month, each side where it answered. {said}."),
        [row.month for row in rows],
        (("end users", [row.end_user for row in rows]), ("buyers", [row.buyer for row in rows])),
        limits=lambda lowest, highest: _limits(lowest, highest, -100 if metric == "nps" else 0),
        text=points_text,
    )


def use(rows: Sequence[MonthRow]) -> MonthsPicture | None:
    """Activation and engagement by month's end; None with fewer than two, or when no month has a number."""
    engaged = [_share(row.adoption.engagement) for row in rows]
    activated = [_share(row.adoption.activation) for row in rows]
    said = "; ".join(
        f"{row.month}: engaged {share(row.adoption.engagement)}, activated {share(row.adoption.activation)}"
        for row in rows
    )
    return _picture(
        ("Use", ", engaged of deployed seats, activated of licences", f"Use by month. {said}."),
        [row.month for row in rows],
        (("engaged", engaged), ("activated", activated)),
        limits=lambda _, highest: (0, max(25, 25 * ceil(highest / 25))),
        text=lambda points: share(points / 100),
    )


def _share(value: float | None) -> Score:
    return Score() if value is None else Score(100 * value)


def _picture(
    words: tuple[str, str, str],
    names: Sequence[str],
    sides: tuple[tuple[str, list[Score]], tuple[str, list[Score]]],
    *,
    limits: Callable[[float, float], tuple[int, int]],
    text: Callable[[float], str],
) -> MonthsPicture | None:
    scores = [one.score for _, side in sides for one in side if one.score is not None]
    if len(names) < 2 or not scores:
        return None
    low, high = limits(min(scores), max(scores))
    scale = _Scale(len(names), low, high)
    found = [
        series
        for mark, (name, side) in zip("ub", sides, strict=True)
        if (series := _series(mark, name, side, scale, text)) is not None
    ]
    title, about, says = words
    return MonthsPicture(
        title=title,
        about=about,
        says=says,
        months=_month_labels(names, scale),
        series=_labels_apart(found),
        ticks=tuple((text(points), scale.y(points)) for points in (low, high)),
        zero=scale.y(0) if low < 0 < high else None,
    )


def _month_labels(names: Sequence[str], scale: _Scale) -> tuple[tuple[str, float], ...]:
    """The last month and as many before it, evenly, as there is room for."""
    step = ceil(len(names) / (6 if len(names) <= 12 else 4))
    shown = range(len(names) - 1, -1, -step)
    words = (f"{date.fromisoformat(f'{names[index]}-01'):%b}" if len(names) <= 12 else names[index] for index in shown)
    return tuple((word, scale.x(index)) for word, index in zip(words, shown, strict=True))


def _limits(lowest: float, highest: float, floor_points: int) -> tuple[int, int]:
    """Multiples of 25 around the scores, at least 50 points apart."""
    low = min(max(floor_points, 25 * floor((lowest - 10) / 25)), 50)
    return low, min(100, max(25 * ceil((highest + 10) / 25), low + 50))


def _series(
    mark: str, name: str, scores: Sequence[Score], scale: _Scale, text: Callable[[float], str]
) -> Series | None:
    found = [
        (scale.x(index), scale.y(one.score), scale.y(_or(one.low, one.score)), scale.y(_or(one.high, one.score)))
        if one.score is not None
        else None
        for index, one in enumerate(scores)
    ]
    runs = [[one for one in run if one] for there, run in groupby(found, key=lambda one: one is not None) if there]
    if not runs:
        return None
    latest = next(one.score for one in reversed(scores) if one.score is not None)
    return Series(
        mark=mark,
        points=tuple((x, y) for run in runs for x, y, _, _ in run),
        lines=tuple(_path([(x, y) for x, y, _, _ in run]) for run in runs if len(run) > 1),
        bands=tuple(_band(run) for run in runs),
        label=f"{name} {text(latest)}",
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


def _labels_apart(found: list[Series]) -> tuple[Series, ...]:
    """The same series with labels that do not touch."""
    if len(found) < 2 or abs(found[0].label_y - found[1].label_y) >= _LINE_HEIGHT:
        return tuple(found)
    first, second = found
    middle = (first.label_y + second.label_y) / 2
    away = _LINE_HEIGHT / 2 if first.label_y > second.label_y else -_LINE_HEIGHT / 2
    return replace(first, label_y=round(middle + away, 1)), replace(second, label_y=round(middle - away, 1))
