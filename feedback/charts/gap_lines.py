"""The gap chart: one line a partner, both scores with their whiskers, those with most at stake first."""

from functools import lru_cache
from typing import Any

import altair as alt

from feedback.charts import look, scales
from feedback.charts.chart import Chart, Drawing, Link
from feedback.gap.sentences import gap_words, points_text, proof_words, score_words
from feedback.gap.stakes import Stakes, at_stake, most_first
from feedback.gap.values import GapReport, PartnerRow, Score
from feedback.gap.words import STATES, count, distance, people

_LINE_PX, _NARROW_LINE_PX = 30, 50
_HEAD_PX, _FOOT_PX = 30, 30
_NUMBER_PX = 34
"""Room for a number beyond the end of the scale."""
_FEW_LINES = 12
"""With more, the scale stands below too."""
_MOST_NAMES_SAID = 5


def draw(report: GapReport, link: Link | None, first: int, most: int) -> Chart | None:
    """The partners that have both sides from place `first` (0 is the first) on; None where nobody has both."""
    stakes = at_stake(report.partners)
    both = [row for row in most_first(report.partners) if row.gap is not None]
    shown = both[first : first + most]
    if not shown:
        return None
    order = f"by {stakes.words}, most first"
    some = f"{count(first + 1)} to {count(first + len(shown))}" if first else f"the {len(shown)} with most at stake"
    low, high = scales.of_metric(report.metric)
    sized = [(_height(len(shown), line), line) for line in (_LINE_PX, _NARROW_LINE_PX)]
    return Chart(
        name="gaps",
        title="Where the two sides part",
        about=f"{some} of {count(len(both))}, {order}" if len(shown) < len(both) else order,
        says=_says(shown, len(both)),
        note="● end users; ◇ buyers; lines: 95 % intervals; bold: more than chance.",
        data={"rows": [_line(place, row, stakes, link) for place, row in enumerate(shown)]},
        wide=Drawing(_spec(low, high, len(shown), narrow=False), sized[0][0]),
        narrow=Drawing(_spec(low, high, len(shown), narrow=True), sized[1][0]),
        width_px=900,
    )


def _height(lines: int, line_px: int) -> int:
    return _HEAD_PX + lines * line_px + (_FOOT_PX if lines > _FEW_LINES else 4)


def _says(rows: list[PartnerRow], of: int) -> str:
    some = "; ".join(f"{row.name}: {gap_words(row.gap)}" for row in rows[:_MOST_NAMES_SAID])
    more = f"; and {count(of - _MOST_NAMES_SAID)} more" if of > _MOST_NAMES_SAID else ""
    return f"The gap of each partner. {some}{more}."


def _line(place: int, row: PartnerRow, stakes: Stakes, link: Link | None) -> dict[str, Any]:
    users, buyers, gap = row.end_user, row.buyer, row.gap
    assert gap is not None  # nosec B101 # noqa: S101 - whoever lacks a side was left out
    line: dict[str, Any] = {
        "place": place,
        "name": row.name,
        "u": users.score,
        "b": buyers.score,
        **_ends("u", users),
        **_ends("b", buyers),
        "u_text": points_text(users.score),
        "b_text": points_text(buyers.score),
        "users_left": (users.score or 0) <= (buyers.score or 0),
        "gap": distance(gap.points),
        "sure": gap.provable,
        "state": row.state.state,
        "judged": STATES[row.state.state],
        "worth": stakes.said(row),
        "users": f"{score_words(users)} ({people(users.people, 'person', 'people')})",
        "buyers": f"{score_words(buyers)} ({people(buyers.people, 'buyer', 'buyers')})",
        "apart": gap_words(gap),
        "proof": proof_words(gap, buyers=buyers.people),
    }
    return line if link is None else {**line, "href": link(row.partner)}


def _ends(name: str, score: Score) -> dict[str, float | None]:
    """The whisker; a score without an interval has one without length."""
    return {
        f"{name}_low": score.score if score.low is None else score.low,
        f"{name}_high": score.score if score.high is None else score.high,
    }


@lru_cache(32)
def _spec(low: int, high: int, lines: int, *, narrow: bool) -> dict[str, Any]:
    step = (high - low) // 4
    ticks = list(range(low, high + 1, step))
    scale = alt.Scale(domain=[low, high], nice=False)
    # In a narrow picture the name stands above its line, in a wide one beside it.
    down = 12 if narrow else 0
    rows = alt.Chart(alt.NamedData("rows"))
    y = alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))

    def x(field: str, *, orient: str = "top") -> alt.X:
        axis = alt.Axis(values=ticks, orient=orient, title=None)  # type: ignore[arg-type]
        return alt.X(f"{field}:Q", scale=scale, axis=axis)

    def whisker(side: str, colour: str, up: int) -> list[alt.Chart]:
        ends = rows.encode(y=y)
        caps = [
            ends.mark_tick(color=colour, thickness=1.5, size=7, opacity=0.7, yOffset=down + up).encode(
                x=x(f"{side}_{end}")
            )
            for end in ("low", "high")
        ]
        line = ends.mark_rule(color=colour, strokeWidth=1.5, opacity=0.7, yOffset=down + up, y2Offset=down + up)
        return [line.encode(x=x(f"{side}_low"), x2=f"{side}_high"), *caps]

    def number(side: str, colour: str, up: int, *, left: bool) -> alt.Chart:
        wanted = "datum.users_left" if left == (side == "u") else "!datum.users_left"
        # Beyond the whisker's end, where nothing else stands.
        end = f"{side}_low" if left else f"{side}_high"
        mark = rows.transform_filter(wanted).mark_text(
            color=colour, align="right" if left else "left", dx=-7 if left else 7, dy=down + up, baseline="middle"
        )
        drawn: alt.Chart = mark.encode(x=x(end), y=y, text=f"{side}_text:N")
        return drawn

    layers = [
        alt.Chart(alt.InlineData(values=[{"at": (low + high) / 2}]))
        .mark_rule(color=look.SOFT, strokeDash=[2, 3])
        .encode(x=x("at")),
        *whisker("b", look.BUYER, 4),
        *whisker("u", look.USER, -4),
        rows.mark_point(filled=True, color=look.USER, size=90, opacity=1, yOffset=down - 4)
        .encode(x=x("u"), y=y, tooltip=_told(), href="href:N")
        .properties(name="end_users"),
        rows.mark_point(
            shape="diamond", fill=look.PAPER, stroke=look.BUYER, strokeWidth=2, size=80, opacity=1, yOffset=down + 4
        )
        .encode(x=x("b"), y=y, tooltip=_told(), href="href:N")
        .properties(name="buyers"),
        *(
            number(side, colour, up, left=left)
            for side, colour, up in (("u", look.USER, -4), ("b", look.BUYER, 4))
            for left in (True, False)
        ),
        *_words(rows, y, narrow=narrow),
    ]
    return look.finished(alt.layer(*layers), _height(lines, _NARROW_LINE_PX if narrow else _LINE_PX))


def _told() -> list[alt.Tooltip]:
    return look.told(
        ("name", "Partner"),
        ("users", "End users"),
        ("buyers", "Buyers"),
        ("apart", "Gap"),
        ("proof", "Proof"),
        ("judged", "State"),
    )


def _words(rows: alt.Chart, y: alt.Y, *, narrow: bool) -> list[alt.Chart]:
    """Names, gaps, what is at stake and states: beside the lines, or in a line of their own above."""
    left, right, up = alt.value(0), alt.value("width"), -12 if narrow else 0
    bold = alt.ExprRef(expr="datum.sure ? 'bold' : 'normal'")
    pointing = alt.ExprRef(expr="isValid(datum.href) ? 'pointer' : 'default'")
    name = rows.mark_text(
        align="left" if narrow else "right",
        dx=-_NUMBER_PX if narrow else -_NUMBER_PX - 8,
        dy=up,
        limit=230 if narrow else 172,
        fontSize=13,
        cursor=pointing,
    )
    gap = rows.mark_text(
        align="right" if narrow else "left",
        dx=_NUMBER_PX if narrow else _NUMBER_PX + 8,
        dy=up,
        fontSize=13,
        fontWeight=bold,
    )
    found = [
        name.encode(x=left, y=y, text="name:N", href="href:N", tooltip=_told()),
        gap.encode(x=right, y=y, text="gap:N"),
    ]
    if not narrow:
        colour, _ = look.by_state()
        state = rows.mark_text(align="left", dx=_NUMBER_PX + 90)
        found.append(state.encode(x=right, y=y, text="judged:N", color=colour))
    return found
