"""Lists as files: the same rows, no formula, and a line in the audit log where what people wrote leaves."""

import csv
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from tests.desk.conftest import Visitor
from tests.desk.speaking import audited, say
from tests.gap.world import World

FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def acme(world: World) -> World:
    """A partner with comments, a renewal that is near, and somebody who may be called."""
    world.partner("acme", 40, name="Acme", renews_on=world.services.clock().date().replace(month=12))
    say(world, "acme", FORMULA, locale="de")
    say(world, "acme", "We like it", audience="buyer", score=9)
    return world


def lines(visitor: Visitor, path: str) -> list[list[str]]:
    """The lines of a file, the titles first."""
    found = visitor.get(path)
    assert (found.status_code, found.mimetype) == (200, "text/csv")
    assert "attachment" in found.headers["Content-Disposition"] and found.headers["Cache-Control"] == "no-store"
    return list(csv.reader(StringIO(found.text)))


def test_comments_leave_as_they_are_filtered_and_that_is_written_down(visitor: Visitor, acme: World) -> None:
    visitor.come_in("researcher")
    _, *rows = lines(visitor, "/desk/comments.csv?audience=end_user")
    assert [(row[0], row[1], row[-1]) for row in rows] == [("Acme", "end user", f"'{FORMULA}")]
    assert len(lines(visitor, "/desk/comments.csv?q=like")) == 2
    (first, second) = audited(acme.services, "comment.exported")
    assert first.detail == {"audience": "end_user", "count": 1} and second.detail == {"q": True, "count": 1}
    sheet = load_workbook(BytesIO(visitor.client.get("/desk/comments.xlsx").data)).active
    assert sheet is not None
    assert {row[-1].value for row in sheet.iter_rows(min_row=2)} == {FORMULA, "We like it"}
    assert {row[-1].data_type for row in sheet.iter_rows(min_row=2)} == {"s"}


def test_decisions_renewals_and_the_call_list_leave_as_files(visitor: Visitor, acme: World) -> None:
    visitor.come_in("researcher")
    fields = {"title": FORMULA, "finding": "Slow", "owner": "Ann", "number": "gap", "expected": "Five points"}
    assert visitor.post("/desk/decisions", **fields, review_on="2026-12-24", partner="acme").status_code == 303
    (decision,) = lines(visitor, "/desk/decisions.csv")[1:]
    assert decision[:4] == [f"'{FORMULA}", "Acme", "Slow", "Ann"]
    (renewal,) = lines(visitor, "/desk/renewals.csv")[1:]
    assert renewal[:4] == ["acme", "Acme", "one", "2026-12-15"]
    assert lines(visitor, "/desk/call-list.csv")[0][:2] == ["partner", "address"]
    assert [one.detail for one in audited(acme.services, "contact.exported")] == [{"count": 0}]


@pytest.mark.parametrize("path", ["/desk/comments.csv", "/desk/comments.xlsx", "/desk/call-list.csv"])
def test_who_reads_no_comments_gets_none_as_a_file(visitor: Visitor, acme: World, path: str) -> None:
    assert acme
    visitor.come_in("analyst")
    assert visitor.get(path).status_code == 403


def test_no_other_kind_of_file_is_made(visitor: Visitor, acme: World) -> None:
    assert acme
    visitor.come_in("admin")
    for path in ("/desk/decisions.pdf", "/desk/settings/partners.ods", "/desk/settings/staff.json"):
        assert visitor.get(path).status_code == 404
    for path in ("/desk/settings/partners.xlsx", "/desk/settings/staff.xlsx", "/desk/settings/staff.csv"):
        assert visitor.client.get(path).status_code == 200
