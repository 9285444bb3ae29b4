"""One import at a time, on both databases; the kernel or the server frees the lock of a process that is gone."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from feedback.core.db import AdvisoryLock, Database
from feedback.core.processes import FileLock

_LOOK_AGAIN_S = 0.2


@contextmanager
def one_at_a_time(database: Database, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of imports in this block. `waiting` is called once when another import has it."""
    with _file_lock(database, waiting) if database.is_sqlite else _advisory_lock(database, waiting):
        yield


@contextmanager
def _file_lock(database: Database, waiting: Callable[[], None]) -> Iterator[None]:
    path = Path(database.url.database or "")
    lock = FileLock(path.with_name(path.name + ".import-lock"))
    _take(lock.acquire, waiting)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _advisory_lock(database: Database, waiting: Callable[[], None]) -> Iterator[None]:
    # A connection of its own that never goes back to the pool: when it is gone so is the lock, whatever happened.
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()
        take = text("SELECT pg_try_advisory_lock(:key)")
        _take(lambda: bool(connection.scalar(take, {"key": AdvisoryLock.IMPORT})), waiting)
        try:
            yield
        finally:
            # Said, because the server notices a closed connection only some time later.
            with suppress(DBAPIError):
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": AdvisoryLock.IMPORT})


def _take(attempt: Callable[[], bool], waiting: Callable[[], None]) -> None:
    told = False
    while not attempt():
        if not told:
            waiting()
            told = True
        time.sleep(_LOOK_AGAIN_S)
