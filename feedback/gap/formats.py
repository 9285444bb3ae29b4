"""The report as a file: JSON, CSV, and one HTML page that prints. The same numbers in all of them."""

import csv
from io import StringIO

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from feedback.core.spreadsheet import safe_cell
from feedback.gap import sentences
from feedback.gap.schemas import as_dict
from feedback.gap.values import Gap, GapReport, Headline, PartnerRow, Score

_SIDE = ("score", "low", "high", "people")
_COLUMNS = (
    "row",
    "partner",
    "name",
    "licences",
    *(f"end_user_{name}" for name in _SIDE),
    *(f"buyer_{name}" for name in _SIDE),
    "gap_points",
    "gap_low",
    "gap_high",
    "gap_p_value",
    "gap_provable",
    "metric",
    "from",
    "to",
    "as_of",
)


def as_json(report: GapReport) -> bytes:
    """What the API answers."""
    return orjson.dumps(as_dict(report), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def as_csv(report: GapReport) -> str:
    """A headline row, then one per partner. Nobody is an empty cell; a text that could run as a formula is escaped."""
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(_COLUMNS)
    period = (report.period.first_day.isoformat(), report.period.last_day.isoformat())
    about = (report.metric, *period, report.as_of.isoformat())
    rows.writerow(("headline", "", "", "", *_numbers(report.headline), *about))
    for row in report.partners:
        known = ("" if row.licences is None else row.licences, *_numbers(row))
        rows.writerow(("partner", safe_cell(row.partner), safe_cell(row.name), *known, *about))
    return text.getvalue()


def as_html(report: GapReport) -> str:
    """One file without anything outside it, for screens and A4."""
    return _PAGES.get_template("gap-report.html").render(report=report)


def _numbers(row: Headline | PartnerRow) -> tuple[object, ...]:
    return (*_side(row.end_user), *_side(row.buyer), *_gap(row.gap))


def _side(score: Score) -> tuple[object, ...]:
    return (score.score, score.low, score.high, score.people)


def _gap(gap: Gap | None) -> tuple[object, ...]:
    if gap is None:
        return ("",) * 5
    return (gap.points, gap.low, gap.high, gap.p_value, str(gap.provable).lower())


_PAGES = Environment(
    loader=PackageLoader("feedback.gap"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {"points": sentences.points_text, "gap_words": sentences.gap_words}
_PAGES.globals |= {"headline_words": sentences.headline_words, "proof_words": sentences.proof_words}
