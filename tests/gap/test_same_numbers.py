"""The same numbers everywhere: JSON against CSV, workbook, page and terminal, one by one."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest

from feedback.cli.gap_table import as_table
from feedback.gap.formats import as_csv, as_html, as_xlsx
from feedback.gap.schemas import as_dict
from feedback.gap.values import GapReport
from tests.gap import made, made_small
from tests.gap.pages import Page

REPORTS = {"portfolio": made.report(), "partner": made_small.of_partner()}
SCORES = [f"{side}.{member}" for side in ("end_user", "buyer") for member in ("score", "low", "high", "people")]
GAP = [f"gap.{member}" for member in ("points", "low", "high", "p_value", "provable")]
ALIKE = ["gap.predictive_low", "gap.predictive_high", "gap.smallest_provable"]
SEATS = [
    f"adoption.{member}"
    for member in (
        "deployed", "active_once", "activated", "engaged", "never", "abandoned", "lapsed", "active", "activation",
        "engagement", "meaningful", "median_days_to_value",
    )
]  # fmt: skip
JUDGED = [
    *ALIKE, "shrunken", "worst_tenth", *SEATS,
    *(f"exposure.{member}" for member in ("promotions", "first_on", "last_on", "reach", "finding")),
    *(f"state.{member}" for member in ("state", "probability", "months", "since", "came_from")),
    "state.end_user_ok", "state.buyer_ok",
    "side_at_risk.side", "side_at_risk.probability", "side_at_risk.facts",
    *(f"doubts.{member}" for member in ("price", "value", "effort", "other")),
    *(
        f"trend.{side}.{member}"
        for side in ("end_user", "buyer", "gap", "engagement")
        for member in ("per_month", "low", "high")
    ),
    "buyer_ages_days", "renewal.renews_on", "renewal.days", "renewal.licences", "renewal.value.minor_units",
    "renewal.value.currency", "renewal.notice_on", "renewal.at_risk", "renewal.why",
    "trust.vendor", "trust.partner", "trust.none", "trust.aside", "vendor_alone", "with_set_aside",
]  # fmt: skip
COLUMNS = ["partner", "name", "licences", *SCORES, *GAP, *JUDGED]
"""What stands in the columns of a partner; the CSV has others between them that say what it is about."""
WORDS = ("side_at_risk.facts", "buyer_ages_days")
"""Lists that stand in one cell."""
SHEETS = {
    "Partners": ("partners", COLUMNS),
    "Months": ("months", ["month", *SCORES, *GAP, *ALIKE, "adoption.licences", *SEATS]),
    "Segments": ("segments", ["attribute", "value", *SCORES, *GAP, *ALIKE, *SEATS]),
    "Cohorts": ("cohorts", ["month", *SEATS]),
    "Renewals": (
        "renewals",
        [
            "renews_on", "days", "band", "name", "partner", "contract_id", "licences", "value.minor_units",
            "value.currency", "signed_value.minor_units", "signed_value.currency",
            "notice_on", "state", "side_at_risk", "at_risk", "why",
        ],
    ),
    "Events": ("events", ["day", "name", "partner", "kind", "audience", "sentence"]),
    "States": ("state.history", ["month", "state", "end_user_ok", "buyer_ok", "reconstructed"]),
}  # fmt: skip


def at(value: Any, path: str) -> Any:
    """The member at this path; None below None. Money as people write it: euros have 2 decimals, yen none."""
    found = value
    for name in path.split("."):
        if found is None:
            return None
        if name == "minor_units":
            return found[name] / {"EUR": 100, "USD": 100, "JPY": 1}[found["currency"]]
        found = found[name]
    return " ".join(map(str, found)) if path in WORDS else found


def numbers(value: Any, *, without: frozenset[str] = frozenset({"histogram"})) -> Iterator[float]:
    """Every number in it."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name not in without:
                yield from numbers(member, without=without)
    elif isinstance(value, list):
        for member in value:
            yield from numbers(member, without=without)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def whole(points: float | None) -> str:
    """To whole points."""
    return "–" if points is None else str(round(points)).replace("-", "−")


def share(value: float | None) -> str:
    """To whole per cent."""
    return "–" if value is None else f"{round(100 * value)} %"


def people(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


@pytest.fixture(params=REPORTS.values(), ids=REPORTS)
def report(request: pytest.FixtureRequest) -> GapReport:
    return request.param


@cache
def workbook(name: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(as_xlsx(REPORTS[name])))


def sheet(report: GapReport, name: str) -> list[tuple[Any, ...]]:
    own = workbook("portfolio" if report.partner is None else "partner")[name]
    return list(own.iter_rows(min_row=2, values_only=True))


def test_the_csv_has_every_number_of_the_partners(report: GapReport) -> None:
    header, headline, *lines = csv.reader(StringIO(as_csv(report)))
    about = {"row", "metric", "from", "to", "as_of"}
    json = as_dict(report)
    rows = [{**json, **json["headline"]}, *json["partners"]]
    of_the_whole = {"end_user", "buyer", "gap", "adoption", "state", "side_at_risk", "doubts", "trend"}
    for line, row in zip([headline, *lines], rows, strict=True):
        cells = [cell for title, cell in zip(header, line, strict=True) if title not in about]
        for path, cell in zip(COLUMNS, cells, strict=True):
            if line is not headline or path.split(".")[0] in of_the_whole:
                assert cell == csv_text(at(row, path)), path


def csv_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


@pytest.mark.parametrize("name", SHEETS)
def test_every_sheet_has_every_number_of_its_rows(report: GapReport, name: str) -> None:
    where, paths = SHEETS[name]
    rows = at(as_dict(report), where)
    lines = sheet(report, name)
    assert rows or report.partner
    for row, line in zip(rows, lines, strict=True):
        for path, cell in zip(paths, line, strict=True):
            expected = at(row, path)
            if isinstance(cell, datetime):
                assert cell.date() == date.fromisoformat(expected), path
            elif isinstance(expected, float):
                assert cell == pytest.approx(expected, rel=1e-12), path
            else:
                assert cell == (expected or None if isinstance(expected, str) else expected), path


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("Summary", ["headline", "state", "side_at_risk", "adoption", "retention", "diagnostic", "trend", "doubts"]),
        ("Silent", ["silent"]),
        ("Quality", ["quality"]),
        ("What changed", ["changes"]),
    ],
)
def test_what_is_said_once_has_every_number_too(report: GapReport, name: str, members: list[str]) -> None:
    cells = [cell for line in sheet(report, name) for cell in line]
    found = sorted(cell for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool))
    notes = " ".join(cell for cell in cells if isinstance(cell, str))
    # Rows of partners stand in their own sheet; months of history too; a count of months or partners in a note.
    apart = frozenset({"histogram", "history", "without_licences", "one_sided", "silent" if name == "Quality" else ""})
    json = as_dict(report)
    expected = [number for member in members for number in numbers(json[member], without=apart)]
    assert len(expected) > 10
    for number in expected:
        assert any(abs(cell - number) < 1e-9 for cell in found) or str(number) in notes, number


def test_the_page_has_the_numbers_of_every_partner(report: GapReport) -> None:
    rows = Page.of(as_html(report)).tables["partners"]
    for cells, row in zip(rows, as_dict(report)["partners"], strict=True):
        name, licences, users, buyers, gap, shrunken, activated, engaged, state, _, renews = cells
        assert (name, licences) == (row["name"], "–" if row["licences"] is None else f"{row['licences']:,}")
        assert users == side(row["end_user"], "person", "people")
        assert buyers == side(row["buyer"], "buyer", "buyers")
        assert gap.startswith("–" if row["gap"] is None else distance(row["gap"]["points"]))
        worst = "" if row["worst_tenth"] is None else f" {likely(row['worst_tenth'])}"
        assert shrunken == whole(row["shrunken"]) + worst
        adoption = row["adoption"]
        assert activated == f"{share(adoption['activation'])} {adoption['activated']:,}"
        assert engaged == f"{share(adoption['engagement'])} {adoption['engaged']:,}"
        assert state.startswith(row["state"]["state"].replace("pre_churn", "pre-churn").replace("_", " "))
        assert likely(row["state"]["probability"]) in state
        if row["renewal"]:
            due = date.fromisoformat(row["renewal"]["renews_on"])
            assert renews.startswith(f"{due.day} {due:%b %Y}")


def side(score: dict[str, Any], one: str, many: str) -> str:
    if score["score"] is None:
        return "–"
    return (
        f"{whole(score['score'])} {whole(score['low'])} to {whole(score['high'])} {people(score['people'], one, many)}"
    )


def distance(points: float) -> str:
    return f"{abs(round(points))} {'below' if points < 0 else 'above'}"


def likely(probability: float) -> str:
    if round(100 * probability) in (0, 100):
        return "under 1 %" if probability < 0.5 else "over 99 %"
    return share(probability)


@pytest.mark.parametrize("section", ["months", "segments", "cohorts"])
def test_the_page_has_the_numbers_of_every_other_row(report: GapReport, section: str) -> None:
    rows = Page.of(as_html(report)).tables[section]
    for cells, row in zip(rows, as_dict(report)[section], strict=True):
        text = " ".join(cells)
        assert cells[0] in (row.get("month"), row.get("attribute"))
        for audience, one, many in (("end_user", "person", "people"), ("buyer", "buyer", "buyers")):
            assert audience not in row or side(row[audience], one, many) in text
        assert "gap" not in row or distance(row["gap"]["points"]) in text
        for member in ("deployed", "activated", "engaged", "never", "abandoned", "lapsed"):
            assert f"{row['adoption'][member]:,}" in text.split()


def test_the_first_page_has_the_headline_numbers(report: GapReport) -> None:
    text, json = Page.of(as_html(report)).text, as_dict(report)
    users, buyers, gap = (json["headline"][name] for name in ("end_user", "buyer", "gap"))
    for score, who in ((users, "people"), (buyers, "buyers")):
        interval = f"{whole(score['low'])} to {whole(score['high'])}"
        assert f"{whole(score['score'])} {interval} {people(score['people'], who, who)}" in text
    assert f"Gap {distance(gap['points'])}" in text
    kept, rate = json["retention"]["contracts"], json["retention"]["contracts"]["rate"]
    assert f"{share(rate)} {share(json['retention']['low'])} to {share(json['retention']['high'])}" in text
    assert f"{kept['kept']} of {kept['due']} contracts due" in text
    assert f"{share(json['adoption']['activation'])} of {json['adoption']['licences']:,} licences" in text
    assert share(json["state"]["probability"]) + " probable" in text
    for fact in (*json["side_at_risk"]["facts"], *json["changes"]["sentences"], *json["quality"]["notes"][:3]):
        assert fact in text
    for name, count in json["silent"]["funnel"].items():
        assert f"{count:,}" in text, name


def test_the_terminal_has_the_numbers_of_every_row(report: GapReport) -> None:
    lines = as_table(report, to_file=True).splitlines()
    json = as_dict(report)
    for row in (*json["partners"], *json["months"], *json["segments"]):
        key = row.get("month") or row.get("value") or row["name"].split()[0][:12]
        audiences = [terminal(row[audience]) for audience in ("end_user", "buyer")]
        fitting = [line for line in lines if key in line and all(text in line for text in audiences)]
        assert fitting, (key, audiences)
        assert row["gap"] is None or any(distance(row["gap"]["points"]) in line for line in fitting)
        assert any(share(row["adoption"]["engagement"]) in line for line in fitting)
    text = " ".join(" ".join(lines).split())
    users, buyers = json["headline"]["end_user"], json["headline"]["buyer"]
    assert f"End users score {whole(users['score'])}, buyers {whole(buyers['score'])}" in text
    for member in ("licences", "deployed", "activated", "engaged", "never", "abandoned", "lapsed"):
        assert f"{json['adoption'][member]:,}" in text
    for one in (*json["side_at_risk"]["facts"], *json["quality"]["notes"], json["diagnostic"]["sentence"]):
        assert one in text


def terminal(score: dict[str, Any]) -> str:
    if score["score"] is None:
        return "–"
    return f"{whole(score['score'])} ({whole(score['low'])} to {whole(score['high'])}) of {score['people']}"
