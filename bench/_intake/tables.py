"""What the bench of the intake prints, and what it finds out of bounds."""

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Column, Table

from bench._intake.freshness import Freshness
from bench._intake.rounds import Result
from bench._intake.scenarios import Ran

RESPONSES_RATIO, RESPONSES_P99, ROUTE_RATIO = 0.6, 2.0, 3.0
"""Answers: of the floor's rate at least, of its 99th percentile at most, of the plain route's rate at least."""
ACTIVITY_RATIO, IMPRESSIONS_RATIO = 0.5, 1.0
"""Pings of a bare counter's rate, grants of the answers' rate."""
FRESH_S, DRAINED_S, BEHIND_S = 2.0, 3.0, 3.0
"""From an answer to the report at the 95th percentile; until the inbox is empty after full load; and how many seconds'
worth of answers may wait in it meanwhile."""
_NAMES = {"responses": "answers", "impressions": "grants", "activity": "pings", "mixture": "mixture"}


def rates(title: str, ran: Mapping[str, Ran]) -> Table:
    """Medians of the rounds, and of the ratios of each with the lowest and the highest."""
    columns = ("floor/s", "service/s", "ratio", "bound", "p50", "p99", "floor's p99", "ratio of p99")
    caption = "in ms; the mixture has 20 pings and 5 grants to 1 answer"
    table = Table(Column("", no_wrap=True), *columns, title=title, caption=caption)
    bounds = {"responses": f"{RESPONSES_RATIO:g}", "activity": f"{ACTIVITY_RATIO:g}"}
    for name, one in ran.items():
        floor, service = one.results["floor"], one.results["service"]
        table.add_row(
            _NAMES[name],
            f"{floor.per_second:,.0f}",
            f"{service.per_second:,.0f}",
            str(service.rate_by(floor)),
            bounds.get(name, ""),
            f"{service.p50_ms:.1f}",
            f"{service.p99_ms:.1f}",
            f"{floor.p99_ms:.1f}",
            str(service.p99_by(floor)),
        )
        if (route := one.results.get("route")) is not None:
            ratio, bound = str(service.rate_by(route)), f"{ROUTE_RATIO:g}"
            table.add_row("Flask route", f"{route.per_second:,.0f}", "", ratio, bound, "", "", f"{route.p99_ms:.1f}")
    if {"responses", "impressions"} <= ran.keys():
        grants, answers = (ran[name].results["service"] for name in ("impressions", "responses"))
        table.add_row("grants by answers", "", "", str(grants.rate_by(answers)), f"{IMPRESSIONS_RATIO:g}")
    return table


def fresh(title: str, found: Freshness) -> Table:
    """From an answer to the report."""
    table = Table("load", "answers/s", "what", "found", "bound", title=title)
    full, half = f"{found.full_per_s:,.0f}", f"{found.half_per_s:,.0f}"
    most = BEHIND_S * found.full_per_s
    table.add_row("full", full, "deepest inbox", f"{found.deepest:,}", f"{most:,.0f}")
    table.add_row("full", full, "empty afterwards", f"{found.drained_s:.1f} s", f"{DRAINED_S:g} s")
    table.add_row("half", half, "answer to report, median", f"{found.late(0.5):.2f} s", "")
    table.add_row(
        "half",
        half,
        f"answer to report, 95 of 100 of {len(found.late_s)}",
        f"{found.late(0.95):.2f} s",
        f"{FRESH_S:g} s",
    )
    table.add_row("half", half, "acknowledged, 99 of 100", f"{found.half_p99_ms:.0f} ms", "")
    return table


def out_of_bounds(ran: Mapping[str, Ran]) -> Iterator[str]:
    """What is slower than it may be, lost or refused, in words."""
    for name, one in ran.items():
        yield from (f"{_NAMES[name]}: {text}" for text in one.wrong)
    for name, bound in (("responses", RESPONSES_RATIO), ("activity", ACTIVITY_RATIO)):
        if name in ran:
            results = ran[name].results
            yield from _below(_NAMES[name], results["service"], "floor's", results["floor"], bound)
    if "responses" in ran:
        results = ran["responses"].results
        yield from _below("answers", results["service"], "plain Flask route's", results["route"], ROUTE_RATIO)
        tail = results["service"].p99_by(results["floor"])
        if tail.median > RESPONSES_P99:
            yield f"answers: their 99th percentile is {tail} times the floor's, not {RESPONSES_P99:g} at most"
        if "impressions" in ran:
            grants = ran["impressions"].results["service"]
            yield from _below("grants", grants, "answers'", results["service"], IMPRESSIONS_RATIO)


def stale(found: Freshness) -> Sequence[str]:
    """What comes too late, in words."""
    wrong = list(found.wrong)
    if found.late(0.95) > FRESH_S:
        wrong.append(f"answer to report: {found.late(0.95):.2f} s, not {FRESH_S:g} at most")
    if found.deepest > BEHIND_S * found.full_per_s:
        wrong.append(f"the fold is behind: {found.deepest:,} waited at {found.full_per_s:,.0f} a second")
    if found.drained_s > DRAINED_S:
        wrong.append(f"the fold is behind: {found.drained_s:.1f} s after full load until the inbox was empty")
    return wrong


def _below(what: str, one: Result, whose: str, other: Result, bound: float) -> Iterator[str]:
    ratio = one.rate_by(other)
    if ratio.median < bound:
        yield f"{what}: {ratio} of the {whose} rate, not {bound:g} at least"
