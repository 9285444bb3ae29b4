"""`feedback gap` as it is typed."""

import csv
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import orjson
import pytest
from openpyxl import load_workbook

from feedback.core.clock import system_clock
from feedback.core.services import Services
from feedback.gap.schemas import as_dict
from tests.cli.conftest import Run
from tests.conftest import FakeClock
from tests.gap.world import World


@pytest.fixture
def world(services: Services, clock: FakeClock) -> World:
    """Two partners who were asked today, by the system's clock, which the command goes by."""
    clock.now = system_clock()
    today, year = clock.now.date(), timedelta(days=365)
    made = World(services)
    for slug in ("acme", "bolt"):
        made.partner(slug, 10, starts_on=today - year, renews_on=today + year)
        made.answers(slug, "end_user", [0, 3, 9, 7], on=today.isoformat())
        made.answers(slug, "buyer", [9, 10, 8], on=today.isoformat())
    return made


def test_the_json_is_the_report(feedback: Run, world: World) -> None:
    code, out, _ = feedback("gap", "--format", "json")
    assert code == 0
    said, expected = orjson.loads(out), world.report()
    said.pop("as_of"), expected.pop("as_of")
    assert said == expected
    assert said["partners"][0]["end_user"]["people"] == 4


def test_the_window_the_metric_and_the_partner_can_be_chosen(feedback: Run, world: World) -> None:
    month = world.services.clock().strftime("%Y-%m")
    query = ("--from", month, "--to", f"{month}-01", "--metric", "nps", "--partner", "bolt")
    _, out, _ = feedback("gap", *query, "--format", "json")
    said = orjson.loads(out)
    assert [row["partner"] for row in said["partners"]] == ["bolt"]
    assert [row["month"] for row in said["months"]] == [month]
    assert orjson.loads(feedback("gap", "--metric", "csat", "--format", "json")[1])["metric"] == "csat"


def test_the_table_has_the_headline_in_words_and_fits_any_width(
    feedback: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.partner("long", 10, name="[red]Aktiengesellschaft für vereinigte Maschinenbauerzeugnisse\x1b[2J")
    for width in (40, 60, 80, 140):
        monkeypatch.setenv("COLUMNS", str(width))
        code, out, _ = feedback("gap")
        assert code == 0
        assert max(map(len, out.splitlines())) <= width
        assert "End users score −25, buyers 67:" in out.replace("\n", " ")
        assert "Acme" in out
        assert "−92" in out or "92 below" in out
        for title in ("State", "Side at risk", "Adoption", "Who is silent"):
            assert title in out.splitlines()
        assert "[red]" in out and "\x1b" not in out


def test_a_file_is_written_where_it_is_wanted(feedback: Run, world: World, tmp_path: Path) -> None:
    for form in ("csv", "html", "table", "json"):
        path = tmp_path / f"report.{form}"
        code, out, err = feedback("gap", "--format", form, "--output", str(path))
        assert (code, out) == (0, "") and str(path) in err
        content = path.read_text()
        assert "Acme" in content
        if form == "json":
            assert orjson.loads(content)["partners"] == as_dict(world.values())["partners"]
        if form == "csv":
            assert [row["row"] for row in csv.DictReader(StringIO(content))] == ["headline", "partner", "partner"]
    path = tmp_path / "report.xlsx"
    assert feedback("gap", "--format", "xlsx", "--output", str(path))[0] == 0
    assert [cell.value for cell in load_workbook(path)["Partners"]["B"]] == ["Partner", "Acme", "Bolt"]
    code, _, err = feedback("gap", "--output", str(tmp_path / "missing" / "file"))
    assert code == 1 and "cannot be written" in err


def test_a_workbook_does_not_go_to_a_terminal(feedback: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    code, out, err = feedback("gap", "--format", "xlsx")
    assert (code, out) == (1, "")
    assert "--output report.xlsx" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from", "2026-13"], "takes a month"),
        (["--to", "2199-01"], "has not begun"),
        (["--partner", "nowhere"], "There is no partner 'nowhere'"),
        (["--metric", "stars"], "nps, csat, ces"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence_and_exit_code_1(feedback: Run, arguments, says) -> None:
    code, out, err = feedback("gap", *arguments)
    assert (code, out) == (1, "")
    assert says in err and "Traceback" not in err
