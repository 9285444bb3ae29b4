"""Every reason to reject a line: the number of the line, what is wrong and what would be right, and its own cells."""

import csv
from pathlib import Path

import pytest

from feedback.core.services import Services
from feedback.imports.kinds import KINDS
from tests.imports.files import bring_in, counts, everything, rejected, with_partners

GOOD = {
    "contracts": {
        "contract_id": "C-1",
        "partner": "acme",
        "name": "Acme",
        "licences": "10",
        "starts_on": "2026-01-01",
        "renews_on": "2027-01-01",
        "yearly_value": "10.50",
        "currency": "EUR",
        "notice_on": "2026-10-01",
        "outcome": "renewed",
        "decided_on": "2026-11-01",
        "renewed_licences": "12",
        "renewed_value": "11",
    },
    "seats": {
        "partner": "acme",
        "seat": "anna",
        "deployed_on": "2026-01-01",
        "left_on": "2026-02-01",
        "attr.team": "Sales",
    },
    "buyer-scores": {
        "partner": "acme",
        "buyer": "cfo",
        "role": "champion",
        "metric": "nps",
        "score": "9",
        "answered_at": "2026-01-01",
        "comment": "fine",
        "reason": "value",
    },
    "responses": {
        "partner": "acme",
        "respondent": "anna",
        "audience": "end_user",
        "metric": "ces",
        "score": "7",
        "answered_at": "2026-01-01T10:00:00+01:00",
        "comment": "fine",
        "locale": "de-CH",
        "response_id": "R-1",
        "attr.team": "Sales",
    },
    "activity": {"partner": "acme", "seat": "anna", "day": "2026-01-01", "onboarding": "yes", "meaningful": "no"},
    "promotions": {"partner": "acme", "day": "2026-01-01", "channel": "mail", "reach": "10", "note": "first"},
}

REASONS = [
    ("contracts", {"partner": ""}, "partner is empty"),
    ("contracts", {"partner": "Acme GmbH"}, "write the partner's slug"),
    ("contracts", {"partner": "nobody", "name": ""}, "There is no partner 'nobody'. Fill in name"),
    ("contracts", {"contract_id": ""}, "contract_id is empty"),
    ("contracts", {"contract_id": "x" * 201}, "contract_id has 201 characters; at most 200"),
    ("contracts", {"name": "x" * 201}, "name has 201 characters"),
    ("contracts", {"licences": ""}, "licences is empty; write a whole number"),
    ("contracts", {"licences": "-1"}, "licences is '-1'"),
    ("contracts", {"licences": "1,000"}, "without separators"),
    ("contracts", {"licences": "3000000000"}, "licences is '3000000000'"),
    ("contracts", {"starts_on": ""}, "starts_on is empty; write a day like"),
    ("contracts", {"starts_on": "2026-02-30"}, "starts_on is '2026-02-30'; write a day like"),
    ("contracts", {"starts_on": "20260101"}, "starts_on is '20260101'"),
    ("contracts", {"starts_on": "0026-01-01"}, "the years from 1970 to 2199"),
    ("contracts", {"renews_on": "2026-01-01"}, "must lie after starts_on"),
    ("contracts", {"yearly_value": "1,200.50"}, "without thousands separators"),
    ("contracts", {"yearly_value": "-5"}, "yearly_value: '-5' is not an amount"),
    ("contracts", {"yearly_value": "1.005"}, "EUR has 2 decimals"),
    ("contracts", {"yearly_value": "5", "currency": ""}, "of no currency; fill in currency"),
    ("contracts", {"yearly_value": "1.5", "currency": "JPY"}, "JPY has 0 decimals"),
    ("contracts", {"currency": "Euro"}, "currency: 'Euro' is not a currency"),
    ("contracts", {"outcome": "lost"}, "outcome is 'lost'; it takes open, renewed, expanded, contracted, churned"),
    ("contracts", {"renewed_licences": "many"}, "renewed_licences is 'many'"),
    ("contracts", {"renewed_value": "much"}, "renewed_value: 'much'"),
    ("seats", {"partner": "nobody"}, "There is no partner 'nobody'. Import its contract with a name first"),
    ("seats", {"partner": ""}, "partner is empty"),
    ("seats", {"seat": ""}, "seat is empty"),
    ("seats", {"seat": "x" * 201}, "seat has 201 characters"),
    ("seats", {"deployed_on": "soon"}, "deployed_on is 'soon'"),
    ("seats", {"left_on": "2025-12-31"}, "lies before deployed_on"),
    ("seats", {"attr.team": "x" * 81}, "attr.team has 81 characters; at most 80"),
    ("buyer-scores", {"buyer": ""}, "buyer is empty"),
    ("buyer-scores", {"role": "boss"}, "role is 'boss'; it takes decision_maker, admin, champion, or nothing"),
    ("buyer-scores", {"metric": ""}, "metric is empty; it takes nps, csat, ces"),
    ("buyer-scores", {"metric": "stars"}, "metric is 'stars'"),
    ("buyer-scores", {"score": ""}, "score is empty; a score of nps is a whole number from 0 to 10"),
    ("buyer-scores", {"score": "11"}, "score is '11'"),
    ("buyer-scores", {"score": "7.5"}, "score is '7.5'"),
    ("buyer-scores", {"score": "٧"}, "score is '٧'"),
    ("buyer-scores", {"metric": "csat", "score": "0"}, "a score of csat is a whole number from 1 to 5"),
    ("buyer-scores", {"metric": "ces", "score": "8"}, "from 1 to 7"),
    ("buyer-scores", {"answered_at": ""}, "answered_at is empty; write a time like"),
    ("buyer-scores", {"answered_at": "yesterday"}, "answered_at is 'yesterday'"),
    ("buyer-scores", {"answered_at": "2026-11-17"}, "lies in the future"),
    ("buyer-scores", {"answered_at": "1969-12-31"}, "the years from 1970 on"),
    ("buyer-scores", {"answered_at": "0001-01-01T00:00:00+23:59"}, "answered_at is '0001-01-01T00:00:00+23:59'"),
    ("buyer-scores", {"comment": "x" * 10_001}, "comment has 10,001 characters; at most 10,000"),
    ("buyer-scores", {"reason": "cheap"}, "reason is 'cheap'; it takes price, value, effort, other, or nothing"),
    ("responses", {"respondent": ""}, "respondent is empty"),
    ("responses", {"audience": "staff"}, "audience is 'staff'; it takes end_user, buyer"),
    ("responses", {"locale": "deutsch!"}, "locale is 'deutsch!'"),
    ("responses", {"response_id": "x" * 201}, "response_id has 201 characters"),
    ("responses", {"comment": "a\0b"}, "NUL"),
    ("responses", {"attr.team": "x" * 81}, "attr.team has 81 characters"),
    ("activity", {"day": "2026-11-17"}, "lies in the future; check the year"),
    ("activity", {"day": ""}, "day is empty"),
    ("activity", {"onboarding": "maybe"}, "onboarding is 'maybe'; write yes or no"),
    ("activity", {"meaningful": "2"}, "meaningful is '2'"),
    ("promotions", {"channel": ""}, "channel is empty"),
    ("promotions", {"channel": "x" * 81}, "channel has 81 characters"),
    ("promotions", {"reach": "all"}, "reach is 'all'"),
    ("promotions", {"note": "x" * 2001}, "note has 2,001 characters"),
]


@pytest.fixture
def kept(services: Services) -> Services:
    with_partners(services, "acme")
    return services


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_line_is_taken_in_full_and_with_the_required_cells_only(
    kept: Services, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.csv"
    assert counts(bring_in(kept, kind, path, _table(GOOD[kind], GOOD[kind]))) == (1, 0, 0, 0, 0)
    assert not path.with_name("file.csv.rejected.csv").exists()
    required = dict.fromkeys(GOOD[kind], "") | {name: GOOD[kind][name] for name in KINDS[kind].required}
    assert bring_in(kept, kind, path, _table(required, required)).rejected == 0


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("dry_run", [True, False], ids=["dry", "real"])
def test_a_wrong_cell_rejects_its_line_and_says_why(kept: Services, kind: str, dry_run: bool, tmp_path: Path) -> None:
    before = everything(kept.database)
    wrong = [(line, reason) for one, line, reason in REASONS if one == kind]
    bad = [{**GOOD[kind], **cells} for cells, _reason in wrong]
    path = tmp_path / "file.csv"
    outcome = bring_in(kept, kind, path, _table(GOOD[kind], *bad), dry_run=dry_run)
    assert counts(outcome) == (0, 0, 0, 0, len(bad))
    assert outcome.rejected_file == path.with_name("file.csv.rejected.csv")
    header, *lines = csv.reader(rejected(path).splitlines(keepends=True))
    assert header == ["rejected_line", "rejected_because", *GOOD[kind]]
    for number, (line, cells, (_wrong, reason)) in enumerate(zip(lines, bad, wrong, strict=True), start=2):
        assert line[0] == str(number)
        assert reason in line[1]
        assert [cell.removeprefix("'") for cell in line[2:]] == [
            cell.replace("\0", "\ufffd") for cell in cells.values()
        ]
    after = everything(kept.database)
    # A declared attribute is no fact: a file may name it although none of its lines is taken.
    assert {**after, "attributes": []} == {**before, "attributes": []}
    assert not dry_run or after == before


def test_lines_of_the_wrong_width_are_rejected(kept: Services, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    text = "partner,day,channel\nacme,2026-01-01\nacme,2026-01-02,mail,\nacme,2026-01-03,mail,more\n"
    assert counts(bring_in(kept, "promotions", path, text)) == (1, 0, 0, 0, 2)
    assert "The line has 2 cells, the header 3" in rejected(path)
    assert "The line has 4 cells, the header 3" in rejected(path)


def test_rejected_lines_stand_in_order_with_their_cells_and_line_numbers(kept: Services, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    text = (
        'partner;day;channel;note;Owner\r\n"nobody";2026-01-01;mail;"two\r\nlines";=1+1\r\nacme;x;mail;M\xfcll;-2\r\n'
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.encode("latin-1").replace(b"nobody", "n🙂".encode()))
    assert counts(bring_in(kept, "promotions", path)) == (0, 0, 0, 0, 2)
    assert rejected(path).startswith("\ufeffrejected_line;rejected_because;partner;day;channel;note;Owner\r\n")
    lines = list(csv.reader(rejected(path).splitlines(keepends=True), delimiter=";"))
    assert [line[0] for line in lines] == ["\ufeffrejected_line", "2", "4"]
    assert lines[1][2:] == ["n🙂", "2026-01-01", "mail", "two\r\nlines", "'=1+1"]
    assert "not UTF-8 (byte 0xfc)" in lines[2][1]
    assert lines[2][2:] == ["acme", "x", "mail", "M?ll", "'-2"]


def test_the_list_can_be_corrected_and_imported(kept: Services, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    text = "partner,day,channel,note\nacme,someday,mail,-10 % for all\nacme,2026-01-02,mail,\n"
    assert counts(bring_in(kept, "promotions", path, text)) == (1, 0, 0, 0, 1)
    again = path.with_name("file.csv.rejected.csv")
    again.write_text(rejected(path).replace("someday", "2026-01-01").replace("\r\n", "\n"))
    outcome = bring_in(kept, "promotions", again)
    assert (counts(outcome), outcome.ignored_columns) == ((1, 0, 0, 0, 0), ())
    assert any("'-10 % for all'" in row for row in everything(kept.database)["promotions"])


def test_a_list_that_no_longer_holds_is_removed_but_nobody_elses_file(kept: Services, tmp_path: Path) -> None:
    path, beside = tmp_path / "file.csv", tmp_path / "file.csv.rejected.csv"
    bring_in(kept, "promotions", path, "partner,day,channel\nacme,someday,mail\n")
    assert beside.exists()
    bring_in(kept, "promotions", path, "partner,day,channel\nacme,2026-01-01,mail\n")
    assert not beside.exists()
    beside.write_text("my,notes\n")
    bring_in(kept, "promotions", path)
    assert beside.read_text() == "my,notes\n"


def _table(columns: dict[str, str], *lines: dict[str, str]) -> str:
    quoted = [[f'"{line[name]}"' for name in columns] for line in lines]
    return "\n".join([",".join(columns), *(",".join(cells) for cells in quoted)]) + "\n"
