"""The floor's rows in PostgreSQL: one statement per table for all rows, sent together with the commit."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

from bench._intake.batches import Row
from bench._intake.columns import GRANT, OF_ALL, RESPONSE
from feedback.core.months import month_of

_TYPES = ("uuid", "uuid", "uuid", "int8", "uuid", "int2", "int4", "bool", "text", "text", "timestamptz", "timestamptz")
"""Of the columns of RESPONSE."""
_CHANGED = "INSERT INTO seat_changes (partner_id) SELECT * FROM unnest(%b::uuid[])"


class Postgresql:
    """One statement per table for all rows, sent together with the commit."""

    def __init__(self, conninfo: str, survey: str) -> None:
        self._conninfo = conninfo
        self._own = threading.local()
        found = self._connection().execute(
            "SELECT survey_id, survey_versions.id FROM survey_versions JOIN surveys ON surveys.id = survey_id"
            " WHERE name = %s AND version = 1",
            (survey,),
        )
        survey_id, version_id = found.fetchone() or ("", "")
        of_all = f"'{survey_id}', '{version_id}', 'end_user', 'nps', 'vendor', true"
        month, day = month_of(datetime.now(UTC)), datetime.now(UTC).date()
        arrays = ", ".join(f"%b::{one}[]" for one in _TYPES)
        self._response = (
            f"INSERT INTO responses ({RESPONSE}, {OF_ALL})"
            f" SELECT {RESPONSE}, {of_all}, {month}, received_at, NULL, NULL, NULL"
            f" FROM unnest({arrays}) AS given ({RESPONSE})"
        )
        of_grants = f"'{survey_id}', '{version_id}', 'end_user', 'vendor', true, 'granted'"
        self._grant = (
            f"INSERT INTO impressions ({GRANT}, survey_id, survey_version_id, audience, trust, live, state)"
            f" SELECT partner_id, id, respondent_id, at, at, {of_grants}"
            " FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::timestamptz[])"
            " AS given (partner_id, id, respondent_id, at)"
        )
        self._activity = (
            "INSERT INTO activity (partner_id, seat_id, month, source, days, onboarding_days, meaningful_days)"
            f" SELECT partner, seat, {month}, 'embed', {1 << day.day - 1}, 0, 0"
            " FROM unnest(%b::uuid[], %b::uuid[]) AS given (partner, seat)"
            " ON CONFLICT (partner_id, seat_id, month, source) DO UPDATE SET days = activity.days | excluded.days"
        )
        self._active = f"first_active_on = '{day}', last_active_on = '{day}', first_activated_on = '{day}'"

    def now(self) -> str:
        """As PostgreSQL reads it."""
        return datetime.now(UTC).isoformat()

    def moment(self, text: str) -> str:
        """As PostgreSQL reads it."""
        return text

    def responses(self, rows: Sequence[Row]) -> None:
        """See Writer."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        with self._transaction() as connection:
            connection.execute(self._response, columns)
            connection.execute(
                "INSERT INTO inbox (partner_id, respondent_id, metric, received_at)"
                " SELECT partner, respondent, 'nps', at"
                " FROM unnest(%b::uuid[], %b::uuid[], %b::timestamptz[]) AS given (partner, respondent, at)",
                [columns[0], columns[2], columns[11]],
            )
            connection.execute(
                "UPDATE impressions SET response_id = given.response, state = 'answered', changed_at = given.at"
                " FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::timestamptz[])"
                " AS given (partner, impression, response, at)"
                " WHERE partner_id = given.partner AND id = given.impression",
                [columns[0], columns[4], columns[1], columns[11]],
            )

    def impressions(self, rows: Sequence[Row]) -> None:
        """See Writer."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        with self._transaction() as connection:
            connection.execute(self._grant, columns)

    def activity(self, rows: Sequence[Row]) -> None:
        """See Writer."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        with self._transaction() as connection:
            connection.execute(self._activity, columns)
            connection.execute(
                f"UPDATE seats SET {self._active} FROM unnest(%b::uuid[], %b::uuid[]) AS given (partner, seat)"
                " WHERE partner_id = given.partner AND id = given.seat",
                columns,
            )
            connection.execute(_CHANGED, [sorted(set(columns[0]))])

    def _connection(self) -> psycopg.Connection[Any]:
        found: psycopg.Connection[Any] | None = getattr(self._own, "connection", None)
        if found is None:
            found = self._own.connection = psycopg.connect(self._conninfo, autocommit=True, prepare_threshold=0)
        return found

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection[Any]]:
        connection = self._connection()
        with connection.pipeline(), connection.transaction():
            yield connection
