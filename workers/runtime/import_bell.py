"""Rings for imports: the schedule only knocks, a worker reads the files."""

from datetime import date, datetime, timedelta
from uuid import UUID

from feedback.core.services import Services
from feedback.imports.orders import TASK, first_waiting

_LOOK_EVERY = timedelta(seconds=5)


class ImportBell:
    """Rings when an order still waits that waited a tick ago, to look into the watched folder, and to tidy up daily."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._seen: UUID | None = None
        self._looked_at: datetime | None = None
        self._tidied_on: date | None = None

    def __call__(self) -> None:
        """Look once."""
        now = self._services.clock()
        with self._services.database.reading() as session:
            order = first_waiting(session)
        waits = order.id if order is not None else None
        stuck = waits is not None and waits == self._seen
        self._seen = waits
        if stuck or self._should_look(now) or now.date() != self._tidied_on:
            self._tidied_on = now.date()
            self._services.ring(TASK)

    def _should_look(self, now: datetime) -> bool:
        if self._services.settings.import_folder is None:
            return False
        due = self._looked_at is None or not timedelta() <= now - self._looked_at < _LOOK_EVERY
        if due:
            self._looked_at = now
        return due
