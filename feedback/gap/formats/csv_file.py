"""The partners as comma-separated lines."""

import csv
from collections.abc import Iterator
from datetime import date
from io import StringIO

from feedback.core.spreadsheet import safe_cell
from feedback.gap.formats import columns
from feedback.gap.formats.columns import Cell, Column
from feedback.gap.values import GapReport, PartnerRow
from feedback.gap.words import printable

_FIRST = (*columns.NAMED, columns.LICENCES, *columns.SIDES, *columns.GAP)
_ABOUT = ("metric", "from", "to", "as_of")
# Later than what the file had first, so that who reads it by position goes on reading the same.
_THEN = (*columns.GAP_OF_ALIKE, *columns.JUDGED)


def as_csv(report: GapReport) -> str:
    """A headline row, then one per partner. Nobody is an empty cell; a text that could run as a formula is escaped."""
    text = StringIO()
    lines = csv.writer(text)
    lines.writerow(("row", *(one.key for one in _FIRST), *_ABOUT, *(one.key for one in _THEN)))
    period = report.period
    about = (report.metric, period.first_day.isoformat(), period.last_day.isoformat(), report.as_of.isoformat())
    lines.writerow(_line("headline", columns.headline_row(report), about))
    lines.writerows(_line("partner", row, about) for row in report.partners)
    return text.getvalue()


def _line(kind: str, row: PartnerRow, about: tuple[str, ...]) -> Iterator[Cell]:
    yield kind
    yield from _cells(_FIRST, row)
    yield from about
    yield from _cells(_THEN, row)


def _cells(chosen: tuple[Column, ...], row: PartnerRow) -> Iterator[Cell]:
    for column in chosen:
        value = column.of(row)
        if isinstance(value, bool):
            yield str(value).lower()
        elif isinstance(value, date):
            yield value.isoformat()
        else:
            yield safe_cell(printable(value)) if isinstance(value, str) else value
