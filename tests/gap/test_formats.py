"""The report as a file: the same numbers in each."""

import csv
from html.parser import HTMLParser
from io import StringIO

import orjson
import pytest

from feedback.core.spreadsheet import safe_cell
from feedback.gap.formats import as_csv, as_html, as_json
from feedback.gap.schemas import as_dict
from tests.gap.world import World


@pytest.fixture
def filled(world: World) -> World:
    world.partner("acme", 40, name='=HYPERLINK("http://evil.example")')
    world.partner("bolt", 10, name="<script>alert(1)</script> & Söhne")
    world.partner("silent", 5)
    for slug in ("acme", "bolt"):
        world.answers(slug, "end_user", [0, 3, 9, 7], attributes={"team": "<b>sales"})
        world.answers(slug, "buyer", [9, 10, 8])
    return world


def test_the_json_file_is_the_schemas(filled: World) -> None:
    report = filled.values()
    assert orjson.loads(as_json(report)) == as_dict(report)
    assert list(as_dict(report)) == [
        "schema", "metric", "period", "as_of", "headline", "partners", "months", "segments", "quality",
    ]  # fmt: skip


def test_the_csv_has_the_headline_first_and_the_numbers_of_the_json(filled: World) -> None:
    report = filled.values()
    headline, *partners = csv.DictReader(StringIO(as_csv(report)))
    assert headline["row"] == "headline"
    json = as_dict(report)
    for cells, row in zip([headline, *partners], [json["headline"], *json["partners"]], strict=True):
        for side in ("end_user", "buyer"):
            for name in ("score", "low", "high", "people"):
                expected = row[side][name]
                assert cells[f"{side}_{name}"] == ("" if expected is None else str(expected))
        assert cells["gap_points"] == (str(row["gap"]["points"]) if row["gap"] else "")
        assert (cells["from"], cells["to"], cells["metric"]) == ("2026-09-01", "2026-11-30", "nps")
    assert [row["partner"] for row in partners] == [row["partner"] for row in json["partners"]]
    assert float(partners[0]["gap_points"]) == -100 * (1 / 4 + 2 / 3)


def test_a_name_that_could_run_as_a_formula_is_escaped(filled: World) -> None:
    names = [row["name"] for row in csv.DictReader(StringIO(as_csv(filled.values())))]
    assert '\'=HYPERLINK("http://evil.example")' in names


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠a"]
)
def test_cells_that_a_spreadsheet_could_run_get_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Acme", "a=b", "Ünal & Söhne", "1-2"])
def test_other_cells_stay(text: str) -> None:
    assert safe_cell(text) == text


class Reader(HTMLParser):
    """Texts and tags of a page; every attribute that could load something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.loads += [name for name, _ in attrs if name in {"src", "href", "srcset", "action", "data"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_html_is_one_file_that_loads_nothing_and_escapes_names(filled: World) -> None:
    page = Reader()
    report = filled.values()
    html = as_html(report)
    page.feed(html)
    assert page.loads == []
    assert "script" not in page.tags and "b" not in page.tags and "link" not in page.tags
    assert "url(" not in html and "@import" not in html
    assert "<script>alert(1)</script> & Söhne" in page.text
    assert "End users score −25, buyers 67: 92 points below" in page.text
    for note in report.quality.notes:
        assert note in page.text
    for label in ("2026-09", "2026-10", "2026-11", "Partners", "Months", "Segments", "<b>sales", "Licences"):
        assert label in page.text
    assert "@page" in html


def test_the_html_of_nothing_says_that_nothing_counts(world: World) -> None:
    page = Reader()
    page.feed(as_html(world.values()))
    assert "Nothing counts in the headline yet." in page.text
