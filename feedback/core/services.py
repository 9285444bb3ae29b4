"""What a running part of the service holds: settings, database, derived keys, clock and doorbell."""

from collections.abc import Callable
from dataclasses import dataclass

from feedback.core import secrets
from feedback.core.clock import Clock, system_clock
from feedback.core.db import Database
from feedback.core.queue import Doorbell
from feedback.core.secrets import Secrets
from feedback.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """Built once per process by `open_services`; a test builds its own."""

    settings: Settings
    database: Database
    secrets: Secrets
    clock: Clock
    ring: Callable[[str], None]
    """Tell the workers that there is work of this name. Called after the commit; never raises."""


def open_services(settings: Settings) -> Services:
    """Connect what `settings` names. Opens no connection yet."""
    return Services(
        settings=settings,
        database=Database(settings.database_url),
        secrets=secrets.load(settings),
        clock=system_clock,
        ring=Doorbell(settings).ring,
    )
