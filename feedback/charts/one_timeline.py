"""One partner's timeline: both scores with whiskers, use below them, and what happened on its day."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from feedback.charts import look, scales
from feedback.charts.by_month import as_score, value_axis, zero_line
from feedback.charts.chart import Chart, Drawing
from feedback.charts.happening import KINDS, Happening
from feedback.charts.lines import Line, ends, names, points, side, time_axis
from feedback.gap.sentences import points_text, score_words
from feedback.gap.values import MonthRow
from feedback.gap.words import day, share

_HEIGHT = 350
_PLOT = 320
_SCORES, _USE, _LANE = (0.0, 0.5), (0.62, 0.86), 0.955
"""Where each part begins and ends, of the plot's height from above."""


def draw(rows: Sequence[MonthRow], metric: str, happenings: Sequence[Happening]) -> Chart | None:
    """Of the months in `rows`; None with fewer than two, or when none of them has any number."""
    months = [row.month for row in rows]
    sides = (Line("u", "end users", [row.end_user for row in rows]), Line("b", "buyers", [row.buyer for row in rows]))
    used = (
        Line("u", "engaged", [as_score(row.adoption.engagement) for row in rows]),
        Line("n", "activated", [as_score(row.adoption.activation) for row in rows]),
    )
    told, shares = (
        [one.score for line in lines for one in line.scores if one.score is not None] for lines in (sides, used)
    )
    if len(months) < 2 or not (told or shares):
        return None
    low, high = scales.around(told or [0], metric)
    _, most = scales.around_shares(shares or [0])
    inside = [one for one in happenings if months[0] <= f"{one.day:%Y-%m}" <= months[-1]]
    px = (_SCORES[1] - _SCORES[0]) * _PLOT / (high - low), (_USE[1] - _USE[0]) * _PLOT / most
    return Chart(
        name="timeline",
        title="Scores, use and what happened",
        about="95 % intervals as whiskers; use at each month’s end",
        says=_says(rows, inside),
        note="; ".join(
            f"{KINDS[kind].sign} {KINDS[kind].words}" for kind in KINDS if any(one.kind == kind for one in inside)
        ),
        data={
            **{line.side: points(months, line, points_text, low, high) for line in sides},
            **{f"{line.side}_use": points(months, line, _per_cent, 0, most) for line in used},
            "ends": ends(months, sides, points_text, px[0]),
            "use_ends": ends(months, used, _per_cent, px[1]),
            "happened": [
                {"at": scales.moment(one.day), "kind": one.kind, "day": day(one.day), "what": one.words}
                for one in inside
            ],
        },
        wide=Drawing(_spec(tuple(months), low, high, most), _HEIGHT),
        width_px=760,
    )


def _per_cent(value: float) -> str:
    return share(value / 100)


def _says(rows: Sequence[MonthRow], happened: Sequence[Happening]) -> str:
    said = "; ".join(
        f"{row.month}: end users {score_words(row.end_user)}, buyers {score_words(row.buyer)}, "
        f"engaged {share(row.adoption.engagement)}"
        for row in rows
    )
    events = "".join(f" {day(one.day)}: {one.words}." for one in happened)
    return f"Timeline. {said}.{events}"


@lru_cache(32)
def _spec(months: tuple[str, ...], low: int, high: int, most: int) -> dict[str, Any]:
    x = time_axis(months)
    above = {"range": [_of_height(_SCORES[1]), _of_height(_SCORES[0])]}
    below = {"range": [_of_height(_USE[1]), _of_height(_USE[0])]}
    score, use = value_axis(low, high, shares=False, **above), value_axis(0, most, shares=True, **below)
    happened = alt.Chart(alt.NamedData("happened"))
    colours = alt.Color(
        "kind:N",
        legend=None,
        scale=alt.Scale(domain=list(KINDS), range=[one.colour for one in KINDS.values()]),
    )
    shapes = alt.Shape(
        "kind:N", legend=None, scale=alt.Scale(domain=list(KINDS), range=[one.shape for one in KINDS.values()])
    )
    lane = alt.layer(
        happened.mark_rule(strokeDash=[2, 3], opacity=0.5).encode(
            x=x, y=alt.value(0), y2=alt.value(_of_height(_LANE)), color=colours
        ),
        happened.mark_point(filled=True, size=80, opacity=1, stroke=look.PAPER, strokeWidth=1).encode(
            x=x,
            y=alt.value(_of_height(_LANE)),
            color=colours,
            shape=shapes,
            tooltip=look.told(("day", "Day"), ("what", "What happened")),
        ),
    )
    scores = alt.layer(
        *zero_line(low, high, **above),
        *side("b", "b", x, score, whiskers=True),
        *side("u", "u", x, score, whiskers=True),
        *names("ends", x, score),
    )
    used = alt.layer(
        *side("n_use", "n", x, use, whiskers=True),
        *side("u_use", "u", x, use, whiskers=True),
        *names("use_ends", x, use),
    )
    chart = alt.layer(lane, scores, used).resolve_scale(y="independent")
    return look.finished(chart, _HEIGHT, padding={"top": 8, "right": 10})


def _of_height(part: float) -> Any:
    return alt.ExprRef(expr=f"{part} * height")
