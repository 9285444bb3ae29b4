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
_SUFFIXES = {AdvisoryLock.IMPORT: ".import-lock", AdvisoryLock.IMPORT_ORDERS: ".import-orders-lock"}


@contextmanager
def one_at_a_time(database: Database, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of imports in this block. `waiting` is called once when another import has it."""
    with _attempts(database, AdvisoryLock.IMPORT) as attempt:
        told = False
        while not attempt():
            if not told:
                waiting()
                told = True
            time.sleep(_LOOK_AGAIN_S)
        yield


@contextmanager
def only_runner(database: Database) -> Iterator[bool]:
    """Whether this process is the one that sees to orders in this block; another may be at it."""
    with _attempts(database, AdvisoryLock.IMPORT_ORDERS) as attempt:
        yield attempt()


@contextmanager
def _attempts(database: Database, key: AdvisoryLock) -> Iterator[Callable[[], bool]]:
    """A function that tries to take the lock, which is given back when the block ends."""
    with _file_lock(database, key) if database.is_sqlite else _advisory_lock(database, key) as attempt:
        yield attempt


@contextmanager
def _file_lock(database: Database, key: AdvisoryLock) -> Iterator[Callable[[], bool]]:
    path = Path(database.url.database or "")
    lock = FileLock(path.with_name(path.name + _SUFFIXES[key]))
    try:
        yield lock.acquire
    finally:
        lock.release()


@contextmanager
def _advisory_lock(database: Database, key: AdvisoryLock) -> Iterator[Callable[[], bool]]:
    # A connection of its own that never goes back to the pool: when it is gone so is the lock, whatever happened.
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()
        take = text("SELECT pg_try_advisory_lock(:key)")
        try:
            yield lambda: bool(connection.scalar(take, {"key": key}))
        finally:
            # Said, because the server notices a closed connection only some time later.
            with suppress(DBAPIError):
                connection.execute(text("SELECT pg_advisory_unlock_all()"))
