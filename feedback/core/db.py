"""The database: base of all models, engine for both kinds, one writer at a time on SQLite."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import IntEnum, unique
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from feedback.core.errors import Code, Problem
from feedback.core.log_on_disk import LogOnDisk

_BUSY_TIMEOUT_S = 20
_TRUSTED_S = 1.0


@unique
class AdvisoryLock(IntEnum):
    """Every lock that is held in PostgreSQL under a number: here together, so that no two are the same."""

    MIGRATION = 7_301_114_001
    FOLD = 7_301_114_002
    SCHEDULE = 7_301_114_003
    IMPORT = 7_301_114_004
    IMPORT_ORDERS = 7_301_114_005


class Base(DeclarativeBase):
    """Base of all models; constraints have names, so that a migration can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class _SqliteDateTime(sqlite.DATETIME):
    """The same text as SQLAlchemy's own, written five times faster: imports write millions of them."""

    def bind_processor(self, dialect: Dialect) -> Any:  # noqa: ARG002
        """`2026-11-15 12:00:00.000000`, of a naive datetime."""
        return lambda value: None if value is None else value.isoformat(" ", "microseconds")


def sqlite_moment(value: datetime) -> str:
    """What SQLite keeps of a `UtcDateTime`."""
    return _in_utc(value).isoformat(" ", "microseconds").removesuffix("+00:00")


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("A datetime without a zone cannot be stored.")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC on both sides; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, `timestamptz` on PostgreSQL."""
        plain = DateTime(timezone=True)
        return dialect.type_descriptor(_SqliteDateTime() if dialect.name == "sqlite" else plain)  # type: ignore[no-untyped-call]

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: UTC, naive on SQLite, which has no zones."""
        if value is None:
            return None
        utc = _in_utc(value)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database: aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One database. `transaction()` writes, `reading()` reads; both give a Session.

    On SQLite a file lock is held around every write transaction, shared by web, workers and CLI: processes then
    queue for the commit instead of polling for it, which keeps the tail of the waiting time short.
    `durable`: what a transaction wrote is on the disk when it is over; on a server that is the server's to say.
    """

    def __init__(self, url: str, *, durable: bool = True) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._log: LogOnDisk | None = None
        if self.is_sqlite:
            path = Path(self.url.database or "")
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock_path = path.with_name(path.name + ".write-lock")
            self._log = LogOnDisk() if durable else None
        self.engine = _of_sqlite(url, self._log) if self.is_sqlite else _of_server(url)
        self._held = threading.local()

    @contextmanager
    def transaction(self, *, wait: bool = True) -> Iterator[Session]:
        """A write transaction: committed when the block ends, rolled back when it raises.

        Without `wait` BlockingIOError is raised where another writer holds SQLite's lock. OperationalError: among
        others, the disk did not take it; then it may be there or not.
        """
        if self._log is not None:
            self._log.check()
        # The connection first: who holds the lock does nothing that can be done without it.
        with self.engine.connect() as connection:
            with self._writer_lock(wait=wait), Session(connection, expire_on_commit=False) as session:
                if self.is_sqlite:
                    connection.execution_options(sqlite_begin="IMMEDIATE")
                session.connection()
                try:
                    yield session
                    session.commit()
                except BaseException:
                    session.rollback()
                    raise
            # Also who wrote nothing: perhaps because another one had just written it, who waits here as well.
            if self._log is not None:
                self._log.wait()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads, from one consistent snapshot."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options=options)
            yield session

    @contextmanager
    def glancing(self) -> Iterator[Session]:
        """For what needs no snapshot: on a server each statement stands alone, which saves two round trips."""
        if self.is_sqlite:
            with self.reading() as session:
                yield session
            return
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            yield session

    @contextmanager
    def alone(self) -> Iterator[None]:
        """On SQLite nobody writes until the block ends; whoever does is waited for. Not within a transaction."""
        with self._writer_lock(wait=True):
            yield

    @contextmanager
    def _writer_lock(self, *, wait: bool) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if getattr(self._held, "depth", 0):
            raise RuntimeError("A write transaction is open in this thread; pass its session on instead.")
        # A descriptor of its own per transaction: flock then also keeps the threads of one process apart.
        descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._held.depth = 1
            yield
        finally:
            self._held.depth = 0
            os.close(descriptor)

    def close(self) -> None:
        """Close pooled connections; a process that forked calls this before its first query."""
        self.engine.dispose()
        if self._log is not None:
            self._log.close()


# Errors must not carry the values of a row: they end in logs.
_make = partial(create_engine, hide_parameters=True, pool_use_lifo=True)


def _of_server(url: str) -> Engine:
    # In UTC, so that the day of a timestamp is the same on every server.
    engine = _make(url, pool_size=10, max_overflow=10, connect_args={"options": "-c timezone=utc"})
    _ping_the_rested(engine)
    return engine


def _of_sqlite(url: str, log: LogOnDisk | None) -> Engine:
    engine = _make(url, pool_size=20, max_overflow=40, connect_args={"timeout": _BUSY_TIMEOUT_S})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in (
            # Rarer than by default, when the log has 48 MB: nobody can write while it is copied. Pages that are written
            # again and again are then copied once, with one sync; with a longer log more people wait longer for it.
            # It is copied with the file lock in hand and by no thread beside the writers: up to SQLite 3.51.2 a log
            # that is copied while another begins it anew may be lost (sqlite.org/wal.html#walresetbug).
            "wal_autocheckpoint=12000",
            f"synchronous={_waits_for_disk(connection, log)}",
            "foreign_keys=ON",
            # What was erased is overwritten; some builds of SQLite do it unasked, others do not.
            "secure_delete=ON",
            "temp_store=MEMORY",
            "cache_size=-32000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN " + connection.get_execution_options().get("sqlite_begin", "DEFERRED"))

    return engine


def _waits_for_disk(connection: Any, log: LogOnDisk | None) -> str:
    """What SQLite itself waits for; on some disks it cannot keep a log."""
    ((mode,),) = connection.execute("PRAGMA journal_mode=WAL")
    if log is None:
        return "OFF"
    if mode != "wal":
        return "FULL"
    _number, _name, file = connection.execute("PRAGMA database_list").fetchone()
    log.path = Path(file + "-wal")
    return "NORMAL"


def _ping_the_rested(engine: Engine) -> None:
    """Ask a connection that rested whether it is alive, as `pool_pre_ping` asks all of them at each use.

    One that worked a second ago still does unless the server went away since, and then it may go at any moment.
    """

    @event.listens_for(engine, "checkin")
    def _note(_connection: Any, record: Any) -> None:
        record.info[__name__] = monotonic()

    @event.listens_for(engine, "checkout")
    def _look(connection: Any, record: Any, _proxy: Any) -> None:
        if monotonic() - record.info.get(__name__, monotonic()) < _TRUSTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def busy(error: BaseException) -> Problem:
    """What a caller is told when the database cannot take a write now (full disk, lock, lost connection)."""
    return Problem(Code.BUSY, f"The database did not take it ({type(error).__name__}).", retry_after_s=2)
