"""The floor's rows in SQLite: one `executemany` per table, the file lock of the service around the commit."""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from bench._intake.batches import Row
from bench._intake.columns import GRANT, OF_ALL, RESPONSE
from feedback.core.months import month_of


class Sqlite:
    """Rows are texts and numbers as SQLAlchemy stores them."""

    def __init__(self, path: str, survey: str) -> None:
        self._path = path
        self._own = threading.local()
        found = self._connection().execute(
            "SELECT survey_id, survey_versions.id FROM survey_versions JOIN surveys ON surveys.id = survey_id"
            " WHERE name = ? AND version = 1",
            (survey,),
        )
        survey_id, version_id = found.fetchone()
        of_all = f"'{survey_id}', '{version_id}', 'end_user', 'nps', 'vendor', 1"
        month, day = month_of(datetime.now(UTC)), datetime.now(UTC).date()
        self._response = (
            f"INSERT INTO responses ({RESPONSE}, {OF_ALL})"
            f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {of_all}, {month}, ?12, NULL, NULL, NULL)"
        )
        self._grant = (
            f"INSERT INTO impressions ({GRANT}, survey_id, survey_version_id, audience, trust, live, state)"
            f" VALUES (?, ?, ?, ?, ?4, {of_all.replace(chr(39) + 'nps' + chr(39) + ', ', '')}, 'granted')"
        )
        self._activity = (
            "INSERT INTO activity (partner_id, seat_id, month, source, days, onboarding_days, meaningful_days)"
            f" VALUES (?, ?, {month}, 'embed', {1 << day.day - 1}, 0, 0)"
            " ON CONFLICT DO UPDATE SET days = days | excluded.days"
        )
        self._active = f"first_active_on = '{day}', last_active_on = '{day}', first_activated_on = '{day}'"

    def now(self) -> str:
        """As stored."""
        return datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")

    def moment(self, text: str) -> str:
        """As stored."""
        return f"{text[:10]} {text[11:23]}000"

    def responses(self, rows: Sequence[Row]) -> None:
        """See Writer."""
        with self._transaction() as connection:
            connection.executemany(self._response, rows)
            connection.executemany(
                "INSERT INTO inbox (partner_id, respondent_id, metric, received_at) VALUES (?, ?, 'nps', ?)",
                [(row[0], row[2], row[11]) for row in rows],
            )
            connection.executemany(
                "UPDATE impressions SET response_id = ?, state = 'answered', changed_at = ?"
                " WHERE partner_id = ? AND id = ?",
                [(row[1], row[11], row[0], row[4]) for row in rows],
            )

    def impressions(self, rows: Sequence[Row]) -> None:
        """See Writer."""
        with self._transaction() as connection:
            connection.executemany(self._grant, rows)

    def activity(self, rows: Sequence[Row]) -> None:
        """See Writer."""
        with self._transaction() as connection:
            connection.executemany(self._activity, rows)
            connection.executemany(f"UPDATE seats SET {self._active} WHERE partner_id = ? AND id = ?", rows)
            _changed(connection, rows)

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if found is None:
            found = self._own.connection = sqlite3.connect(self._path, isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-32000"):
                found.execute(f"PRAGMA {pragma}")
        return found

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        lock = os.open(self._path + ".write-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            os.close(lock)


def _changed(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    partners = sorted({row[0] for row in rows})
    connection.executemany("INSERT INTO seat_changes (partner_id) VALUES (?)", [(one,) for one in partners])
