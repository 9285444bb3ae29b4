"""The map: buyers' side against end users' side, one dot a partner.

The two probabilities of the judgement would be the truer axes, and the poorer picture: nearly all of them lie close to
0 or 1, so that dots pile up in four corners, and nobody can check one. So a dot stands where it was measured, by
buyers' score and share of licences activated, with lines where the judgement's thresholds lie; its colour and shape
are the judgement, which also knows contracts and direction. A dot whose colour is not its corner's is worth a click.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import pi, sqrt
from typing import Any

import altair as alt

from feedback.charts import look
from feedback.charts.chart import Chart, Drawing, Link
from feedback.charts.labels import Dot, Label, labels
from feedback.gap.sentences import score_words
from feedback.gap.stakes import Stakes, at_stake, most_first
from feedback.gap.tails import MONTHS, TailPoint, Tails
from feedback.gap.values import GapReport, PartnerRow
from feedback.gap.words import STATES, chance, count, people, share

MOST_DOTS = 250
_LONG_LIST = 5
_CALM = ("compounding", "undetermined")
_SMALLEST, _LARGEST = 3.2, 15.0
"""Radii, px."""
_HEIGHT = 370
_ROOM_FOR_WORDS = 330
"""Width of the plot in which two corners stand side by side with their explanation, px."""
_CORNERS = {
    "buyer_friction": "Buyer friction: users only",
    "compounding": "Compounding: both sides",
    "broken_value": "Broken value: neither",
    "pre_churn": "Pre-churn: buyers only",
}


def draw(report: GapReport, link: Link | None, tails: Tails) -> Chart | None:
    """Partners whose use and whose buyers' score are known, the 250 with most at stake; None for fewer than two."""
    stakes = at_stake(report.partners)
    placed = [row for row in most_first(report.partners) if _there(row)]
    if len(placed) < 2:
        return None
    shown = placed[:MOST_DOTS]
    low, high = (-100, 100) if report.metric == "nps" else (0, 100)
    threshold = report.diagnostic.activation_threshold
    of = f"; the {len(shown)} with most at stake of {count(len(placed))}" if len(shown) < len(placed) else ""
    return Chart(
        name="map",
        title="The map",
        about=f"one dot a partner, its size by {stakes.words}{of}",
        says=_says(placed),
        note=_note(len(report.partners) - len(placed), tailed=any(row.partner in tails for row in shown)),
        data={
            "corners": _corners(low, high, threshold),
            "dots": _dots(shown, stakes, low, high, link),
            "tails": [
                {"partner": row.partner, "x": one.buyer_score, "y": min(1.0, one.activation), "month": place}
                for row in shown
                for place, one in enumerate((*tails.get(row.partner, ()), _now(row)))
                if row.partner in tails
            ],
        },
        wide=Drawing(_spec(low, high, threshold), _HEIGHT),
        width_px=480,
    )


def _there(row: PartnerRow) -> bool:
    known = row.state.end_user_ok is not None
    return known and row.buyer.score is not None and row.adoption.activation is not None


def _now(row: PartnerRow) -> TailPoint:
    return TailPoint("", row.buyer.score or 0, row.adoption.activation or 0)


def _dots(rows: Sequence[PartnerRow], stakes: Stakes, low: int, high: int, link: Link | None) -> list[dict[str, Any]]:
    largest = stakes.of[rows[0].partner] or 1
    radii = [max(_SMALLEST, _LARGEST * sqrt(stakes.of[row.partner] / largest)) for row in rows]
    order = sorted(range(len(rows)), key=lambda index: (rows[index].state.state in _CALM, index))
    places = [
        Dot(((row.buyer.score or 0) - low) / (high - low), 1 - min(1.0, row.adoption.activation or 0), radius, row.name)
        for row, radius in zip(rows, radii, strict=True)
    ]
    named = labels(places, order)
    return [
        _dot(row, radius, stakes, named.get(index), link)
        for index, (row, radius) in enumerate(zip(rows, radii, strict=True))
    ]


def _dot(row: PartnerRow, radius: float, stakes: Stakes, label: Label | None, link: Link | None) -> dict[str, Any]:
    sure = "" if row.state.probability is None else f", {chance(row.state.probability)} likely"
    dot: dict[str, Any] = {
        "x": row.buyer.score,
        "y": min(1.0, row.adoption.activation or 0),
        "area": round(pi * radius**2, 1),
        "state": row.state.state,
        "name": row.name,
        "buyers": f"{score_words(row.buyer)} ({people(row.buyer.people, 'buyer', 'buyers')})",
        "use": f"{share(row.adoption.activation)} of licences",
        "judged": f"{STATES[row.state.state]}{sure}",
        "worth": stakes.said(row),
    }
    if link is not None:
        dot["href"] = link(row.partner)
    if label is not None:
        dot |= {"label": label.text, "dx": round(label.dx, 1), "dy": round(label.dy, 1), "align": label.align}
    return dot


def _corners(low: int, high: int, threshold: float) -> list[dict[str, Any]]:
    middle = (low + high) / 2
    places = ((low, middle, threshold, 1), (middle, high, threshold, 1), (low, middle, 0, threshold))
    return [
        {"state": state, "x": x, "x2": x2, "y": y, "y2": y2}
        for state, (x, x2, y, y2) in zip(_CORNERS, (*places, (middle, high, 0, threshold)), strict=True)
    ]


def _says(rows: Sequence[PartnerRow]) -> str:
    parts = []
    for state, words in STATES.items():
        names = [row.name for row in rows if row.state.state == state]
        if names:
            more = f" and {len(names) - _LONG_LIST} more" if len(names) > _LONG_LIST else ""
            listed = "" if state == "undetermined" else f": {', '.join(names[:_LONG_LIST])}{more}"
            parts.append(f"{len(names)} {words}{listed}")
    return f"The map: buyers' score against activation. {'; '.join(parts)}."


def _note(off: int, *, tailed: bool) -> str:
    parts = ["Places are measured; colour and shape are the judgement, which also knows contracts"]
    parts.append(f"{look.SIGNS['undetermined']} undetermined")
    if tailed:
        parts.append("tails lead back through the months before, of those with most at stake")
    if off:
        parts.append(f"{people(off, 'partner is', 'partners are')} not on it: use or buyers’ score is not known")
    return "; ".join(parts) + "."


@lru_cache(16)
def _spec(low: int, high: int, threshold: float) -> dict[str, Any]:
    middle = (low + high) / 2
    colour, shape = look.by_state()
    x = alt.X(
        "x:Q",
        title="buyers’ score →",
        scale=alt.Scale(domain=[low, high], nice=False),
        axis=alt.Axis(values=[low, middle, high], grid=False, offset=20),
    )
    y = alt.Y(
        "y:Q",
        title="activated →",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(
            values=[0, threshold, 1],
            grid=False,
            labelExpr="round(100 * datum.value) + ' %'",
            minExtent=40,
            maxExtent=40,
        ),
    )
    corners = alt.Chart(alt.NamedData("corners"))
    dots = alt.Chart(alt.NamedData("dots"))
    named = dots.transform_filter("isValid(datum.label)").encode(x=x, y=y, text="label:N", href="href:N")
    beside: dict[str, Any] = {name: alt.ExprRef(expr=f"datum.{name}") for name in ("dx", "dy", "align")}
    layers = [
        corners.mark_rect(fillOpacity=0.07).encode(x=x, x2="x2", y=y, y2="y2", color=colour),
        alt.Chart(alt.NamedData("tails"))
        .mark_trail(color=look.SOFT, opacity=0.28)
        .encode(
            x=x,
            y=y,
            detail="partner:N",
            order="month:Q",
            size=alt.Size("month:Q", scale=alt.Scale(domain=[0, MONTHS], range=[0.4, 3]), legend=None),
        ),
        _rule(x=alt.datum(middle)),
        _rule(y=alt.datum(threshold)),
        dots.mark_point(
            filled=True,
            stroke=look.PAPER,
            strokeWidth=1,
            opacity=0.85,
            cursor=alt.ExprRef(expr="isValid(datum.href) ? 'pointer' : 'default'"),
        )
        .encode(
            x=x,
            y=y,
            size=alt.Size("area:Q", scale=None, legend=None),
            color=colour,
            shape=shape,
            href="href:N",
            tooltip=look.told(
                ("name", "Partner"),
                ("buyers", "Buyers"),
                ("use", "Activated"),
                ("judged", "State"),
                ("worth", "At stake"),
            ),
        )
        .properties(name="dots"),
        # Twice: what lies under a name must not be read with it.
        named.mark_text(stroke=look.PAPER, strokeWidth=3, strokeJoin="round", baseline="middle", **beside),
        named.mark_text(baseline="middle", **beside),
        *(layer for state, text in _CORNERS.items() for layer in _corner(state, text)),
    ]
    chart = alt.layer(*layers).resolve_scale(size="independent")
    return look.finished(chart, _HEIGHT, padding={"right": 4})


def _rule(**at: Any) -> alt.Chart:
    once = alt.Chart(alt.NamedData("corners")).transform_filter("datum.state == 'compounding'")
    drawn: alt.Chart = once.mark_rule(color=look.SOFT, strokeDash=[2, 3], strokeWidth=1).encode(**at)
    return drawn


def _corner(state: str, text: str) -> list[alt.Chart]:
    """Its name outside of it, beside the shape of its dots."""
    top, left = state in ("buyer_friction", "compounding"), state in ("buyer_friction", "broken_value")
    own = alt.Chart(alt.NamedData("corners")).transform_filter(f"datum.state == '{state}'")
    colour, edge = look.STATE_COLOURS[state], "0" if left else "width"
    up, short = "-10" if top else "height + 12", text.partition(":")[0]

    def at(inwards_px: int) -> dict[str, Any]:
        across = f"{edge} {'+' if left else '-'} {inwards_px}"
        return {"x": alt.value(alt.ExprRef(expr=across)), "y": alt.value(alt.ExprRef(expr=up))}

    return [
        own.mark_point(filled=True, size=50, opacity=1, color=colour, shape=look.STATE_SHAPES[state]).encode(**at(5)),
        own.mark_text(align="left" if left else "right", baseline="middle", fontSize=11, color=colour).encode(
            **at(14), text=alt.value(alt.ExprRef(expr=f"width < {_ROOM_FOR_WORDS} ? '{short}' : '{text}'"))
        ),
    ]
