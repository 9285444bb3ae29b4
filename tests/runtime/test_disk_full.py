"""A full disk: 503 with Retry-After, never an acknowledgement; what was there stays, and it goes on by itself."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from feedback.core import secrets
from feedback.core.clock import system_clock
from feedback.core.db import Database
from feedback.core.services import Services
from feedback.migrations.run import migrate, versions
from feedback.settings import from_environment
from feedback.tallies.commands import fold_all
from tests.embed import make_world
from tests.postgres import DURABLE, PostgresServer
from tests.runtime.answerers import Answerers
from tests.runtime.recount import recount, tell
from tests.runtime.running import environment, free_port, start, until
from tests.soak import SOAK, many

ANSWERS, RUNS = many(30, 120), many(1, 5)
_SIZES_MB = {"sqlite": 24 * many(1, 3), "postgresql": 400}
_WAL = {"max_wal_size": "64MB", "min_wal_size": "32MB"}


@pytest.fixture
def small_disk(database_kind: str) -> Iterator[Path]:
    """A file system of its own, in memory, of a few megabytes."""
    if database_kind == "postgresql" and not SOAK:
        pytest.skip("on PostgreSQL in the soak: its files alone take seconds to make")
    folder = Path(tempfile.mkdtemp(prefix="fb-disk-"))
    size = f"size={_SIZES_MB[database_kind]}m,mode=755"
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", folder], check=False, capture_output=True)
    if made.returncode:
        folder.rmdir()
        pytest.skip(f"this machine forbids a small file system: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
    folder.rmdir()


@pytest.fixture
def url(database_kind: str, small_disk: Path) -> Iterator[str]:
    """A database on it."""
    if database_kind == "sqlite":
        yield f"sqlite:///{small_disk / 'feedback.sqlite3'}"
        return
    server = PostgresServer(DURABLE | _WAL, folder=small_disk)
    server.execute("CREATE DATABASE small")
    yield server.url("small")
    server.stop()


def test_a_full_disk_is_told_with_503_and_nothing_acknowledged_is_lost(
    url: str, small_disk: Path, tmp_path: Path
) -> None:
    environ = environment(tmp_path / "home", DATABASE_URL=url, PORT=str(free_port()))
    settings, database = from_environment(environ), Database(url)
    migrate(database)
    world = make_world(Services(settings, database, secrets.load(settings), system_clock, lambda _: None))
    output = tmp_path / "web.log"
    web = start(environ, "web", output=output, module="workers.runtime")
    try:
        with Answerers(world, [settings.port]) as them:
            for _ in range(RUNS):
                assert them.wait_for(ANSWERS)
                filler = _fill(small_disk)
                said = them.ledger.told["503"]
                until(lambda said=said: them.ledger.told["503"] >= said + 20, seconds=60, so_far=output)
                filler.unlink()
                assert them.wait_for(ANSWERS), output.read_text()
        until(lambda: _answers(database), seconds=60)
        fold_all(database, now=system_clock())
        outcome = recount(database, them.ledger, "disk full", RUNS)
    finally:
        web.terminate()
        web.wait(20)
        database.close()
    tell(outcome)
    assert outcome.clean and outcome.told_503 >= 20 * RUNS and outcome.acknowledged >= 2 * ANSWERS * RUNS, outcome


def _answers(database: Database) -> bool:
    try:
        versions(database)
    except SQLAlchemyError:
        return False
    return True


def _fill(disk: Path) -> Path:
    """A file that takes all the room that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return filler
