"""Child processes: started, started again when they die, and stopped in order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from feedback.core.processes import StartError

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 30.0
_HEALTHY_AFTER_S = 20.0

log = structlog.get_logger(__name__)


def part(*arguments: str) -> Callable[[], "subprocess.Popen[bytes]"]:
    """How to start a part of this package (see `__main__`) as a child that ends when we do."""

    def start() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-P", "-m", "workers.runtime", *arguments, "--parent", str(os.getpid())]
        # A group of its own: Ctrl-C in a terminal reaches us alone, and we stop everything in order.
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)  # nosec B603 # noqa: S603 - our own modules, no shell

    return start


class Process(Protocol):
    """What is looked after; `subprocess.Popen` is one."""

    pid: int

    def poll(self) -> int | None:
        """The exit code, or minus the signal that ended it; None while it runs."""

    def send_signal(self, number: int, /) -> None:
        """Send a signal."""

    def wait(self) -> int | None:
        """Wait until it has ended."""


@dataclass(slots=True)
class Child:
    """One process that shall run. `start` may take a while and may raise StartError."""

    name: str
    start: Callable[[], Process]
    process: Process | None = None
    started_at_s: float = 0.0
    due_at_s: float = 0.0
    failures: int = 0

    def begin(self) -> None:
        """Start it; a failure is told and tried again later."""
        self.started_at_s = time.monotonic()
        try:
            self.process = self.start()
        except (StartError, OSError) as error:
            self._fail(str(error))
            return
        log.info("started again" if self.failures else "started", part=self.name, pid=self.process.pid)

    def tend(self) -> None:
        """See whether it still runs; start it again when it is due."""
        if self.process is None:
            if time.monotonic() >= self.due_at_s:
                self.begin()
            return
        code = self.process.poll()
        if code is not None:
            self.process = None
            if time.monotonic() - self.started_at_s > _HEALTHY_AFTER_S:
                self.failures = 0
            self._fail(f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}")

    def ask(self, number: int) -> None:
        """Send a signal, if there is a process."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def ended(self) -> bool:
        """Whether no process is left."""
        return self.process is None or self.process.poll() is not None

    def _fail(self, reason: str) -> None:
        pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**self.failures)
        self.failures += 1
        self.due_at_s = time.monotonic() + pause_s
        log.warning("ended", part=self.name, reason=reason, again_in_s=round(pause_s, 1))


@dataclass(slots=True)
class Family:
    """All children. They stop in the reverse order of `generations`: what others need goes last."""

    generations: list[list[Child]] = field(default_factory=list)

    def tend(self) -> float:
        """Look after every child; how many seconds may pass until the next look."""
        children = [child for generation in self.generations for child in generation]
        for child in children:
            child.tend()
        due = [child.due_at_s - time.monotonic() for child in children if child.process is None]
        return max(0.05, min([1.0, *due]))

    def stop(self, *, grace_s: float, hurry: Callable[[], bool]) -> None:
        """Ask everybody to finish, the youngest generation first; whoever has not after `grace_s` is killed.

        `hurry` is asked all the time; once it says so, nobody is waited for.
        """
        deadline = time.monotonic() + grace_s
        for generation in reversed(self.generations):
            for child in generation:
                child.ask(signal.SIGTERM)
            while not all(child.ended() for child in generation):
                if time.monotonic() > deadline or hurry():
                    break
                time.sleep(0.02)
            for child in generation:
                if not child.ended():
                    log.warning("did not finish in time and is killed", part=child.name)
                    child.ask(signal.SIGKILL)
                if child.process is not None:
                    child.process.wait()
