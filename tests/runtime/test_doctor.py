"""`feedback doctor`: each thing that can be wrong is found, and looking changes nothing."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from feedback.cli.checks import Finding, State, examine
from feedback.cli.doctor import doctor
from feedback.core import inbox
from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.migrations.run import is_behind, versions
from feedback.settings import Settings
from tests.conftest import FakeClock


def finding(settings: Settings, clock: FakeClock, subject: str) -> Finding:
    """What it says about one subject."""
    return next(found for found in examine(settings, now=clock.now) if found.subject == subject)


def put(services: Services) -> None:
    with services.database.transaction() as session:
        inbox.put(session, new_id(), new_id(), "nps", now=services.clock())


def test_a_migrated_database_with_an_empty_inbox_needs_nothing(services: Services, clock: FakeClock) -> None:
    for subject in ("database", "schema", "inbox", "secret"):
        assert finding(services.settings, clock, subject).state is State.OK


def test_rows_that_just_came_are_no_reason_to_worry_but_old_ones_are(services: Services, clock: FakeClock) -> None:
    put(services)
    clock.forward(seconds=10)
    assert finding(services.settings, clock, "inbox") == Finding("inbox", State.OK, "1 waiting, the oldest for 10 s")
    clock.forward(seconds=50)
    behind = finding(services.settings, clock, "inbox")
    assert (behind.state, behind.what) == (State.DO, "1 waiting, the oldest for 60 s")
    assert "feedback schedule" in behind.advice


def test_a_row_that_was_set_aside_is_for_somebody_to_look_at(services: Services, clock: FakeClock) -> None:
    put(services)
    with services.database.transaction() as session:
        row = session.query(inbox.InboxRow).one()
        row.set_aside_at, row.reason = clock.now, "no such thing"
    found = finding(services.settings, clock, "inbox")
    assert (found.state, found.what) == (State.DO, "1 set aside, 0 waiting")


def test_a_database_without_tables_is_to_be_migrated(empty_url: str, home: Path, clock: FakeClock) -> None:
    if empty_url.startswith("sqlite"):
        (home / "feedback.sqlite3").touch()
    found = finding(Settings(home=home, database_url=empty_url), clock, "schema")
    assert (found.state, found.advice) == (State.DO, "`feedback migrate`")


def test_a_database_that_newer_code_has_migrated_is_left_alone(services: Services, clock: FakeClock) -> None:
    def is_at(version: str) -> None:
        with services.database.transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})

    _, wanted = versions(services.database)
    assert wanted is not None
    is_at("9999")
    try:
        assert not is_behind(services.database)
        assert finding(services.settings, clock, "schema").state is State.NOTE
    finally:
        is_at(wanted)


def test_a_database_that_is_away_is_named_without_its_password(home: Path, clock: FakeClock) -> None:
    settings = Settings(home=home, database_url="postgresql+psycopg://ann:opensesame@127.0.0.1:1/feedback")
    found = finding(settings, clock, "database")
    assert found.state is State.DO
    assert "Connection refused" in found.what
    assert "opensesame" not in found.what


def test_a_queue_that_is_away_is_found(home: Path, clock: FakeClock) -> None:
    settings = Settings(home=home, database_url=f"sqlite:///{home / 'none'}", redis_url="redis://127.0.0.1:1")
    assert finding(settings, clock, "queue").state is State.DO
    assert "Valkey does not answer" in finding(replace(settings, redis_url=None), clock, "queue").what


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("http://localhost:8000", State.OK),
        ("https://feedback.example.com", State.OK),
        ("http://feedback.example.com", State.DO),
    ],
)
def test_an_address_for_others_must_be_encrypted(home: Path, clock: FakeClock, address: str, state: State) -> None:
    settings = Settings(home=home, database_url=f"sqlite:///{home / 'none'}", public_url=address)
    assert finding(settings, clock, "address").state is state


def test_what_is_open_to_others_is_found(services: Services, clock: FakeClock) -> None:
    secret = services.settings.home / "secret"
    secret.chmod(0o644)
    services.settings.home.chmod(0o755)
    assert finding(services.settings, clock, "secret").state is State.DO
    assert finding(services.settings, clock, "home").state is State.NOTE


def test_an_empty_place_is_examined_without_leaving_anything_there(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    environ = {"FEEDBACK_HOME": str(nowhere), "DATABASE_URL": "", "REDIS_URL": "", "FEEDBACK_SECRET": ""}
    result = CliRunner().invoke(doctor, env=environ)
    assert result.exit_code == 1
    assert "`feedback up` starts it" in " ".join(result.output.split())
    assert not nowhere.exists()
