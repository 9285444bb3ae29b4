"""Files that were handed in by the desk: what they say of a person is shown, and goes when the person is erased."""

# ruff: noqa: F811 - fixtures of other rooms

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from feedback.responses.models import Response
from tests.cli.conftest import Run, feedback  # noqa: F401 - a fixture
from tests.desk.conftest import Visitor, visitor  # noqa: F401 - a fixture
from tests.desk.importing import files, send, uploaded, work
from tests.imports.files import with_partners

DATABASES = ("sqlite",)

HEADER = "partner,respondent,audience,metric,score,answered_at,comment\n"
BOB = 'acme,bob,end_user,nps,9,2026-10-01,"Fine,\nand ""bob"" too"\n'
ANNA = 'acme, anna ,end_user,nps,2,2026-10-01,"Words\nof anna"\n'
ELSEWHERE = "other,anna,end_user,nps,5,2026-10-01,Another person\n"
ANNE = "acme,anna-maria,end_user,nps,5,2026-10-01,anna did not say it\n"


@pytest.fixture
def admin(visitor: Visitor) -> Visitor:
    """An admin at the list of imports."""
    with_partners(visitor.services, "acme", "other")
    visitor.sign_in(role="admin")
    visitor.get("/desk/settings/imports")
    return visitor


def the_file(admin: Visitor, name: str = "file.csv") -> Path:
    return next((admin.services.settings.home / "uploads").rglob(name))


def erase(admin: Visitor) -> str:
    page = admin.post("/desk/settings/people/erase", partner="acme", subject="anna", sure="yes")
    assert page.status_code == 200
    return page.text


@pytest.mark.requirement("TRUST rights-18: an erasure takes a person's lines out of files that wait to be imported")
def test_an_erased_person_is_in_no_file_that_waits_and_the_other_lines_stay(admin: Visitor) -> None:
    page = uploaded(admin, "\ufeff" + HEADER + BOB + ANNA + ELSEWHERE + ANNE, kind="responses")
    looked = admin.post("/desk/settings/people", partner="acme", subject="anna")
    assert "Lines of files that were handed in" in looked.text
    told = admin.post("/desk/settings/people/export", partner="acme", subject="anna")
    (one,) = json.loads(told.text)["held"]["lines_of_files"]
    assert (one["file"], one["kind"], one["rejected"]) == ("p.csv", "responses", False)
    assert [line["comment"] for line in one["lines"]] == ["Words\nof anna"]
    assert "Lines of files that were handed in" in erase(admin)
    assert the_file(admin).read_text() == "\ufeff" + HEADER + BOB + "\n\n" + ELSEWHERE + ANNE
    assert the_file(admin).stat().st_mode & 0o777 == 0o600
    columns = {f"column-{place}": name for place, name in enumerate(HEADER.strip().split(","))}
    assert admin.post(f"{page}/columns", **columns).status_code == 303
    work(admin)
    assert admin.post(f"{page}/import").status_code == 303
    work(admin)
    with admin.services.database.reading() as session:
        assert sorted(session.scalars(select(Response.comment))) == [
            "Another person",
            'Fine,\nand "bob" too',
            "anna did not say it",
        ]


@pytest.mark.requirement("TRUST rights-18: and out of lists of rejected lines, which do not name the erased again")
def test_an_erased_person_is_in_no_list_of_rejected_lines_neither_before_nor_after(admin: Visitor) -> None:
    wrong = ANNA.replace(",2,", ",11,") + BOB.replace(",9,", ",12,")
    page = uploaded(admin, HEADER + wrong, kind="responses")
    columns = {f"column-{place}": name for place, name in enumerate(HEADER.strip().split(","))}
    admin.post(f"{page}/columns", **columns)
    work(admin)
    admin.post(f"{page}/import")
    work(admin)
    assert files(admin) == ["file.csv.rejected.csv"]
    rejected = the_file(admin, "file.csv.rejected.csv")
    assert "of anna" in rejected.read_text()
    erase(admin)
    assert "anna" not in rejected.read_text() and '""bob"" too' in rejected.read_text()
    page = uploaded(admin, HEADER + ANNA, kind="responses")
    admin.post(f"{page}/columns", **columns)
    work(admin)
    with admin.client.get(f"{page}/rejected.csv") as file:
        told = file.text
    assert "2,This person was erased; leave the line out." in told and "of anna" not in told
    # The list as it is, handed in again: there is nothing to correct, and nothing to reject.
    again = uploaded(admin, told, kind="responses")
    admin.post(f"{again}/columns", **columns)
    work(admin)
    assert "<dt>lines</dt><dd>0</dd>" in admin.get(again).text


def test_a_file_that_is_no_table_any_more_or_is_gone_hinders_no_erasure(admin: Visitor) -> None:
    uploaded(admin, HEADER + ANNA, kind="responses")
    the_file(admin).write_bytes(b"\xff\xfea\0n\0n\0a\0 anna acme")
    assert send(admin, HEADER + ANNA, kind="responses").status_code == 303
    admin.post("/desk/settings/people", partner="acme", subject="anna")
    for path in (admin.services.settings.home / "uploads").rglob("file.csv"):
        if b"end_user" in path.read_bytes():
            path.unlink()
    assert "was taken out" in erase(admin)


def test_the_command_says_what_goes_what_stays_and_whom_it_does_not_know(admin: Visitor, feedback: Run) -> None:
    uploaded(admin, HEADER + ANNA, kind="responses")
    code, told, _ = feedback("respondent", "erase", "acme", "anna")
    assert code == 0 and "1  lines of files" in told and "Nothing was changed" in told
    code, told, _ = feedback("respondent", "erase", "acme", "anna", "--yes")
    assert code == 0 and "1  lines of files" in told and "This person is erased." in told
    assert "of anna" not in the_file(admin).read_text()
    code, told, _ = feedback("respondent", "erase", "acme", "anna")
    assert "Nothing is held on this person. Is the subject spelt" in told and "audit stay: who read" in told
    code, told, _ = feedback("respondent", "erase", "acme", "Ana", "--yes")
    assert "Is the subject spelt" in told and "This person is erased" not in told
    for wrong in ("", "x" * 201):
        code, _, told = feedback("respondent", "export", "acme", wrong)
        assert code == 1 and "1 to 200 characters" in told


def test_what_went_wrong_is_one_sentence_that_is_about_this_command(admin: Visitor, feedback: Run) -> None:
    code, _, told = feedback("respondent", "export", "nowhere", "anna")
    assert code == 1 and "There is no partner 'nowhere'.\nIs it spelt right?" in told
    code, _, told = feedback("erasures", "replay", "/no/such.journal")
    assert code == 2 and "'/no/such.journal' does not exist" in told
    damaged = admin.services.settings.home / "damaged.journal"
    damaged.write_text('{"erased": "cat"}\n')
    code, _, told = feedback("erasures", "replay", str(damaged))
    assert code == 1 and told.endswith("mend it or take it out.\n") and "`detail`" not in told
