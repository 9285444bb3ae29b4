"""Scores by month, and use by month: two lines with their bands."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from feedback.charts import look, scales
from feedback.charts.chart import Chart, Drawing
from feedback.charts.lines import Line, ends, names, points, side, time_axis
from feedback.gap.sentences import points_text, score_words
from feedback.gap.values import MonthRow, Score
from feedback.gap.words import share

_HEIGHT, _PLOT = 180, 150
"""With and without the axis below, px."""


def scores(rows: Sequence[MonthRow], metric: str) -> Chart | None:
    """Each side's score by month; None with fewer than two months, or when none has a score."""
    said = "; ".join(
        f"{row.month}: end users {score_words(row.end_user)}, buyers {score_words(row.buyer)}" for row in rows
    )
    return _chart(
        ("months", "By month", "each side where it answered", f"Scores by month, each side where it answered. {said}."),
        [row.month for row in rows],
        (Line("u", "end users", [row.end_user for row in rows]), Line("b", "buyers", [row.buyer for row in rows])),
        lambda values: scales.around(values, metric),
        points_text,
    )


def use(rows: Sequence[MonthRow]) -> Chart | None:
    """Activation and engagement by month's end; None with fewer than two months, or when none has a number."""
    said = "; ".join(
        f"{row.month}: engaged {share(row.adoption.engagement)}, activated {share(row.adoption.activation)}"
        for row in rows
    )
    return _chart(
        ("use", "Use", "engaged of deployed seats, activated of licences", f"Use by month. {said}."),
        [row.month for row in rows],
        (
            Line("u", "engaged", [as_score(row.adoption.engagement) for row in rows]),
            Line("n", "activated", [as_score(row.adoption.activation) for row in rows]),
        ),
        scales.around_shares,
        lambda value: share(value / 100),
    )


def as_score(value: float | None) -> Score:
    """A share of 0..1 as one without an interval, in per cent."""
    return Score() if value is None else Score(100 * value)


def _chart(
    words: tuple[str, str, str, str],
    months: list[str],
    lines: tuple[Line, Line],
    limits: Callable[[list[float]], tuple[int, int]],
    text: Callable[[float], str],
) -> Chart | None:
    values = [one.score for line in lines for one in line.scores if one.score is not None]
    if len(months) < 2 or not values:
        return None
    low, high = limits(values)
    name, title, about, says = words
    return Chart(
        name=name,
        title=title,
        about=about,
        says=says,
        data={
            **{line.side: points(months, line, text, low, high) for line in lines},
            "ends": ends(months, lines, text, _PLOT / (high - low)),
        },
        wide=Drawing(_spec(tuple(months), low, high, shares=name == "use"), _HEIGHT),
        width_px=460,
    )


@lru_cache(32)
def _spec(months: tuple[str, ...], low: int, high: int, *, shares: bool) -> dict[str, Any]:
    x = time_axis(months)
    y = value_axis(low, high, shares=shares)
    other = "n" if shares else "b"
    layers = [*zero_line(low, high), *side(other, other, x, y, whiskers=False), *side("u", "u", x, y, whiskers=False)]
    chart = alt.layer(*layers, *names("ends", x, y))
    return look.finished(chart, _HEIGHT, padding={"top": 8, "right": 10})


def value_axis(low: int, high: int, *, shares: bool, **scale: Any) -> alt.Y:
    """Points or per cent, with lines at the ends."""
    words = "datum.label + ' %'" if shares else "datum.label"
    axis = alt.Axis(
        values=sorted({low, 0, high} if low < 0 < high else {low, high}),
        labelExpr=words,
        minExtent=40,
        orient="left",
        grid=True,
    )
    return alt.Y("value:Q", title=None, scale=alt.Scale(domain=[low, high], nice=False, zero=False, **scale), axis=axis)


def zero_line(low: int, high: int, **scale: Any) -> list[alt.Chart]:
    """As many happy as unhappy, where the scale has that inside."""
    if not low < 0 < high:
        return []
    rule = alt.Chart(alt.InlineData(values=[{"value": 0}])).mark_rule(color=look.SOFT, strokeDash=[2, 3])
    return [rule.encode(y=value_axis(low, high, shares=False, **scale))]
