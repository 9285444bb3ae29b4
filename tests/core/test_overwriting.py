"""SQLite's log is emptied at once, after whoever writes just then; who still reads is not waited for."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import insert, text

from feedback.core.db import Database
from feedback.core.overwriting import forget_copies
from tests.core.writing import KEPT


def _put(store: Database) -> None:
    with store.transaction() as session:
        session.execute(insert(KEPT).values(number=1, said=0))


def _left(folder: Path) -> int:
    return (folder / "x.sqlite3-wal").stat().st_size


def test_it_is_emptied_once_the_other_one_has_written(store: Database, tmp_path: Path) -> None:
    writes, done = Event(), Event()

    def write() -> None:
        with store.transaction() as session:
            session.execute(insert(KEPT).values(number=1, said=0))
            writes.set()
            assert done.wait(10)

    with ThreadPoolExecutor() as pool:
        other = pool.submit(write)
        assert writes.wait(10)
        emptied = pool.submit(forget_copies, store)
        with pytest.raises(TimeoutError):
            emptied.result(0.5)
        done.set()
        other.result(10)
        assert emptied.result(10)
    assert _left(tmp_path) == 0


def test_who_still_reads_is_not_waited_for(store: Database, tmp_path: Path) -> None:
    with store.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM kept")) == 0
        _put(store)
        assert not forget_copies(store)
        assert _left(tmp_path) > 0
        _put(store)  # nor does it keep others from writing
    assert forget_copies(store)
    assert _left(tmp_path) == 0
