"""What the gap room does of its own accord: once a day, and after history was imported."""

from datetime import datetime

from feedback.core.db import Database
from feedback.flags import looking
from feedback.gap import snapshots, watch
from feedback.responses import intake
from feedback.settings import Settings
from feedback.tallies.adoption import recount_all
from feedback.tallies.commands import fold_all


def catch_up(database: Database, settings: Settings, *, now: datetime, history_changed: bool = False) -> None:
    """Count what waits and came in, take the snapshots that are due, look at what is watched and what raises flags.

    Twice a day does no more than once.

    `history_changed`: what was rebuilt of months that had no snapshot is rebuilt from what is known now.
    """
    # A month must be frozen with the last of its answers and its seats as they were on its last day.
    fold_all(database, now=now)
    intake.count_anew(database, now=now)
    recount_all(database, settings, now=now)
    snapshots.take_missing(database, settings, now=now, anew=history_changed)
    watch.look(database, settings, now=now)
    looking.look(database, now=now)
