"""What a running part of the service holds: settings, database, derived keys, clock and doorbell."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from feedback.core import secrets
from feedback.core.clock import Clock, system_clock
from feedback.core.db import Database
from feedback.core.queue import Doorbell
from feedback.core.secrets import Secrets
from feedback.settings import Settings

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Services:
    """Built once per process by `open_services`; a test builds its own."""

    settings: Settings
    database: Database
    secrets: Secrets
    clock: Clock
    ring: Callable[[str], None]
    """Tell the workers that there is work of this name. Called after the commit; never raises."""
    _shared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def shared(self, name: str, make: "Callable[[Services], Made]") -> Made:
        """What requests of this process have in common: made by the first of them, the same for all."""
        found = self._shared.get(name)
        if found is None:
            found = self._shared.setdefault(name, make(self))
        return found  # type: ignore[no-any-return]


def open_services(settings: Settings) -> Services:
    """Connect what `settings` names. Opens no connection yet."""
    return Services(
        settings=settings,
        database=Database(settings.database_url),
        secrets=secrets.load(settings),
        clock=system_clock,
        ring=Doorbell(settings).ring,
    )
