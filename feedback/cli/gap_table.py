"""The gap report as tables for a terminal of any width."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from feedback.cli import gap_lines as say
from feedback.gap.sentences import NOTHING, headline_words, points_text
from feedback.gap.values import Gap, GapReport, Score
from feedback.gap.words import (
    BANDS,
    EVENTS,
    SIDES,
    STATES,
    count,
    day,
    distance,
    gap_interval,
    money,
    printable,
    share,
    tenths,
)

_WIDE = 130
_MIDDLE = 74
_WIDTH_OF_A_FILE = 140
_MOST_PARTS = 5


@dataclass(frozen=True, slots=True)
class _Column:
    """One column; `least`: the terminal's width from which there is room for it."""

    title: str
    of: Callable[[Any], str | Text]
    right: bool = True
    least: int = 0


def as_table(report: GapReport, *, to_file: bool) -> str:
    """The whole report: what matters first, then tables; more columns where the terminal has room for them."""
    terminal = Console(width=_WIDTH_OF_A_FILE if to_file else None)
    written = StringIO()
    console = Console(
        file=written,
        width=terminal.width,
        force_terminal=terminal.is_terminal and not to_file,
        color_system=terminal.color_system if terminal.is_terminal and not to_file else None,  # type: ignore[arg-type]
        highlight=False,
        emoji=False,
    )
    period = report.period
    of = f" · {report.partners[0].name}" if report.partner else ""
    unfinished = " (not over)" if period.partial else ""
    console.print(_plain(f"{report.metric.upper()} · {period.first_day} to {period.last_day}{unfinished}{of}"))
    for sentence in dict.fromkeys((report.sentence, headline_words(report.headline))):
        console.print(_plain(sentence), style="bold")
    for title, lines in say.sections(report):
        _lines(console, title, lines)
    _tables(console, report)
    for title, lines in say.closing(report):
        _lines(console, title, lines)
    return written.getvalue()


def _tables(console: Console, report: GapReport) -> None:
    wide = console.width >= _WIDE
    sides = (
        _Column("End users", lambda row: _score(row.end_user, wide=wide)),
        _Column("Buyers", lambda row: _score(row.buyer, wide=wide)),
        _Column("Gap", lambda row: _gap(row.gap, wide=wide), right=not wide),
    )
    use = (
        _Column("Activ.", lambda row: share(row.adoption.activation), least=_MIDDLE),
        _Column("Engag.", lambda row: share(row.adoption.engagement), least=_MIDDLE),
    )
    name = _Column("Partner", lambda row: _plain(row.name), right=False)
    state = _Column("State", lambda row: STATES[row.state.state], right=False, least=_MIDDLE)
    _table(
        console,
        "",
        report.partners,
        (name, _Column("Lic.", lambda row: count(row.licences), least=_MIDDLE), *sides, *use, state),
    )
    _table(console, "", report.months, (_Column("Month", lambda row: row.month, right=False), *sides, *use))
    _table(console, "", report.segments, (*_segment(), *sides, *use[1:]))
    _table(console, "Seats by month of deployment", report.cohorts, _cohort())
    _changes(console, report)
    renewal_state = _Column("State", lambda row: STATES[row.state], right=False)
    _table(
        console,
        "Renewals, past due and within 120 days",
        report.renewals,
        (
            _Column("Renews", lambda row: str(row.renews_on)),
            _Column("Days", lambda row: points_text(row.days), least=_MIDDLE),
            name,
            _Column("Lic.", lambda row: count(row.licences), least=_MIDDLE),
            _Column("A year", lambda row: money(row.value)),
            renewal_state,
            _Column("Side at risk", lambda row: SIDES[row.side_at_risk], right=False, least=_WIDE),
            _Column("Why", lambda row: _plain(row.why), right=False, least=_WIDE),
        ),
    )
    _table(console, "What comes due", report.value_due, _due())
    _table(
        console,
        "Events",
        report.events,
        (
            _Column("Day", lambda row: str(row.day)),
            name,
            _Column("Kind", lambda row: EVENTS[row.kind], right=False, least=_MIDDLE),
            _Column("What happened", lambda row: _plain(row.sentence), right=False),
        ),
    )
    if report.partner:
        _table(console, "Buyers", report.partners[0].buyers, _buyers())


def _segment() -> tuple[_Column, ...]:
    return (
        _Column("Attribute", lambda row: _plain(row.attribute), right=False),
        _Column("Value", lambda row: _plain(row.value), right=False),
    )


def _cohort() -> tuple[_Column, ...]:
    return (
        _Column("Month", lambda row: row.month, right=False),
        _Column("Deployed", lambda row: count(row.adoption.deployed)),
        _Column("Activated", lambda row: count(row.adoption.activated)),
        _Column("Engaged", lambda row: count(row.adoption.engaged)),
        _Column("Never", lambda row: count(row.adoption.never), least=_MIDDLE),
        _Column("Left early", lambda row: count(row.adoption.abandoned), least=_MIDDLE),
        _Column("Lapsed", lambda row: count(row.adoption.lapsed), least=_MIDDLE),
    )


def _due() -> tuple[_Column, ...]:
    return (
        _Column("When", lambda row: BANDS[row.band], right=False),
        _Column("Contracts", lambda row: count(row.contracts)),
        _Column("At risk", lambda row: count(row.at_risk_contracts)),
        _Column("A year", lambda row: money(row.value)),
        _Column("At risk", lambda row: money(row.at_risk)),
    )


def _buyers() -> tuple[_Column, ...]:
    return (
        _Column("Buyer", lambda row: _plain(row.name or NOTHING), right=False),
        _Column("Role", lambda row: _plain(row.role or NOTHING), right=False, least=_MIDDLE),
        _Column("Score", lambda row: str(row.score)),
        _Column("Answered", lambda row: day(row.answered_on)),
        _Column("Reason", lambda row: _plain(row.reason or NOTHING), right=False),
    )


def _changes(console: Console, report: GapReport) -> None:
    columns = (
        _Column("", lambda row: _plain(row.name), right=False),
        _Column("Change", lambda row: tenths(row.total)),
        _Column("Of it mix", lambda row: tenths(row.mix)),
        _Column("Of it rate", lambda row: tenths(row.rate)),
    )
    for who, side in (("End users", report.changes.end_user), ("Buyers", report.changes.buyer)):
        found = [("partner", side.by_partner)] if side.by_partner else []
        for by, change in (*found, *((one.attribute, one.change) for one in side.by_attribute)):
            # The largest are what a terminal is asked for; files have them all.
            title = f"{who} since {day(report.changes.first_day)}, by {by}: {tenths(change.total)}, of it "
            title += f"{tenths(change.mix)} mix and {tenths(change.rate)} rate"
            _table(console, title, change.parts[:_MOST_PARTS], columns)


def _table(console: Console, title: str, rows: Sequence[Any], columns: Sequence[_Column]) -> None:
    if not rows:
        return
    shown = [column for column in columns if console.width >= column.least]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in shown:
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=column.right,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(column.of(row) for column in shown))
    console.print()
    if title:
        console.print(_plain(title), style="bold")
    console.print(table)


def _lines(console: Console, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    console.print()
    if title:
        console.print(_plain(title), style="bold")
    for line in lines:
        console.print(_plain(line))


def _score(score: Score, *, wide: bool) -> str:
    """`12 (−3 to 27) of 40`: points, interval, people."""
    if score.score is None:
        return NOTHING
    interval = "" if score.low is None or not wide else f" ({points_text(score.low)} to {points_text(score.high)})"
    return f"{points_text(score.score)}{interval} of {score.people}"


def _gap(gap: Gap | None, *, wide: bool) -> Text:
    """Bold and marked with * when more than chance: colour alone would not reach everybody."""
    if gap is None:
        return Text(NOTHING)
    interval = gap_interval(gap) if wide else ""
    words = distance(gap.points) if wide else points_text(gap.points)
    words += f" ({interval})" if interval else ""
    return Text(f"{words} *" if gap.provable else words, style="bold" if gap.provable else "")


def _plain(text: str) -> Text:
    """Names come from outside: no markup, and nothing that a terminal would obey."""
    return Text(printable(text))
