"""The schedule: what happens by the clock. One leads at a time, however many are started."""

from datetime import date
from pathlib import Path
from time import monotonic

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from feedback.core import inbox, metrics
from feedback.core.db import AdvisoryLock, Database
from feedback.core.processes import FileLock
from feedback.core.services import Services, open_services
from feedback.gap import daily, ranking
from feedback.notices.rounds import Rounds
from feedback.privacy import journal, removal, retention
from feedback.privacy.commands import release_all
from feedback.settings import Settings
from feedback.tallies import adoption, commands, queries
from workers.runtime.import_bell import ImportBell
from workers.runtime.stop import Stop

_TICK_S = 1.0
_AFTER_FAILURE_S = 5.0
_PAUSES = 9
"""What is paced rests this many times as long as it took: a tenth of the time at most goes into it."""

log = structlog.get_logger(__name__)


def run(settings: Settings) -> int:
    """Sweep every second until SIGTERM or Ctrl-C; a sweep at hand is finished first."""
    stop = Stop()
    services = open_services(settings)
    leader = Leader(services.database)
    sweep = Sweep(services)
    while not stop.asked:
        try:
            if leader.leads():
                sweep()
            pause = _TICK_S
        except Exception:
            log.exception("the sweep failed; it will be tried again")
            pause = _AFTER_FAILURE_S
        stop.wait(pause)
    leader.resign()
    return 0


class Paced:
    """Around work that may take long: `with paced as rested`, and do it when it has rested."""

    def __init__(self) -> None:
        self._at = self._began = float("-inf")

    def __enter__(self) -> bool:
        self._began = monotonic()
        return self._began >= self._at

    def __exit__(self, *_: object) -> None:
        if self._began >= self._at:
            ended = monotonic()
            self._at = ended + _PAUSES * (ended - self._began)


class Sweep:
    """Folds what the doorbell missed: rows that were in the inbox a tick ago and still are. Counts seats; ranks; tells.

    Rows are recognised by their ids, not by their age: a clock that jumps changes nothing.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._seen: int | None = None
        self._recounting, self._ranking = Paced(), Paced()
        self._ring_for_imports = ImportBell(services)
        self._notices = Rounds(services)
        self._caught_up_on: date | None = None
        self._ranked: tuple[int, date] | None = None

    def __call__(self) -> int:
        """Look once; the number of rows folded."""
        folded = self._fold()
        self._ring_for_imports()
        self._recount()
        self._catch_up()
        self._rank()
        self._notices()
        journal.collect(self._services)
        metrics.swept(folded, self._services.clock().timestamp())
        return folded

    def _catch_up(self) -> None:
        """Once a day, and when this process begins."""
        now = self._services.clock()
        if now.date() != self._caught_up_on:
            daily.catch_up(self._services.database, self._services.settings, now=now)
            with self._services.database.transaction() as session:
                removal.sweep(session, now=now)
            gone = retention.enforce(self._services.database, self._services.settings, now=now)
            if any(one.rows for one in gone):
                log.info("deleted what was older than is kept", **{one.setting: one.rows for one in gone if one.rows})
            released = release_all(self._services.database, self._services.settings, now=now)
            if released:
                log.info("released to partners", partners=len(released))
            self._caught_up_on = now.date()

    def _recount(self) -> None:
        services = self._services
        with self._recounting as rested:
            partners = adoption.recount_all(services.database, services.settings, now=services.clock()) if rested else 0
        if partners:
            log.info("counted seats", partners=partners)

    def _rank(self) -> None:
        """When anything that is counted changed, or the day did."""
        services = self._services
        now = services.clock()
        with services.database.reading() as session:
            state = queries.folded(session).generation, now.date()
        if state == self._ranked:
            return
        with self._ranking as rested:
            if rested:
                ranking.keep(services.database, services.settings, now=now)
                self._ranked = state

    def _fold(self) -> int:
        database = self._services.database
        with database.reading() as session:
            first = inbox.first_waiting(session)
        stuck = first is not None and self._seen is not None and first <= self._seen
        self._seen = first
        if not stuck:
            return 0
        folded = commands.fold_all(database, now=self._services.clock())
        log.info("folded what no worker had taken", rows=folded)
        return folded


class Leader:
    """The lock that makes one schedule the only one: in PostgreSQL, or beside the SQLite file."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._file: FileLock | None = None
        self._told: bool | None = None

    def leads(self) -> bool:
        """Whether this process leads now; takes the lead when nobody has it."""
        leads = self._holds_file() if self._database.is_sqlite else self._holds_session()
        if leads != self._told:
            log.info("leads the schedule" if leads else "another schedule leads; standing by")
            self._told = leads
        return leads

    def resign(self) -> None:
        """Let another lead."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._file is not None:
            self._file.release()
            self._file = None

    def _holds_file(self) -> bool:
        if self._file is None:
            path = Path(self._database.url.database or "")
            lock = FileLock(path.with_name(path.name + ".schedule-lock"))
            self._file = lock if lock.acquire() else None
        return self._file is not None

    def _holds_session(self) -> bool:
        try:
            if self._connection is not None:
                # The lock lives as long as this connection does: asking it anything tells whether it is still ours.
                self._connection.execute(text("SELECT 1"))
                return True
            connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": AdvisoryLock.SCHEDULE}):
                # Out of the pool: closing it then closes it for good, and with it the lock.
                connection.detach()
                self._connection = connection
                return True
            connection.close()
        except SQLAlchemyError:
            self.resign()
            raise
        return False
