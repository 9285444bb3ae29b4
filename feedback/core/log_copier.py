"""SQLite's write-ahead log, copied into the database by a thread beside those who write.

SQLite itself copies it at the end of a commit that finds it long, and nobody writes meanwhile. It has to do that now
and then, for it begins a log anew only when all of it was copied and nobody writes; what was copied before it need not
copy again (sqlite.org/wal.html#ckpt, sqlite.org/c3ref/wal_checkpoint_v2.html).
"""

import logging
import sqlite3
from contextlib import closing
from threading import Lock, Thread

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

_COMMITS = 48
"""Of one process, between one time and the next: under full load some 20 MB of log."""
_LOG = logging.getLogger(__name__)


class LogCopier:
    """Of one database in one process. For threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._commits = 0
        self._copying = Lock()

    def committed(self) -> None:
        """Somebody wrote. Does not wait."""
        self._commits += 1
        if self._commits >= _COMMITS and self._copying.acquire(blocking=False):
            self._commits = 0
            Thread(target=self._copy, name="copier of the log", daemon=True).start()

    def _copy(self) -> None:
        try:
            with closing(self._engine.raw_connection()) as connection:
                # Passive: it waits for nobody, and leaves what somebody still reads or another process copies.
                connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
        except (SQLAlchemyError, sqlite3.Error) as error:
            # Nothing is lost: it stands in the log, and SQLite tries again itself.
            _LOG.warning("the log of the database could not be copied into it: %s", type(error).__name__)
        finally:
            self._copying.release()
