"""Signals, for whoever looks after processes or does something again and again."""

import os
import select
import signal
import time
from contextlib import suppress
from types import FrameType

_SAME_WISH_S = 1.0


class Stop:
    """Remembers how often we were asked to stop, and wakes the main loop when that or a child's end happens.

    One in a process, made in its main thread. Who forks calls `signal.set_wakeup_fd(-1)` in the child.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)

    def __init__(self) -> None:
        self.asked = 0
        self._asked_at_s = 0.0
        # No lock and nothing that has one, as an Event does: a signal that comes while a handler holds it, or while
        # the main loop does, would wait for itself, for ever.
        self._came, comes = os.pipe()
        for end in (self._came, comes):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(comes, warn_on_full_buffer=False)
        for number in self.SIGNALS:
            signal.signal(number, _heard if number == signal.SIGCHLD else self._ask)

    def wait(self, seconds: float) -> None:
        """Sleep, but not through a signal."""
        select.select([self._came], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._came, 65_536)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        # One wish to stop often arrives twice: from the terminal, and from whatever started us.
        if not self.asked or time.monotonic() - self._asked_at_s > _SAME_WISH_S:
            self.asked += 1
            self._asked_at_s = time.monotonic()


def _heard(_number: int, _frame: FrameType | None) -> None:
    """The pipe tells of it."""
