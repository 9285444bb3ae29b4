"""The report as one workbook: numbers and days are real cells, texts never run, nothing in it leads outside."""

from collections.abc import Mapping
from datetime import UTC, date
from io import BytesIO
from typing import Any

from feedback.gap.formats.columns import Cell, Column, Kind
from feedback.gap.formats.facts import Fact
from feedback.gap.formats.sheets import Sheet, sheets
from feedback.gap.values import GapReport
from feedback.gap.words import printable

_SHOWN: Mapping[Kind, str] = {
    "text": "@",
    "sentence": "@",
    "whole": "#,##0",
    "points": "0.0",
    "share": "0.0 %",
    "probability": "0.000",
    "money": "#,##0.00",
    "day": "yyyy-mm-dd",
    "flag": "General",
}
_WIDTHS: Mapping[Kind, int] = {"sentence": 60, "text": 14, "day": 12}
_LONGEST = 32_767
_WIDEST = 44


def as_xlsx(report: GapReport) -> bytes:
    """The workbook. The same report gives the same bytes."""
    import xlsxwriter

    content = BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, safe) as workbook:
        made = report.as_of.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        workbook.set_properties({"title": "Gap report", "created": made})
        title = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        shown = {
            kind: workbook.add_format({"num_format": form, "valign": "top", "text_wrap": kind == "sentence"})
            for kind, form in _SHOWN.items()
        }
        for sheet in sheets(report):
            _fill(workbook.add_worksheet(sheet.name), sheet, title, shown)
    return content.getvalue()


def _fill(worksheet: Any, sheet: Sheet, title: Any, shown: Mapping[Kind, Any]) -> None:
    worksheet.freeze_panes(1, sheet.fixed)
    worksheet.set_landscape()
    worksheet.set_paper(9)  # A4
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(0)
    for place, column in enumerate(sheet.columns):
        worksheet.write_string(0, place, column.title, title)
        worksheet.set_column(place, place, _width(column, sheet))
        for line, row in enumerate(sheet.rows, start=1):
            # The values of facts are of many kinds, those of a table's column of one.
            kind = row.kind if isinstance(row, Fact) and column.key in ("value", "low", "high") else column.kind
            _write(worksheet, line, place, column.of(row), shown[kind])
    if sheet.rows:
        worksheet.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)


def _write(worksheet: Any, line: int, place: int, value: Cell, form: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        worksheet.write_boolean(line, place, value, form)
    elif isinstance(value, str):
        worksheet.write_string(line, place, printable(value)[:_LONGEST], form)
    elif isinstance(value, date):
        worksheet.write_datetime(line, place, value, form)
    else:
        worksheet.write_number(line, place, value, form)


def _width(column: Column, sheet: Sheet) -> int:
    least = _WIDTHS.get(column.kind, 11)
    if column.kind != "text":
        return least
    longest = max((len(str(column.of(row) or "")) for row in sheet.rows), default=0)
    return min(_WIDEST, max(least, longest + 2))
