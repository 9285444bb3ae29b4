"""A list of the desk as a file: numbers are numbers, texts never run as formulas."""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO

import flask

from feedback.core.spreadsheet import safe_cell
from feedback.gap.words import printable

Cell = str | int | float | None

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDEST = 44


def file(kind: str, name: str, titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> flask.Response:
    """The rows under their titles as `csv` or `xlsx`, to be kept as `name`."""
    return (xlsx_file if kind == "xlsx" else csv_file)(f"{name}.{kind}", titles, rows)


def csv_file(name: str, titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> flask.Response:
    """The rows under their titles as comma-separated lines, to be kept as `name`."""
    text = StringIO()
    lines = csv.writer(text)
    lines.writerow(titles)
    lines.writerows([safe_cell(printable(one)) if isinstance(one, str) else one for one in row] for row in rows)
    return _attached(text.getvalue().encode(), "text/csv", name)


def xlsx_file(name: str, titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> flask.Response:
    """The rows under their titles as a workbook of one sheet, to be kept as `name`."""
    import xlsxwriter

    content = BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, safe) as workbook:
        sheet = workbook.add_worksheet()
        sheet.freeze_panes(1, 1)
        bold = workbook.add_format({"bold": True, "bottom": 1})
        for place, title in enumerate(titles):
            sheet.write_string(0, place, title, bold)
        for line, row in enumerate(rows, start=1):
            for place, one in enumerate(row):
                if isinstance(one, str):
                    sheet.write_string(line, place, printable(one))
                elif one is not None:
                    sheet.write_number(line, place, one)
        sheet.autofit(max_width=8 * _WIDEST)
    return _attached(content.getvalue(), _XLSX, name)


def _attached(content: bytes, mimetype: str, name: str) -> flask.Response:
    response = flask.Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
