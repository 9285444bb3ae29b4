"""Two lines over months, with what is uncertain about them: layers that more than one chart is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any

import altair as alt

from feedback.charts import look, scales
from feedback.core.months import first_day, month_of
from feedback.gap.values import Score

_LABEL_PX = 15
_MOST_LABELS = 6
_COLOURS = {"u": look.USER, "b": look.BUYER, "n": look.SOFT}


@dataclass(frozen=True, slots=True)
class Line:
    """A value and its interval by month; `side`: drawn as end users (`u`), as buyers (`b`) or as neither (`n`)."""

    side: str
    name: str
    scores: Sequence[Score]


def points(
    months: Sequence[str], line: Line, text: Callable[[float], str], low: int, high: int
) -> list[dict[str, Any]]:
    """A datum for each month; one without a value breaks the line. Intervals are cut off at the ends of the scale."""
    known = [score.score is not None for score in line.scores]
    return [
        {
            "at": scales.of_month(month),
            "value": score.score,
            **_about(month, line.name, score, text, (low, high)),
            "alone": not any(known[max(0, place - 1) : place] + known[place + 1 : place + 2]),
        }
        for place, (month, score) in enumerate(zip(months, line.scores, strict=True))
    ]


def _about(
    month: str, name: str, score: Score, text: Callable[[float], str], limits: tuple[int, int]
) -> dict[str, Any]:
    """The interval, and all of it in words; nothing of a month without a value."""
    if score.score is None:
        return {}
    low, high = (score.score if one is None else one for one in (score.low, score.high))
    between = "" if score.low is None else f", between {text(low)} and {text(high)}"
    return {
        "low": max(limits[0], low),
        "high": min(limits[1], high),
        "month": f"{date.fromisoformat(f'{month}-01'):%B %Y}",
        "line": name,
        "told": f"{text(score.score)}{between}",
    }


def ends(
    months: Sequence[str], lines: Sequence[Line], text: Callable[[float], str], px_per_point: float
) -> list[dict[str, Any]]:
    """The name of each line and its last value, at the right end; moved apart where they would touch."""
    found: list[dict[str, Any]] = []
    for line in lines:
        known = [one.score for one in line.scores if one.score is not None]
        if known:
            at, words = scales.of_month(months[-1]), f"{line.name} {text(known[-1])}"
            found.append({"side": line.side, "at": at, "value": known[-1], "text": words, "dy": 0.0})
    if len(found) == 2:
        above, below = sorted(found, key=lambda one: -one["value"])
        missing = _LABEL_PX - (above["value"] - below["value"]) * px_per_point
        if missing > 0:
            above["dy"], below["dy"] = round(-missing / 2, 1), round(missing / 2, 1)
    return found


def time_axis(months: Sequence[str], field: str = "at") -> alt.X:
    """From the first day of the first month to the last one of the last; at most six months are named."""
    first, last = (month_of(date.fromisoformat(f"{month}-01")) for month in (months[0], months[-1]))
    step = ceil(len(months) / _MOST_LABELS)
    values = [scales.of_month(month) for month in months[::-1][::step]]
    words = "'%b'" if len(months) <= 12 else "'%b %y'"
    return alt.X(
        # A number and not a time: so nothing depends on the reader's clock, and the axis still says months.
        f"{field}:Q",
        title=None,
        scale=alt.Scale(
            domain=[scales.moment(first_day(first)), scales.moment(first_day(last + 1))],
            nice=False,
        ),
        axis=alt.Axis(values=values, grid=False, labelExpr=f"utcFormat(datum.value, {words})"),
    )


def side(data: str, mark: str, x: alt.X, y: alt.Y, *, whiskers: bool) -> list[alt.Chart]:
    """One line with its points, and its intervals as whiskers or, where months stand side by side, as a band."""
    colour = _COLOURS[mark]
    own = alt.Chart(alt.NamedData(data))
    low, high = y.copy(), alt.Y2("high:Q")
    low.shorthand = "low:Q"
    known = own.transform_filter("isValid(datum.low)")
    lone = known if whiskers else known.transform_filter("datum.alone")
    spans = [lone.mark_rule(color=colour, strokeWidth=1.5, opacity=0.45).encode(x=x, y=low, y2=high)]
    if not whiskers:
        spans.insert(0, own.mark_area(color=colour, opacity=0.16).encode(x=x, y=low, y2=high))
    look_of = (
        {"filled": True, "color": colour}
        if mark == "u"
        else {"shape": "diamond" if mark == "b" else "square", "fill": look.PAPER, "stroke": colour, "strokeWidth": 2}
    )
    return [
        *spans,
        own.mark_line(color=colour, strokeWidth=1.75, strokeDash=[1, 0] if mark == "u" else [5, 2]).encode(x=x, y=y),
        known.mark_point(size=55, opacity=1, **look_of).encode(
            x=x, y=y, tooltip=look.told(("month", "Month"), ("line", "Of"), ("told", "Value"))
        ),
    ]


def names(data: str, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """The names at the lines' ends."""
    return [
        alt.Chart(alt.NamedData(data))
        .transform_filter(f"datum.side == '{mark}'")
        .mark_text(align="left", baseline="middle", dx=9, dy=alt.ExprRef(expr="datum.dy"), color=colour)
        .encode(x=x, y=y, text="text:N")
        for mark, colour in _COLOURS.items()
    ]
