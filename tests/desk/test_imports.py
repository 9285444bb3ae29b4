"""Imports by upload: the columns of a file, the check, the import, and the list of rejected lines."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from feedback.imports import running
from feedback.imports.models import ImportMapping
from tests.desk.conftest import Visitor
from tests.desk.importing import COLUMNS, GOOD, PAGE, files, order, promotions, send, signed_in, uploaded, work
from tests.desk.reading import statements, text
from tests.desk.speaking import audited
from tests.imports.files import bring_in


@pytest.fixture
def admin(visitor: Visitor) -> Visitor:
    """An admin who has the page open; there is one partner."""
    return signed_in(visitor)


def test_a_file_is_uploaded_its_columns_chosen_checked_and_imported(admin: Visitor, bell) -> None:
    here = uploaded(admin, GOOD)
    page = admin.client.get(here, follow_redirects=True).text
    assert re.search(r'name="column-0".*?<option value="partner" selected>', page)
    assert re.search(r'name="column-1".*?<option value="day" selected>', page)
    assert "All that is needed was found" in page and "newsletter" in page and "=1+1" in page
    assert admin.post(f"{here}/columns", **COLUMNS).status_code == 303
    assert bell.rung == ["imports"]
    assert "being checked" in admin.get(here).text and "Waiting for a worker" in admin.get(here).text
    assert work(admin) == 1
    page = admin.get(here).text
    assert "nothing was changed yet" in page
    assert "lines 2 new 1 revised 0 unchanged 0 repeated in the file 0 rejected 1" in text(page)
    assert "3 day is 'soon'; write a day like 2026-11-15." in text(page)
    assert promotions(admin) == []
    assert admin.post(f"{here}/import").status_code == 303
    assert admin.post(f"{here}/import").status_code == 303, "pressed twice it is once"
    assert work(admin) == 1
    assert "The file is imported" in admin.get(here).text
    assert promotions(admin) == ["newsletter"]
    assert files(admin) == ["file.csv.rejected.csv"], "the file names people: it goes"
    entry = audited(admin.services, "import.finished")[0]
    assert (entry.actor, entry.target, entry.detail["kind"]) == ("staff:ann@example.com", "p.csv", "promotions")
    assert (entry.detail["created"], entry.detail["rejected"]) == (1, 1)


def test_the_list_of_rejected_lines_is_the_one_of_the_command_and_lasts_a_week(admin: Visitor, clock) -> None:
    here = uploaded(admin, GOOD)
    admin.post(f"{here}/columns", **COLUMNS)
    work(admin)
    admin.post(f"{here}/import")
    work(admin)
    answer = admin.client.get(f"{here}/rejected.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=rejected-promotions-")
    assert answer.headers["Cache-Control"] == "no-store", "it holds people"
    assert answer.text.splitlines() == [
        "rejected_line,rejected_because,Account,Date,Medium,Owner",
        "3,day is 'soon'; write a day like 2026-11-15.,acme,soon,mail,'=1+1",
    ]
    answer.close()
    clock.forward(days=7, minutes=1)
    work(admin)
    assert files(admin) == []
    link = admin.staff("ben@example.com", role="admin")
    admin.get(link)
    admin.post(link)
    assert admin.get(f"{here}/rejected.csv").status_code == 404
    assert "The list was deleted" in admin.get(here).text


def test_a_mapping_that_was_kept_is_chosen_for_the_next_file_of_that_header(admin: Visitor) -> None:
    here = uploaded(admin, GOOD)
    assert admin.post(f"{here}/columns", **{**COLUMNS, "column-3": "note", "name": " Our  CRM "}).status_code == 303
    with admin.services.database.reading() as session:
        kept = session.scalars(select(ImportMapping)).one()
    assert (kept.kind, kept.name, kept.changed_by) == ("promotions", "Our CRM", "staff:ann@example.com")
    assert kept.maps == ["partner=Account", "day=Date", "channel=Medium", "note=Owner"]
    assert len(audited(admin.services, "import_mapping.saved")) == 1
    again = uploaded(admin, "medium,ACCOUNT,owner,date\nmail,acme,Ben,2026-03-01\n")
    page = admin.client.get(again, follow_redirects=True).text
    assert "Chosen as in the mapping" in page
    assert re.search(r'name="column-2".*?<option value="note" selected>', page), "a guess would leave Owner alone"
    here = uploaded(admin, GOOD)
    assert admin.post(f"{here}/columns", **{**COLUMNS, "column-3": "note"}, name="Our CRM").status_code == 303
    assert len(audited(admin.services, "import_mapping.saved")) == 1, "it says the same"
    other = uploaded(admin, "a,b\n1,2\n")
    page = admin.get(f"{other}/columns?mapping=Our+CRM").text
    assert "does not fit this file" in text(page)
    assert "Missing: partner, day, channel" in text(admin.get(f"{other}/columns").text)
    admin.get(PAGE)
    assert admin.post(f"{PAGE}/mappings/remove", kind="promotions", name="Our CRM").status_code == 303
    assert admin.post(f"{PAGE}/mappings/remove", kind="promotions", name="Our CRM").status_code == 404
    assert len(audited(admin.services, "import_mapping.removed")) == 1


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"column-0": "partner"}, "Missing: day, channel."),
        ({**COLUMNS, "column-3": "channel"}, "channel is chosen for two columns"),
        ({**COLUMNS, "name": "x" * 81}, "1 to 80 characters"),
        ({**COLUMNS, "column-1": "attr.x"}, "Missing: day."),
    ],
)
def test_columns_that_do_not_fit_are_said_and_stay_chosen(admin: Visitor, columns, said: str) -> None:
    here = uploaded(admin, GOOD)
    answer = admin.post(f"{here}/columns", **columns)
    assert answer.status_code == 422
    assert said in text(answer.text)
    assert re.search(r'name="column-0".*?<option value="partner" selected>', answer.text)
    assert order(admin).state == "mapping"


def test_a_column_with_one_of_our_names_cannot_be_left_out_silently(admin: Visitor) -> None:
    here = uploaded(admin, "partner,day,channel,note\nacme,2026-02-01,mail,x\n")
    answer = admin.post(f"{here}/columns", **COLUMNS)
    assert answer.status_code == 422
    assert "“note” has the name of one of ours and is read as note" in text(answer.text)


def test_other_columns_are_offered_as_attributes(admin: Visitor) -> None:
    here = uploaded(admin, "Account,User,Cost centre,???\nacme,ann,12,x\n", kind="seats")
    page = admin.client.get(here, follow_redirects=True).text
    assert '<option value="attr.Cost_centre">Cost_centre</option>' in page
    assert re.search(r'name="column-1".*?<option value="seat" selected>', page)
    admin.post(f"{here}/columns", **{"column-0": "partner", "column-1": "seat", "column-2": "attr.Cost_centre"})
    work(admin)
    admin.post(f"{here}/import")
    work(admin)
    assert order(admin).maps == ["partner=Account", "seat=User", "attr.Cost_centre=Cost centre"]
    assert order(admin).counts["created"] == 1
    assert "Columns not read: ???" in text(admin.get(here).text)


def test_what_is_wrong_only_in_the_check_leads_back_to_the_columns(admin: Visitor) -> None:
    names = [f"a{number}" for number in range(7)]
    here = uploaded(admin, ",".join(["partner", "seat", *names]) + "\nacme,ann" + ",1" * 7 + "\n", kind="seats")
    chosen = {f"column-{place + 2}": f"attr.{name}" for place, name in enumerate(names)}
    admin.post(f"{here}/columns", **{"column-0": "partner", "column-1": "seat"}, **chosen)
    work(admin)
    page = admin.client.get(here, follow_redirects=True).text
    assert "would be a seventh attribute" in text(page)
    assert order(admin).state == "mapping"


NAUGHTY = "<script>alert(1)</script>"


def test_names_and_cells_are_shown_as_text(admin: Visitor) -> None:
    content = f"partner,day,channel,{NAUGHTY}\nacme,2026-02-01,mail,{NAUGHTY}\n"
    here = uploaded(admin, content, name=f"../../{NAUGHTY}.csv")
    page = admin.client.get(here, follow_redirects=True).text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/" in page
    assert order(admin).file_name == "script>.csv", "folders are not part of a name"
    assert "<script>alert" not in admin.get(PAGE).text
    assert [path.name for path in admin.services.settings.home.rglob("file.csv")] == ["file.csv"]
    (path,) = admin.services.settings.home.rglob("file.csv")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_file_that_was_removed_meanwhile_is_said(admin: Visitor) -> None:
    here = uploaded(admin, GOOD)
    admin.post(f"{here}/columns", **COLUMNS)
    for path in admin.services.settings.home.rglob("file.csv"):
        path.unlink()
    work(admin)
    assert "The file is not there any more" in text(admin.get(here).text)
    assert "Try again" not in admin.get(here).text
    other = uploaded(admin, GOOD)
    for path in admin.services.settings.home.rglob("file.csv"):
        path.unlink()
    assert admin.get(f"{other}/columns").status_code == 404


def test_a_file_that_nobody_goes_on_with_is_thrown_away_after_a_week_or_by_hand(admin: Visitor, clock) -> None:
    here = uploaded(admin, GOOD)
    admin.get(f"{here}/columns")
    assert admin.post(f"{here}/drop").status_code == 303
    assert (files(admin), order(admin).state) == ([], "dropped")
    assert "thrown away" in admin.get(here).text
    for action in ("import", "again"):
        assert admin.post(f"{here}/{action}").status_code == 409
    uploaded(admin, GOOD)
    clock.forward(days=7, minutes=1)
    work(admin)
    assert files(admin) == []


def test_a_file_that_is_thrown_away_as_a_worker_reaches_for_it_stays_so(admin: Visitor) -> None:
    here = uploaded(admin, GOOD)
    admin.post(f"{here}/columns", **COLUMNS)
    seen = order(admin)
    assert admin.post(f"{here}/drop").status_code == 303
    running._run(admin.services, seen)
    assert (order(admin).state, files(admin)) == ("dropped", [])


def test_an_import_that_was_stopped_goes_on_when_asked(admin: Visitor, monkeypatch) -> None:
    here = uploaded(admin, GOOD)
    admin.post(f"{here}/columns", **COLUMNS)
    work(admin)
    admin.post(f"{here}/import")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("feedback.imports.running.import_file", full)
        work(admin)
    page = text(admin.get(here).text)
    assert "It was stopped: No space left on device. Nothing is half; try again." in page
    assert admin.post(f"{here}/again").status_code == 303
    work(admin)
    assert (order(admin).state, promotions(admin)) == ("done", ["newsletter"])


@pytest.mark.parametrize("role", ["researcher", "analyst", "account"])
def test_only_admins_import(visitor: Visitor, role: str) -> None:
    visitor.come_in(role=role)
    assert visitor.get(PAGE).status_code == 403
    assert visitor.get(f"{PAGE}.csv").status_code == 403
    assert send(visitor, GOOD).status_code == 403
    assert files(visitor) == []
    assert "Imports" not in text(visitor.get("/desk").text)


def test_nobody_imports_without_a_session(visitor: Visitor) -> None:
    answer = send(visitor, GOOD)
    assert answer.status_code == 303 and "/login" in answer.headers["Location"]
    assert files(visitor) == []


@pytest.mark.parametrize("action", ["columns", "import", "again", "drop"])
def test_forged_forms_and_imports_that_are_not_there_are_refused(admin: Visitor, action: str) -> None:
    here = uploaded(admin, GOOD)
    assert admin.post(f"{here}/{action}", token="forged", **COLUMNS).status_code == 403
    assert order(admin).state == "mapping"
    nowhere = f"{PAGE}/0198c0de-0000-7000-8000-000000000000"
    assert admin.post(f"{nowhere}/{action}", **COLUMNS).status_code == 404
    assert admin.get(f"{nowhere}/rejected.csv").status_code == admin.get(nowhere).status_code == 404


def test_imports_by_command_stand_in_the_list_too(admin: Visitor, tmp_path: Path) -> None:
    bring_in(admin.services, "promotions", tmp_path / "=by hand.csv", "partner,day,channel\nacme,2026-02-01,mail\n")
    before = statements(admin, PAGE)
    for _ in range(3):
        uploaded(admin, GOOD)
    assert statements(admin, PAGE) == before
    assert re.search(r"=by hand.csv Promotions .* the command line done 1 0 0 0 0", text(admin.get(PAGE).text))
    rows = admin.get(f"{PAGE}.csv").text.splitlines()
    assert len(rows) == 5 and rows[0].startswith("kind,file,by,at,state,lines,created")
    assert "promotions,'=by hand.csv,the command line," in rows[4]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Waiting for a worker."),
        ({"told": "Another import is running; waiting for it to end."}, "Another import is running; waiting"),
        ({"phase": "reading", "done": 50, "total": 200}, "Reading: 25 % of the file."),
        ({"phase": "merging", "done": 2_000, "total": 100_000}, "Merging: 2,000 of 100,000 lines."),
        ({"phase": "counting", "done": 0, "total": 1}, "Counting what changed."),
    ],
)
def test_how_far_it_is_stands_on_the_page(admin: Visitor, values: dict[str, object], said: str) -> None:
    here = uploaded(admin, GOOD)
    admin.post(f"{here}/columns", **COLUMNS)
    reporting = running._Reporting(admin.services, order(admin).id)
    if "told" in values:
        reporting.tell(str(values["told"]))
    elif values:
        reporting.progress(**values)
    answer = admin.get(here)
    assert said in text(answer.text)
    assert "data-waiting" in answer.text and "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_page_that_waits_for_a_worker_keeps_nobody_signed_in(admin: Visitor, clock) -> None:
    """It asks by itself every few seconds, for as long as no worker runs."""
    here = uploaded(admin, GOOD)
    assert admin.post(f"{here}/columns", **COLUMNS).status_code == 303
    for _ in range(2):
        assert admin.get(here).status_code == 200
        clock.forward(minutes=16)
    assert admin.get(here).status_code == 303


def test_an_import_tells_how_far_it_is(admin: Visitor) -> None:
    here = uploaded(admin, GOOD)
    admin.post(f"{here}/columns", **COLUMNS)
    work(admin)
    admin.post(f"{here}/import")
    work(admin)
    found = order(admin)
    assert (found.state, found.phase, found.attempts) == ("done", "counting", 1)
