"""`feedback import` as it is typed: what it says and how it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from feedback.core.services import Services
from feedback.imports import mappings
from tests.imports.files import with_partners

# The form of the command; what it does is tried on both databases beside this file.
DATABASES = ("sqlite",)
GOOD = "partner,day,channel,Owner\nacme,2026-01-01,mail,Bob\n"


@pytest.fixture
def run(services: Services, tmp_path: Path):
    """Type a command in a folder of its own."""
    with_partners(services, "acme")
    settings = services.settings
    environment = {**os.environ, "FEEDBACK_HOME": str(settings.home), "DATABASE_URL": settings.database_url}

    def typed(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from feedback.cli import main; main()", "import", *arguments]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    return typed


def test_a_file_whose_every_line_is_good_ends_with_0(run, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(GOOD)
    done = run("promotions", "p.csv", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "p.csv: 1 line: 1 new, 0 revised, 0 unchanged, 0 repeated in the file, 0 rejected.",
        "Columns not read: Owner. (--map OURS=THEIRS gives them a meaning.)",
        "This was a dry run: nothing was changed.",
    ]
    done = run("promotions", "p.csv", "--map", "note=owner")
    assert done.returncode == 0
    assert done.stdout == "p.csv: 1 line: 1 new, 0 revised, 0 unchanged, 0 repeated in the file, 0 rejected.\n"


def test_rejected_lines_end_with_1_and_say_where_they_are(run, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(GOOD + "acme,soon,mail,Bob\n")
    done = run("promotions", "p.csv")
    assert done.returncode == 1
    assert "1 new, 0 revised, 0 unchanged, 0 repeated in the file, 1 rejected." in done.stdout
    assert "The rejected lines, with their reasons: p.csv.rejected.csv" in done.stdout
    assert "day is 'soon'" in (tmp_path / "p.csv.rejected.csv").read_text()


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        ("partner,day\n", [], "Missing: channel. The file has: partner, day."),
        ("", [], "has no header that can be read"),
        (GOOD, ["--map", "note=Remark"], "the file has no column named 'Remark'"),
    ],
)
def test_a_refused_file_ends_with_2_and_one_sentence(run, tmp_path: Path, content, arguments, said) -> None:
    (tmp_path / "p.csv").write_text(content)
    done = run("promotions", "p.csv", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_ends_with_2(run) -> None:
    done = run("promotions", "nowhere.csv")
    assert done.returncode == 2
    assert "does not exist" in done.stderr


def test_a_saved_mapping_is_used_by_its_name_and_more_can_be_said_on_top(run, services, tmp_path: Path) -> None:
    maps = ["partner=Account", "day=Date", "channel=Medium", "note=Owner"]
    with services.database.transaction() as session:
        mappings.save(session, "promotions", "CRM", maps, ["a"], actor="cli", now=services.clock())
    (tmp_path / "p.csv").write_text("Account,Date,Medium,Owner,Remark\nacme,2026-02-01,mail,Ann,Well\n")
    done = run("promotions", "p.csv", "--mapping", "CRM", "--map", "note=Remark")
    assert (done.returncode, done.stderr) == (0, "")
    assert "p.csv: 1 line: 1 new" in done.stdout and "Columns not read: Owner." in done.stdout
    done = run("promotions", "p.csv", "--mapping", "crm")
    assert done.returncode == 2
    assert "There is no saved mapping 'crm' for promotions; there are: 'CRM'." in done.stderr
