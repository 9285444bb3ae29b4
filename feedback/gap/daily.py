"""What the gap room does of its own accord: once a day, and after history was imported."""

from datetime import datetime

from feedback.core.db import Database
from feedback.gap import snapshots, watch
from feedback.settings import Settings


def catch_up(database: Database, settings: Settings, *, now: datetime, history_changed: bool = False) -> None:
    """Take the snapshots that are due and look at what is watched. Twice a day does no more than once.

    After answers are folded and seats are counted. `history_changed`: what was rebuilt of months that had no snapshot
    is rebuilt from what is known now.
    """
    snapshots.take_missing(database, settings, now=now, anew=history_changed)
    watch.look(database, settings, now=now)
