"""A clock that jumps, for all processes of a service."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from feedback.core import months
from feedback.core.clock import system_clock

_STAND_IN = """
import feedback.core.clock as clock
from datetime import timedelta
from pathlib import Path

true = clock.system_clock
clock.system_clock = lambda: true() + timedelta(seconds=int(Path({file!r}).read_text()))
"""
"""For every process of the service: Python runs it before anything else. No part reads the time in another way."""


@dataclass
class JumpingClock:
    """The clock of a test and, by way of a file, of all processes with `folder` in PYTHONPATH.

    Intervals stay true, as on a machine whose clock is set; so does the time of PostgreSQL and Valkey.
    """

    folder: Path
    beside_s: int = 0
    """Seconds beside the true time."""

    def __post_init__(self) -> None:
        self.folder.mkdir()
        (self.folder / "sitecustomize.py").write_text(_STAND_IN.format(file=str(self.folder / "beside")))
        self.jump(self.beside_s)

    def __call__(self) -> datetime:
        return system_clock() + timedelta(seconds=self.beside_s)

    def jump(self, beside_s: int) -> None:
        """All at once."""
        draft = self.folder / "draft"
        draft.write_text(str(beside_s))
        draft.replace(self.folder / "beside")
        self.beside_s = beside_s


def end_of_month_s() -> int:
    """How far it is to noon of this month's last day: from there a jump of two days is one into the next month."""
    now = system_clock()
    noon = datetime.combine(months.last_day(months.month_of(now)), time(12), UTC)
    return int((noon - now).total_seconds())
