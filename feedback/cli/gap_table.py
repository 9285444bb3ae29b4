"""The gap report as tables for a terminal of any width."""

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from feedback.gap.sentences import NOTHING, gap_words, headline_words, points_text
from feedback.gap.values import Gap, GapReport, MonthRow, PartnerRow, Score, SegmentRow

_WIDE = 110
_NARROW = 60
_WIDTH_OF_A_FILE = 140

Row = PartnerRow | MonthRow | SegmentRow


def as_table(report: GapReport, *, to_file: bool) -> str:
    """Headline, partners, months, segments and notes; with intervals where the terminal is wide enough for them."""
    terminal = Console(width=_WIDTH_OF_A_FILE if to_file else None)
    written = StringIO()
    console = Console(
        file=written,
        width=terminal.width,
        force_terminal=terminal.is_terminal and not to_file,
        color_system=terminal.color_system if terminal.is_terminal and not to_file else None,  # type: ignore[arg-type]
        highlight=False,
    )
    period = report.period
    of = f" · {report.partners[0].name}" if report.partner else ""
    unfinished = " (not over)" if period.partial else ""
    console.print(_plain(f"{report.metric.upper()} · {period.first_day} to {period.last_day}{unfinished}{of}"))
    console.print(_plain(headline_words(report.headline)), style="bold")
    if console.width < _NARROW:
        _print(console, ["Partner"], [((row.name,), row) for row in report.partners])
    else:
        _print(console, ["Partner", "Licences"], [((row.name, _licences(row)), row) for row in report.partners])
    _print(console, ["Month"], [((row.month,), row) for row in report.months])
    _print(console, ["Attribute", "Value"], [((row.attribute, row.value), row) for row in report.segments])
    rows: tuple[Row, ...] = (*report.partners, *report.months, *report.segments)
    if any(row.gap is not None and row.gap.provable for row in rows):
        console.print()
        console.print("* more than chance")
    for note in report.quality.notes:
        console.print()
        console.print(_plain(note))
    return written.getvalue()


def _print(console: Console, titles: Sequence[str], rows: Sequence[tuple[Sequence[str], Row]]) -> None:
    if not rows:
        return
    wide = console.width >= _WIDE
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in titles:
        right = title == "Licences"
        table.add_column(title, justify="right" if right else "left", overflow="fold", no_wrap=right)
    for title in ("End users", "Buyers"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Gap", justify="left" if wide else "right", no_wrap=not wide)
    for labels, row in rows:
        scores = (_wide(row.end_user), _wide(row.buyer)) if wide else (_narrow(row.end_user), _narrow(row.buyer))
        table.add_row(*map(_plain, labels), *scores, _gap(row.gap, wide=wide))
    console.print()
    console.print(table)


def _wide(score: Score) -> str:
    """`12 (−3 to 27) of 40`: points, interval, people."""
    if score.score is None:
        return NOTHING
    interval = "" if score.low is None else f" ({points_text(score.low)} to {points_text(score.high)})"
    return f"{points_text(score.score)}{interval} of {score.people}"


def _narrow(score: Score) -> str:
    return NOTHING if score.score is None else f"{points_text(score.score)} of {score.people}"


def _gap(gap: Gap | None, *, wide: bool) -> Text:
    """Bold and marked with * when more than chance: colour alone would not reach everybody."""
    if gap is None:
        return Text(NOTHING)
    words = gap_words(gap) if wide else points_text(gap.points)
    return Text(f"{words} *" if gap.provable else words, style="bold" if gap.provable else "")


def _licences(row: PartnerRow) -> str:
    return NOTHING if row.licences is None else str(row.licences)


def _plain(text: str) -> Text:
    """Names come from outside: no markup, and no control character that a terminal would obey."""
    return Text("".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text))
