"""`feedback invite`: a file of people becomes a file of links."""

import csv
import io
import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from feedback.app import create_app
from feedback.buyers.models import Buyer
from feedback.core.services import Services
from feedback.responses.models import Invitation
from feedback.seats.models import Seat
from feedback.staff.models import AuditEntry
from feedback.surveys.commands import pause
from feedback.surveys.queries import survey_by_name
from tests.cli.conftest import Run
from tests.embed import make_world


@pytest.fixture(autouse=True)
def _world(services: Services) -> None:
    make_world(services)


def rows(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def kept(services: Services, what) -> list:
    with services.database.reading() as session:
        return list(session.scalars(select(what)))


def test_everybody_in_the_file_gets_a_link_that_opens(feedback: Run, services: Services, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("partner,respondent\nnorthwind,anna\ncontoso,anna\n")
    code, out, err = feedback("invite", str(file), "--survey", "end-user-nps", "--days", "3")
    assert code == 0
    assert "2 links, 0 lines rejected." in err
    made = rows(out)
    assert [(one["partner"], one["respondent"]) for one in made] == [("northwind", "anna"), ("contoso", "anna")]
    client = create_app(services.settings, services).test_client()
    for one in made:
        assert client.get(one["link"].removeprefix(services.settings.public_url)).status_code == 200
    lives = {str(one.expires_at - one.created_at) for one in kept(services, Invitation)}
    assert lives == {"3 days, 0:00:00"}
    assert {one["expires_at"] for one in made} == {
        f"{one.expires_at:%Y-%m-%dT%H:%M:%SZ}" for one in kept(services, Invitation)
    }
    assert len(kept(services, Seat)) == 2


def test_files_are_read_as_imports_read_them_and_links_come_back_separated_alike(
    feedback: Run, services: Services, tmp_path: Path
) -> None:
    file, out = tmp_path / "people.csv", tmp_path / "links.csv"
    text = (
        '\ufeffRespondent;Account;Role;Name;City\r\n" cfo@northwind ";northwind;Decision maker;"Cleo\r\nCarr";Bonn\r\n'
    )
    file.write_bytes(text.encode())
    arguments = ("invite", str(file), "--survey", "buyer-nps", "--map", "partner=Account", "--out", str(out))
    code, printed, err = feedback(*arguments)
    assert (code, printed) == (0, "")
    assert "Columns not read: City." in err
    written = out.read_text("utf-8")
    (made,) = rows(written.removeprefix("\ufeff"), ";")
    assert (written[0], made["respondent"]) == ("\ufeff", "cfo@northwind")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    (buyer,) = kept(services, Buyer)
    assert (buyer.external_id, buyer.role, buyer.name) == ("cfo@northwind", "decision_maker", "Cleo\nCarr")
    assert [one.name for one in tmp_path.iterdir() if one.is_file() and "links" in one.name] == ["links.csv"]


def test_a_line_that_cannot_be_used_is_named_and_the_others_have_links(feedback: Run, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    lines = ["partner,respondent,role", "northwind,a,", "nobody,b,", ",c,", "northwind,,", "northwind,a,admin"]
    file.write_text("\n".join([*lines, "northwind,d,boss", "northwind,e", 'northwind,"f', "northwind,=g,"]))
    code, out, err = feedback("invite", str(file), "--survey", "end-user-nps")
    assert code == 1
    assert [one["respondent"] for one in rows(out)] == ["a", "'=g"]
    told = [line for line in err.splitlines() if line.startswith("line ")]
    assert [line.partition(":")[0] for line in told] == [f"line {number}" for number in range(3, 10)]
    assert told[0] == "line 3: There is no such partner."
    assert told[3] == "line 6: The same person is on line 2."
    assert "2 links, 7 lines rejected." in err


def test_what_cannot_be_done_at_all_changes_nothing_and_leaves_no_file(
    feedback: Run, services: Services, tmp_path: Path
) -> None:
    file, out = tmp_path / "people.csv", tmp_path / "links.csv"
    file.write_text("partner,person\nnorthwind,anna\n")
    code, _, err = feedback("invite", str(file), "--survey", "end-user-nps", "--out", str(out))
    assert (code, "Missing: respondent." in err) == (2, True)
    file.write_text("partner,respondent\nnorthwind,anna\n")
    assert feedback("invite", str(file), "--survey", "nothing", "--out", str(out))[0] == 2
    assert feedback("invite", str(file), "--survey", "end-user-nps", "--out", str(tmp_path / "no" / "x"))[0] == 2
    with services.database.transaction() as session:
        pause(survey_by_name(session, "end-user-nps"))
    code, _, err = feedback("invite", str(file), "--survey", "end-user-nps", "--out", str(out))
    assert (code, "is paused" in err) == (2, True)
    assert (kept(services, Invitation), kept(services, Seat)) == ([], [])
    assert not [one for one in tmp_path.iterdir() if "links" in one.name]


def test_the_audit_log_says_that_links_were_made_and_holds_none(
    feedback: Run, services: Services, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("partner,respondent\n" + "".join(f"northwind,p{number}\n" for number in range(1200)))
    code, out, _ = feedback("invite", str(file), "--survey", "end-user-nps", "--test")
    assert (code, len({one["link"] for one in rows(out)})) == (0, 1200)
    entries = kept(services, AuditEntry)
    assert [(one.actor, one.action, one.target) for one in entries] == [("cli", "invitations.made", "end-user-nps")] * 2
    assert entries[0].detail == {"links": 1000, "refused": 0, "days": 14, "live": False}
    assert {one.live for one in kept(services, Invitation)} == {False}
    assert kept(services, Seat) == []
