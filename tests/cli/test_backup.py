"""`feedback backup` and `feedback restore` as they are typed, from one database into another."""

import json
import os
import resource
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, select, text, update

from feedback.backups import commands
from feedback.core import secrets
from feedback.core.db import Database
from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.core.processes import UP_LOCK, FileLock
from feedback.core.services import Services
from feedback.migrations.run import _config, versions
from feedback.partners.models import SigningKey
from feedback.responses.commands import NewResponse, put_response
from feedback.responses.models import Response
from feedback.settings import Settings
from feedback.surveys.queries import survey_version
from feedback.tallies.models import PartnerTally
from tests.cli.conftest import Run
from tests.embed import World, make_world
from tests.postgres import BINARIES, PostgresServer
from tests.runtime.running import environment, start


@pytest.fixture(autouse=True)
def _tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the tests' own server."""
    monkeypatch.setenv("PATH", f"{BINARIES}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def world(services: Services) -> World:
    made = make_world(services)
    for number in range(5):
        answer(made, f"person {number}")
    return made


@pytest.fixture
def elsewhere(
    database_kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Settings]]:
    """Commands typed from now on are about an empty place."""
    home = tmp_path / "elsewhere"
    server: PostgresServer | None = None
    if database_kind == "postgresql":
        server = request.getfixturevalue("postgres_server")
        server.execute("CREATE DATABASE elsewhere")

    def go() -> Settings:
        url = server.url("elsewhere") if server else f"sqlite:///{home / 'feedback.sqlite3'}"
        monkeypatch.setenv("FEEDBACK_HOME", str(home))
        monkeypatch.setenv("DATABASE_URL", url)
        return Settings(home=home, database_url=url)

    yield go
    if server:
        server.execute("DROP DATABASE elsewhere WITH (FORCE)")


def answer(world: World, person: str) -> None:
    """One answer, as the doors keep it."""
    now = world.services.clock()
    with world.services.database.transaction() as session:
        survey, version = survey_version(session, "end-user-nps", 1)
        kept = {"audience": "end_user", "metric": "nps", "trust": "vendor", "live": True, "complete": True}
        own = {"partner_id": world.partner.id, "id": new_id(), "respondent_id": new_id(), "comment": person}
        about = {"survey_id": survey.id, "survey_version_id": version.id, "score": 9, "revision": 1, "answered_at": now}
        put_response(session, NewResponse(**own, **about, **kept), now=now)  # type: ignore[arg-type]


def said(settings: Settings) -> set[str]:
    """Whose answers are there."""
    database = Database(settings.database_url)
    with database.reading() as session:
        found = set(session.scalars(select(Response.comment)))
    database.close()
    return {one for one in found if one}


def made(feedback: Run, tmp_path: Path, *options: str) -> Path:
    file = tmp_path / "one.backup"
    assert feedback("backup", str(file), *options)[0] == 0
    return file


def quiet(_doing: str, _done: int, _of: int) -> None:
    """Progress that nobody looks at."""


def test_a_backup_taken_under_writes_is_one_moment_and_comes_back_with_an_identical_recount(
    feedback: Run, world: World, elsewhere: Callable[[], Settings], tmp_path: Path
) -> None:
    begun, done, written = threading.Event(), threading.Event(), list[int]()

    def write() -> None:
        while not done.is_set() and len(written) < 5000:
            answer(world, f"later {len(written)}")
            written.append(1)
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(20)
    before = {f"person {number}" for number in range(5)} | {f"later {number}" for number in range(len(written))}
    code, out, err = feedback("backup", str(tmp_path), "--with-secret")
    while_it_ran = len(written) - (len(before) - 5)
    done.set()
    writer.join(20)
    assert code == 0 and "The secret is in it" in err
    there = elsewhere()
    (there.home / "erased").parent.mkdir()
    (there.home / "erased").write_text("a journal")
    code, out, err = feedback("restore", out.split()[0])
    assert (code, err) == (0, "")
    assert out.endswith("The recount is identical.\n") and "Restored" in out
    found = said(there)
    assert before <= found and found - before <= {f"later {number}" for number in range(len(written))}
    assert len(found) < 5 + len(written) or while_it_ran == 0
    assert (there.home / "erased").read_text() == "a journal"
    database, vault = Database(there.database_url), secrets.load(there).vault
    with database.reading() as session:
        key = session.scalars(select(SigningKey).where(SigningKey.kid == world.vendor_kid)).one()
        counted = session.scalar(select(func.sum(PartnerTally.h9)))
    database.close()
    assert vault.decrypt(key.secret_encrypted or b"").decode() == world.vendor_secret
    assert counted == len(found)


def test_without_the_secret_it_says_so_and_is_restored_beside_the_right_one_only(
    feedback: Run, world: World, elsewhere: Callable[[], Settings], tmp_path: Path
) -> None:
    own = world.services.settings.home / "secret"
    code, out, err = feedback("backup", str(tmp_path))
    file = out.split()[0]
    assert code == 0 and f"The secret is NOT in it. Keep a copy of {own} apart" in err
    assert own.read_text() not in Path(file).read_bytes().decode("latin-1")
    there = elsewhere()
    code, _, err = feedback("restore", file)
    assert code == 1 and "The secret is not in this backup." in err
    (there.home / "secret").write_text("x" * 52)
    code, _, err = feedback("restore", file)
    assert code == 1 and "another than the backup's" in err
    (there.home / "secret").write_text(own.read_text())
    assert feedback("restore", file)[0] == 0
    code, _, err = feedback("restore", file)
    assert code == 1 and "not empty" in err


def test_who_lost_the_secret_still_has_the_answers(
    feedback: Run, world: World, elsewhere: Callable[[], Settings], tmp_path: Path
) -> None:
    file = made(feedback, tmp_path)
    there = elsewhere()
    assert world and feedback("restore", str(file), "--new-secret")[0] == 0
    assert len(said(there)) == 5


def test_tallies_that_differ_are_told(
    feedback: Run, world: World, elsewhere: Callable[[], Settings], tmp_path: Path
) -> None:
    feedback("tallies", "fold")
    with world.services.database.transaction() as session:
        session.execute(update(PartnerTally).values(h9=7))
    file = made(feedback, tmp_path, "--with-secret")
    elsewhere()
    code, out, err = feedback("restore", str(file))
    assert code == 1 and "1 tallies differ" in err and "identical" not in out


def test_a_backup_of_an_older_schema_is_migrated_and_one_of_a_newer_is_refused(
    feedback: Run, services: Services, empty_url: str, elsewhere: Callable[[], Settings], tmp_path: Path
) -> None:
    url = empty_url if empty_url.startswith("postgresql") else f"sqlite:///{tmp_path / 'old.sqlite3'}"
    here, database = replace(services.settings, database_url=url), Database(url)
    with database.transaction() as session:
        config = _config()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0003")
    files = {}
    for version in ("0003", "9001"):
        with database.transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
        file = tmp_path / version
        files[version] = commands.backup(here, file, with_secret=True, progress=quiet, now=services.clock())
    there = elsewhere()
    code, _, err = feedback("restore", str(files["9001"]))
    assert code == 1 and "Its schema 9001 is newer than this version's." in err
    code, out, _ = feedback("restore", str(files["0003"]))
    assert code == 0 and "They were at schema 0003 and were brought to this version's." in out
    restored = Database(there.database_url)
    assert len(set(versions(restored))) == 1
    restored.close()
    database.close()


def test_what_is_cut_off_changed_or_no_backup_is_refused_and_leaves_nothing(
    feedback: Run, world: World, elsewhere: Callable[[], Settings], tmp_path: Path
) -> None:
    file = made(feedback, tmp_path, "--with-secret")
    whole = file.read_bytes()
    manifest = json.loads(zipfile.ZipFile(file).read("manifest.json"))
    assert world and manifest["rows"]["responses"] == 5
    there = elsewhere()
    spoiled = {
        "cut": whole[: len(whole) // 2],
        "other": b"a letter",
        "empty": b"",
        "turned": whole[:3000] + bytes([whole[3000] ^ 1]) + whole[3001:],
        "later": packed(file, tmp_path, manifest | {"format": 99}),
        "odd": packed(file, tmp_path, {"format": 1}),
        "swapped": packed(file, tmp_path, manifest, data=b"other data"),
    }
    for name, content in spoiled.items():
        (tmp_path / name).write_bytes(content)
        code, _, err = feedback("restore", str(tmp_path / name))
        assert (code, err.partition(":")[0]) == (1, "This backup cannot be read"), name
    assert "There is no file" in feedback("restore", str(tmp_path / "nowhere"))[2]
    short = packed(file, tmp_path, manifest | {"rows": {**manifest["rows"], "responses": 6}})
    (tmp_path / "short").write_bytes(short)
    if world.services.database.is_sqlite:
        code, _, err = feedback("restore", str(tmp_path / "short"))
        assert code == 1 and "Rows are missing or too many in responses." in err
        assert [one.name for one in there.home.iterdir() if one.name != UP_LOCK] == []
    assert feedback("restore", str(file))[0] == 0


def packed(file: Path, tmp_path: Path, manifest: object, data: bytes | None = None) -> bytes:
    """The backup with another manifest, or other data."""
    draft = tmp_path / "draft"
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(draft, "w") as target:
        target.writestr("data", source.read("data") if data is None else data)
        target.writestr("secret", source.read("secret"))
        target.writestr("manifest.json", json.dumps(manifest))
    return draft.read_bytes()


def test_a_backup_that_is_interrupted_leaves_no_file_and_a_restore_can_be_repeated(
    feedback: Run, world: World, elsewhere: Callable[[], Settings], tmp_path: Path
) -> None:
    def stop(_doing: str, _done: int, _of: int) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "backups"
    folder.mkdir()
    now, here = world.services.clock(), world.services.settings
    with pytest.raises(KeyboardInterrupt):
        commands.backup(here, folder, with_secret=True, progress=stop, now=now)
    assert list(folder.iterdir()) == []
    file = made(feedback, tmp_path, "--with-secret")
    there = elsewhere()
    with pytest.raises(KeyboardInterrupt):
        commands.restore(there, file, new_secret=False, progress=stop, now=now)
    done = commands.restore(there, file, new_secret=False, progress=quiet, now=now)
    assert (done.answers, done.voices, done.differences) == (5, 5, 0)


def test_nothing_is_written_over_and_nothing_restored_while_it_runs(
    feedback: Run, world: World, elsewhere: Callable[[], Settings], tmp_path: Path
) -> None:
    file = made(feedback, tmp_path, "--with-secret")
    assert world and "is there already" in feedback("backup", str(file))[2]
    there = elsewhere()
    assert "is there already" not in feedback("backup", str(tmp_path / "empty"))[2]
    assert not (tmp_path / "empty").exists()
    there.home.mkdir(exist_ok=True)
    lock = FileLock(there.home / UP_LOCK)
    assert lock.acquire()
    assert "`feedback up` runs" in feedback("restore", str(file))[2]
    lock.release()
    if there.is_sqlite:
        (there.home / "feedback.sqlite3-wal").write_bytes(b"pages of another")
        assert "is left of a former database" in feedback("restore", str(file))[2]


def test_a_full_disk_is_a_sentence_and_leaves_no_file(world: World, tmp_path: Path) -> None:
    with world.services.database.transaction() as session:
        session.execute(update(Response).values(comment="long " * 200_000))
    settings, folder = world.services.settings, tmp_path / "small"
    folder.mkdir()

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

    environ = environment(settings.home, DATABASE_URL=settings.database_url)
    said = tmp_path / "said"
    assert start(environ, "backup", str(folder), output=said, preexec_fn=small).wait(60) == 1
    assert said.read_text().startswith("There is no backup: ") and "Traceback" not in said.read_text()
    assert list(folder.iterdir()) == []


def test_a_database_of_the_other_kind_is_refused(feedback: Run, world: World, home: Path, tmp_path: Path) -> None:
    file = made(feedback, tmp_path, "--with-secret")
    other = "postgresql+psycopg://nobody@/x" if world.services.database.is_sqlite else f"sqlite:///{home / 'x'}"
    with pytest.raises(Problem, match="DATABASE_URL names") as refused:
        there = Settings(home=tmp_path / "other", database_url=other)
        commands.restore(there, file, new_secret=False, progress=quiet, now=world.services.clock())
    assert refused.value.code is Code.RESTORE_REFUSED
