"""What was deleted leaves the disk: SQLite overwrites rows, and copies of them in its write-ahead log end here."""

import sqlite3
from contextlib import closing

from feedback.core.db import Database

_PATIENCE_S = 0.2
"""Writers wait while we wait for whoever still reads; one long report is no reason to hold up the intake."""


def forget_copies(database: Database) -> bool:
    """Empty the write-ahead log of SQLite, which keeps old pages until it comes round to them; False while others read.

    PostgreSQL does both by itself: VACUUM and the recycling of its log, in time.
    """
    if not database.is_sqlite:
        return True
    # As every copying of the log with the file lock in hand: `core.db` says why.
    with database.alone(), closing(sqlite3.connect(database.url.database or "", timeout=_PATIENCE_S)) as connection:
        try:
            return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError:
            return False
