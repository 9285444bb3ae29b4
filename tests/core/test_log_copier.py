"""What was written goes from SQLite's log into the database while others write; that it cannot harms nobody."""

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import OperationalError

from feedback.core import log_copier
from feedback.core.db import Database
from feedback.core.log_copier import LogCopier
from tests.core.writing import KEPT, kept, wait


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third commit."""
    monkeypatch.setattr(log_copier, "_COMMITS", 3)


def _put(store: Database, *numbers: int) -> None:
    for number in numbers:
        with store.transaction() as session:
            session.execute(insert(KEPT).values(number=number, said=0))


def _without_the_log(folder: Path) -> list[int]:
    """The rows that stand in the database itself."""
    shutil.copy(folder / "x.sqlite3", folder / "alone")
    with closing(sqlite3.connect(folder / "alone")) as alone:
        try:
            return [number for (number,) in alone.execute("SELECT number FROM kept ORDER BY number")]
        except sqlite3.DatabaseError:
            return []  # not even the table, or half copied


def _until_copied(folder: Path, numbers: list[int]) -> None:
    wait(lambda: _without_the_log(folder) == numbers)


def test_after_so_many_commits_the_log_is_in_the_database(store: Database, tmp_path: Path) -> None:
    _put(store, 1)  # the second: the first made the table
    time.sleep(0.1)
    assert _without_the_log(tmp_path) == []
    _put(store, 2)
    _until_copied(tmp_path, [1, 2])
    _put(store, 3, 4, 5)
    _until_copied(tmp_path, [1, 2, 3, 4, 5])


def test_what_somebody_still_reads_does_not_hold_up_those_who_write(store: Database, tmp_path: Path) -> None:
    _put(store, 1, 2)
    _until_copied(tmp_path, [1, 2])
    with store.reading() as session:
        assert session.scalars(select(KEPT.c.number)).all() == [1, 2]
        _put(store, 3, 4, 5)
        time.sleep(0.1)
        assert session.scalars(select(KEPT.c.number)).all() == [1, 2]
    assert [number for number, _said in kept(store)] == [1, 2, 3, 4, 5]
    _put(store, 6, 7, 8)
    _until_copied(tmp_path, [1, 2, 3, 4, 5, 6, 7, 8])


class _FullOnce:
    """A disk that is full the first time."""

    def __init__(self, engine: Engine) -> None:
        self.asked, self._engine = 0, engine

    def raw_connection(self) -> Any:
        self.asked += 1
        if self.asked == 1:
            raise OperationalError("PRAGMA", None, sqlite3.OperationalError("database or disk is full"))
        return self._engine.raw_connection()


def test_that_it_fails_is_said_and_tried_again(
    store: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine: Any = _FullOnce(store.engine)
    copier = LogCopier(engine)
    for _ in range(3):
        copier.committed()
    wait(lambda: caplog.records)
    assert caplog.messages == ["the log of the database could not be copied into it: OperationalError"]
    _put(store, 1)
    wait(lambda: not copier._copying.locked())
    for _ in range(3):
        copier.committed()
    _until_copied(tmp_path, [1])
    assert engine.asked == 2


def test_a_database_that_waits_for_no_disk_copies_nothing_by_itself(tmp_path: Path) -> None:
    fast = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}", durable=False)
    with fast.transaction() as session:
        session.execute(text("CREATE TABLE kept (number INTEGER, said INTEGER)"))
    _put(fast, 1, 2, 3, 4)
    time.sleep(0.1)
    assert _without_the_log(tmp_path) == []
    fast.close()
