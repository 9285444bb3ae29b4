"""The report as a file: what each format promises beside the numbers."""

import csv
import zipfile
from dataclasses import replace
from datetime import datetime
from io import BytesIO, StringIO

import openpyxl
import orjson
import pytest
from markupsafe import Markup

from feedback.cli.gap_table import as_table
from feedback.core.spreadsheet import safe_cell
from feedback.gap.formats import Charts, as_csv, as_html, as_json, as_xlsx
from feedback.gap.schemas import as_dict
from feedback.gap.values import GapReport
from tests.gap import made, made_small
from tests.gap.pages import Page

SIZES = {
    "everything": made.report(),
    "a thousand": made.report(1000),
    "one": made.report(1),
    "no partners": made.report(0),
    "one partner's own": made_small.of_partner(),
    "nothing": made_small.of_nothing(),
}
HOSTILE = (
    '=HYPERLINK("http://evil.example")',
    "<script>alert(1)</script> & Söhne",
    '"><img src=x onerror=alert(1)>',
    "\x1b[2J\x1b]0;owned\x07",
    "two\r\n=1+1,lines",
    "[red]rich[/red] :smile:",
    "{{ 7 * 7 }}{% raw %}",
    "turned \u202egnp.exe",
    "+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3\x00",
)


@pytest.fixture
def hostile() -> GapReport:
    """Every name, slug, attribute and value in it was chosen to break out of a file."""
    return made.report(len(HOSTILE), names=HOSTILE, values=HOSTILE)


@pytest.mark.parametrize("report", SIZES.values(), ids=SIZES)
def test_every_format_writes_reports_of_every_size(report: GapReport) -> None:
    assert orjson.loads(as_json(report)) == as_dict(report)
    assert len(list(csv.DictReader(StringIO(as_csv(report))))) == len(report.partners) + 1
    workbook = openpyxl.load_workbook(BytesIO(as_xlsx(report)))
    assert workbook["Partners"].max_row == len(report.partners) + 1
    page = Page.of(as_html(report))
    assert report.sentence in page.text
    assert len(page.tables["partners"] if report.partners else ()) == len(report.partners)
    assert report.sentence in " ".join(as_table(report, to_file=True).split())


def test_the_json_file_is_indented_and_in_the_order_of_the_values() -> None:
    report = made.report(2)
    text = as_json(report, indented=True)
    assert text.startswith(b'{\n  "schema": 1,\n  "metric": "nps"')
    assert text.endswith(b"}\n")
    assert orjson.loads(text) == as_dict(report)


def test_the_csv_has_the_headline_first_and_new_columns_last() -> None:
    header, headline, *partners = csv.reader(StringIO(as_csv(made.report(3))))
    assert header[:23] == [
        "row", "partner", "name", "licences",
        "end_user_score", "end_user_low", "end_user_high", "end_user_people",
        "buyer_score", "buyer_low", "buyer_high", "buyer_people",
        "gap_points", "gap_low", "gap_high", "gap_p_value", "gap_provable",
        "metric", "from", "to", "as_of", "gap_predictive_low", "gap_predictive_high",
    ]  # fmt: skip
    assert len(set(header)) == len(header)
    assert (headline[0], headline[17:20]) == ("headline", ["nps", "2026-09-01", "2026-11-30"])
    assert [row[0] for row in partners] == ["partner"] * 3


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠a"]
)
def test_cells_that_a_spreadsheet_could_run_get_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Acme", "a=b", "Ünal & Söhne", "1-2"])
def test_other_cells_stay(text: str) -> None:
    assert safe_cell(text) == text


def test_no_name_runs_in_a_comma_separated_file(hostile: GapReport) -> None:
    text = as_csv(hostile)
    rows = list(csv.DictReader(StringIO(text)))
    assert len(rows) == len(HOSTILE) + 1
    assert not any(row["name"].startswith(tuple("=+-@")) for row in rows)
    assert '\'=HYPERLINK("http://evil.example")' in [row["name"] for row in rows]
    assert {one for one in text if ord(one) < 32} == {"\r", "\n"}
    assert "\u202e" not in text


def test_no_name_runs_in_a_workbook(hostile: GapReport) -> None:
    content = as_xlsx(hostile)
    with zipfile.ZipFile(BytesIO(content)) as parts:
        names = parts.namelist()
        sheets = [parts.read(name) for name in names if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) >= 10
    assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)
    assert not any("external" in name.lower() or "vba" in name.lower() for name in names)
    workbook = openpyxl.load_workbook(BytesIO(content))
    cells = [cell.value for (cell,) in workbook["Partners"].iter_rows(min_row=2, min_col=2, max_col=2)]
    assert '=HYPERLINK("http://evil.example")' in cells
    assert "\ufffd[2J\ufffd]0;owned\ufffd" in cells
    assert all(cell.data_type == "s" for (cell,) in workbook["Partners"].iter_rows(min_row=2, min_col=2, max_col=2))


def test_no_name_breaks_out_of_the_page(hostile: GapReport) -> None:
    html = as_html(hostile)
    page = Page.of(html)
    assert not page.loads
    assert not {"script", "img", "link", "a", "iframe", "form", "red"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert "url(" not in html and "@import" not in html
    for name in ("<script>alert(1)</script> & Söhne", "{{ 7 * 7 }}{% raw %}", '"><img src=x onerror=alert(1)>'):
        assert [row[0] for row in page.tables["partners"]].count(name) == 1
        assert [row[1] for row in page.tables["segments"]].count(name) == 1
    assert not [one for one in html if ord(one) < 32 and one != "\n"]
    assert "\u202e" not in html


def test_no_name_moves_a_terminal(hostile: GapReport) -> None:
    text = as_table(hostile, to_file=True)
    assert "[red]rich[/red] :smile:" in text
    assert not [one for one in text if ord(one) < 32 and one != "\n"]
    assert "\u202e" not in text


def test_names_in_every_script_stay_as_they_are() -> None:
    names = ("مجموعة النخيل", "קבוצת האלון", "می\u200cخواهم", "岩葉フーズ", "ক্\u200dষ", "Ünal\u00a0GmbH", "👩\u200d🚀")
    report = made.report(len(names), names=names)
    rows = list(csv.DictReader(StringIO(as_csv(report))))
    assert sorted(row["name"] for row in rows[1:]) == sorted(names)
    assert {row[0] for row in Page.of(as_html(report)).tables["partners"]} == set(names)


def test_the_workbook_has_its_sheets_with_fixed_titles_numbers_and_days() -> None:
    workbook = openpyxl.load_workbook(BytesIO(as_xlsx(made.report())))
    assert workbook.sheetnames == [
        "Summary", "Partners", "Months", "Segments", "Cohorts", "What changed", "Renewals", "Silent", "Events",
        "Quality", "States",
    ]  # fmt: skip
    for sheet in workbook:
        assert sheet.freeze_panes[-1] == "2"
        titles = [cell.value for cell in sheet[1]]
        assert all(titles) and len(set(titles)) == len(titles)
    renewal = {cell.value: workbook["Renewals"].cell(2, cell.column) for cell in workbook["Renewals"][1]}
    assert isinstance(renewal["Renews on"].value, datetime)
    assert renewal["Renews on"].number_format == "yyyy-mm-dd"
    assert (renewal["Licences"].data_type, renewal["Value per year"].data_type) == ("n", "n")
    assert isinstance(renewal["At risk"].value, bool)
    assert workbook["Partners"].column_dimensions["B"].width > 20


def test_a_partners_own_workbook_names_its_buyers() -> None:
    workbook = openpyxl.load_workbook(BytesIO(as_xlsx(made_small.of_partner())))
    assert [cell.value for cell in workbook["Buyers"]["A"]] == ["Buyer", "Ada Ünal", None]
    assert "Buyers" not in openpyxl.load_workbook(BytesIO(as_xlsx(made.report(1)))).sheetnames


def test_the_same_report_gives_the_same_workbook() -> None:
    assert as_xlsx(made.report(5)) == as_xlsx(made.report(5))
    assert as_xlsx(made.report(5)) != as_xlsx(made.report(5, seed=8))


def test_the_page_shows_the_charts_that_it_is_given_and_says_where_there_are_none() -> None:
    drawn = Charts(map=Markup("<p>the map</p>"), gaps=Markup("<p>the gaps</p>"), months=Markup("<p>the months</p>"))
    text = Page.of(as_html(made.report(5), drawn)).text
    assert all(words in text for words in ("the map", "the gaps", "the months"))
    assert "No picture yet" in Page.of(as_html(made.report(5))).text


def test_the_first_page_names_at_most_six_renewals_and_counts_the_others() -> None:
    report = made.report()
    page = Page.of(as_html(report))
    risky = [one for one in report.renewals if one.at_risk]
    assert len(page.front_renewals) == 6
    calm = len(report.renewals) - len(risky)
    assert f"{len(risky) - 6} smaller ones at risk in the list of renewals; {calm} others look safe" in page.text


def test_money_of_two_currencies_is_never_added() -> None:
    report = made.report()
    text = Page.of(as_html(report)).text
    for currency in ("EUR", "JPY"):
        due = [one for one in report.renewals if one.value and one.value.currency == currency]
        assert due
    assert (
        text.count("Past due or due within 120 days, and at risk: EUR 650,000 of EUR 791,000 a year; JPY 1.8 M of") == 1
    )


def test_the_page_of_nothing_says_that_nothing_counts() -> None:
    page = Page.of(as_html(made_small.of_nothing()))
    assert "Nothing counts in the headline yet." in page.text
    assert "Too little is known to name one." in page.text
    assert "No contract is past due or comes due within 120 days." in page.text


def test_a_share_of_happy_people_is_drawn_on_its_own_scale() -> None:
    report = replace(made.report(2), metric="csat")
    assert "End users, CSAT" in Page.of(as_html(report)).text
