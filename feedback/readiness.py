"""Whether this process can do its work: what a load balancer asks before it sends requests.

A queue that is away is no reason not to be ready: the intake goes on, and the schedule folds.
"""

import os
import shutil
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from feedback.core import valkey
from feedback.core.db import Database
from feedback.core.processes import StartError
from feedback.core.services import Services
from feedback.migrations.run import is_behind

_HOLDS_S = 1.0
_PATIENCE_S = 3.0
_QUEUE_S = 0.5
_LEAST_FREE_BYTES = 64 * 1024 * 1024
_OK = "ok"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found: a word or a sentence for each of database, schema, disk and queue; `ok` where all is well."""

    checks: Mapping[str, str]

    @property
    def ready(self) -> bool:
        """Whether requests may be sent here."""
        return all(said == _OK for name, said in self.checks.items() if name != "queue")

    @property
    def status(self) -> str:
        """`ready`, `degraded` (the intake goes on without its queue) or `not ready`."""
        if not self.ready:
            return "not ready"
        return "ready" if self.checks["queue"] == _OK else "degraded"


class Watch:
    """Looks at most once a second, however often it is asked, and answers within seconds, whatever hangs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._look: Future[Readiness] | None = None
        self._began_s = float("-inf")
        self._good: str | None = None

    def look(self) -> Readiness:
        """How it is; when the database does not answer in time, that is what was found."""
        try:
            return self._begin().result(_PATIENCE_S)
        except LateError:
            said = f"no answer within {_PATIENCE_S:.0f} s"
            return Readiness(dict.fromkeys(("database", "schema", "disk", "queue"), said))

    def _begin(self) -> "Future[Readiness]":
        with self._lock:
            rested = monotonic() - self._began_s >= _HOLDS_S
            if self._look is None or (self._look.done() and rested):
                self._began_s = monotonic()
                self._look = Future()
                # A thread of its own: a database that hangs must not hang whoever asks about it.
                threading.Thread(target=self._examine, args=(self._look,), name="readiness", daemon=True).start()
            return self._look

    def _examine(self, look: "Future[Readiness]") -> None:
        settings, database = self._services.settings, self._services.database
        checks = {
            "database": _told(lambda: _database(database)),
            "schema": "unknown",
            "disk": _told(lambda: _disk(settings.home, database)),
            "queue": _OK if valkey.answers(settings.queue_url, timeout_s=_QUEUE_S) else "does not answer",
        }
        if checks["database"] == _OK:
            checks["schema"] = _told(lambda: self._schema(database))
        look.set_result(Readiness(checks))

    def _schema(self, database: Database) -> str:
        with database.reading() as session:
            version: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
        # Reading the migrations takes 20 ms, and what they say of a version does not change while this code runs.
        if version is None or version != self._good:
            if is_behind(database):
                return "lacks migrations of this version"
            self._good = version
        return _OK


def _told(check: Callable[[], str]) -> str:
    try:
        return check()
    except (SQLAlchemyError, OSError, StartError) as error:
        # Only the kind of it: messages name hosts and files, and this is told to anybody.
        return f"failed ({type(error).__name__})"


def _database(database: Database) -> str:
    with database.reading() as session:
        if database.is_sqlite:
            session.execute(text("SELECT 1"))
            return _OK
        standby = session.scalar(
            text("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool")
        )
    return "takes no writes" if standby else _OK


def _disk(home: Path, database: Database) -> str:
    """Whether something can still be written where the data is. PostgreSQL minds its own disk; the home has imports."""
    folder = Path(database.url.database or "").parent if database.is_sqlite else home
    if not database.is_sqlite and not folder.is_dir():
        return _OK
    probe = folder / f".ready-{os.getpid()}"
    try:
        probe.write_bytes(bytes(4096))
    finally:
        probe.unlink(missing_ok=True)
    if database.is_sqlite and not os.access(database.url.database or "", os.W_OK):
        return "the database file cannot be written"
    return _OK if shutil.disk_usage(folder).free >= _LEAST_FREE_BYTES else "full"
