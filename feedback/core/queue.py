"""The doorbell: RQ only wakes the workers; the inbox in the database is the queue of record."""

from feedback.settings import Settings


class Doorbell:
    """Rings the workers' queues."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def ring(self, task: str) -> None:
        """Ask the workers to run `task` soon."""
