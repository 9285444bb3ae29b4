"""What the floor writes: the rows of the service, by the shortest way that each database has."""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import make_url

from bench._intake.batches import Row


class Writer(Protocol):
    """Writes the rows of one kind of request in one transaction each. Any thread may call it."""

    def responses(self, rows: Sequence[Row]) -> None:
        """Rows as in `columns.RESPONSE`, with their inbox rows, and their impressions marked as answered."""

    def impressions(self, rows: Sequence[Row]) -> None:
        """Partner, impression, respondent and time of each; their seats are known."""

    def activity(self, rows: Sequence[Row]) -> None:
        """Partner and seat, at most once each, were active today."""

    def now(self) -> Any:
        """The time, as a row has it."""

    def moment(self, text: str) -> Any:
        """A time as browsers write it, as a row has it."""


def open_writer(url: str, survey: str) -> Writer:
    """A writer of this database."""
    # Only one of them is needed, and each process of a server pays for what it imports.
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        from bench._intake.writing_sqlite import Sqlite

        return Sqlite(parsed.database or "", survey)
    from bench._intake.writing_postgresql import Postgresql

    return Postgresql(parsed.set(drivername="postgresql").render_as_string(hide_password=False), survey)
