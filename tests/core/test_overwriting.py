"""SQLite's log is emptied at once, also when another just copies it; who still reads is not waited for."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import insert, text

from feedback.core.db import Database
from feedback.core.overwriting import forget_copies
from tests.core.writing import KEPT

_COPYING = """
import fcntl, sys, time
with open(sys.argv[1], "r+b") as index:
    fcntl.lockf(index, fcntl.LOCK_EX, 1, 121)  # WAL_CKPT_LOCK, sqlite.org/walformat.html#wal_locks
    print("copies", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def _put(store: Database) -> None:
    with store.transaction() as session:
        session.execute(insert(KEPT).values(number=1, said=0))


def _while_copied(store: Database, folder: Path, seconds: float) -> bool:
    _put(store)
    command = [sys.executable, "-c", _COPYING, str(folder / "x.sqlite3-shm"), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"copies\n"
        emptied = forget_copies(store)
        other.terminate()
    return emptied


def test_it_is_emptied_when_the_other_one_has_copied_it(store: Database, tmp_path: Path) -> None:
    assert _while_copied(store, tmp_path, 0.1)
    assert (tmp_path / "x.sqlite3-wal").stat().st_size == 0


def test_an_other_one_that_does_not_end_is_not_waited_for(store: Database, tmp_path: Path) -> None:
    assert not _while_copied(store, tmp_path, 60)
    assert (tmp_path / "x.sqlite3-wal").stat().st_size > 0


def test_who_still_reads_is_not_waited_for(store: Database, tmp_path: Path) -> None:
    with store.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM kept")) == 0
        _put(store)
        assert not forget_copies(store)
    assert forget_copies(store)
    assert (tmp_path / "x.sqlite3-wal").stat().st_size == 0
