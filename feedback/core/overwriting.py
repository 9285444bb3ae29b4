"""What was deleted leaves the disk: SQLite overwrites rows, and copies of them in its write-ahead log end here."""

import sqlite3
from time import monotonic, sleep

from feedback.core.db import Database

_PATIENCE_S = 0.2
"""Writers wait while we wait for whoever still reads; one long report is no reason to hold up the intake."""


def forget_copies(database: Database) -> bool:
    """Empty the write-ahead log of SQLite, which keeps old pages until it comes round to them; False while others read.

    PostgreSQL does both by itself: VACUUM and the recycling of its log, in time.
    """
    if not database.is_sqlite:
        return True
    connection = sqlite3.connect(database.url.database or "", timeout=_PATIENCE_S)
    try:
        # While another copies the log SQLite says at once that it is busy.
        until = monotonic() + _PATIENCE_S
        while busy := bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]):
            if monotonic() > until:
                break
            sleep(_PATIENCE_S / 10)
        return not busy
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
