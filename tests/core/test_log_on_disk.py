"""What a transaction on SQLite wrote is on the disk when it is over, and others write while it waits for that."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError

from feedback.core import log_on_disk
from feedback.core.db import Database, _waits_for_disk
from feedback.core.log_on_disk import LogOnDisk
from tests.core.writing import KEPT, Writing, group, kept

OnDisk = Callable[[Callable[[int], None]], None]


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> OnDisk:
    """Sets what happens where the disk is waited for."""
    return lambda what: monkeypatch.setattr(log_on_disk, "_to_disk", what)


def _put(store: Database, number: int, *, wait: bool = True) -> None:
    with store.transaction(wait=wait) as session:
        session.execute(insert(KEPT).values(number=number, said=0))


def test_the_disk_is_waited_for_once_and_has_the_rows_then(store: Database, tmp_path: Path, on_disk: OnDisk) -> None:
    found: list[list[int]] = []

    def look(descriptor: int) -> None:
        assert os.path.samestat(os.fstat(descriptor), (tmp_path / "x.sqlite3-wal").stat())
        for ending in ("", "-wal"):
            shutil.copy(tmp_path / f"x.sqlite3{ending}", tmp_path / f"copy{ending}")
        copy = sqlite3.connect(tmp_path / "copy")
        found.append([number for (number,) in copy.execute("SELECT number FROM kept ORDER BY number")])
        copy.close()

    on_disk(look)
    _put(store, 1)
    _put(store, 2)
    assert found == [[1], [1, 2]]


def test_nobody_is_told_before_that_and_others_write_meanwhile(store: Database, on_disk: OnDisk) -> None:
    asked, answered = Event(), Event()

    def wait(_descriptor: int) -> None:
        if not asked.is_set():
            asked.set()
            assert answered.wait(10)

    on_disk(wait)
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(group(store, Writing()).submit, (1, 0))
        assert asked.wait(10)
        _put(store, 2, wait=False)
        assert not told.done()
        answered.set()
        assert told.result(10) == 1
    assert sorted(kept(store)) == [(1, 0), (2, 0)]


def test_who_wrote_nothing_waits_as_well(store: Database, on_disk: OnDisk) -> None:
    asked: list[int] = []
    on_disk(asked.append)
    with store.transaction():
        pass
    assert len(asked) == 1


def test_a_transaction_that_fails_waits_for_nothing(store: Database, on_disk: OnDisk) -> None:
    asked: list[int] = []
    on_disk(asked.append)
    with pytest.raises(RuntimeError), store.transaction():
        raise RuntimeError
    assert asked == []


def test_once_the_disk_refused_nothing_is_acknowledged_any_more(store: Database, on_disk: OnDisk) -> None:
    numbers = group(store, Writing())

    def refuse(_descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    on_disk(refuse)
    with pytest.raises(OperationalError, match="Input/output error"):
        numbers.submit((1, 0))
    on_disk(os.fsync)  # the system says yes the second time, whatever became of the first
    with pytest.raises(OperationalError, match="Input/output error"):
        numbers.submit((2, 0))
    with pytest.raises(OperationalError, match="Input/output error"):
        _put(store, 3)
    assert (2, 0) not in kept(store) and (3, 0) not in kept(store)


def test_a_log_that_began_anew_is_the_one_that_is_waited_for(store: Database, tmp_path: Path, on_disk: OnDisk) -> None:
    _put(store, 1)
    store.engine.dispose()
    assert not (tmp_path / "x.sqlite3-wal").exists(), "it ends with the last connection"
    same: list[bool] = []
    on_disk(lambda file: same.append(os.path.samestat(os.fstat(file), (tmp_path / "x.sqlite3-wal").stat())))
    _put(store, 2)
    assert same == [True]


def test_it_is_found_where_the_database_is_and_not_where_a_link_to_it_is(tmp_path: Path, on_disk: OnDisk) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link.sqlite3").symlink_to(tmp_path / "elsewhere" / "x.sqlite3")
    asked: list[int] = []
    on_disk(asked.append)
    database = Database(f"sqlite:///{tmp_path / 'link.sqlite3'}")
    with database.transaction() as session:
        session.execute(text("CREATE TABLE kept (number INTEGER)"))
    database.close()
    assert len(asked) == 1


def test_where_sqlite_keeps_no_log_it_waits_itself() -> None:
    log, connection = LogOnDisk(), sqlite3.connect(":memory:")
    assert _waits_for_disk(connection, log) == "FULL"
    log.wait()
    connection.close()
