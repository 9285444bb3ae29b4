"""The report as a file: JSON, CSV, a workbook, and one HTML page that prints. The same numbers in all of them."""

from feedback.gap.formats.csv_file import as_csv
from feedback.gap.formats.page import NO_CHARTS, Charts, as_html
from feedback.gap.formats.workbook import as_xlsx
from feedback.gap.schemas import as_json

__all__ = ["NO_CHARTS", "Charts", "as_csv", "as_html", "as_json", "as_xlsx"]
