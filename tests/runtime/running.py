"""The service as an operator starts it: a real process in a home of its own, its words, its children."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from feedback.core import inbox
from feedback.core.clock import system_clock
from feedback.core.db import Database
from feedback.core.ids import new_id
from feedback.settings import Settings, from_environment

ROOT = Path(__file__).parents[2]


def environment(home: Path, **more: str) -> dict[str, str]:
    """An environment whose settings are the test's alone."""
    ours = ("FEEDBACK_", "DATABASE_URL", "REDIS_URL", "PORT", "HOST")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return environ | {"FEEDBACK_HOME": str(home), "PYTHONPATH": str(ROOT), **more}


def start(
    environ: dict[str, str],
    *arguments: str,
    output: Path,
    module: str = "feedback",
    preexec_fn: Callable[[], None] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start `feedback ...` (or another module) with everything it says in the file `output`."""
    with output.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=preexec_fn,  # noqa: PLW1509 - one system call
        )


def until(what: Callable[[], Any], *, seconds: float = 20, so_far: Path | None = None) -> Any:
    """Wait until `what()` is true and return it; fail with what was said so far."""
    deadline = time.monotonic() + seconds
    while True:
        result = what()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(so_far.read_text() if so_far else f"not within {seconds} s")
        time.sleep(0.03)


def free_port() -> int:
    """A port of the loopback on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def alive(processes: list[psutil.Process]) -> list[str]:
    """Those that still run (a process that ended but was not collected yet does not)."""
    living = []
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                living.append(" ".join(process.cmdline()))
        except psutil.NoSuchProcess:
            continue
    return living


class Up:
    """`feedback up`, running."""

    def __init__(self, folder: Path, home: Path, **more: str) -> None:
        self.port = int(more.setdefault("PORT", str(free_port())))
        self.environ = environment(home, **more)
        self.settings: Settings = from_environment(self.environ)
        self._folder = folder
        self.begin()
        self.database = Database(self.settings.database_url)

    def begin(self) -> None:
        """Start, and wait until it says that it is ready."""
        self.output = self._folder / f"up-{time.monotonic_ns()}.log"
        self.process = start(self.environ, "up", output=self.output)
        try:
            until(lambda: "Ready." in self.said() or self.process.poll() is not None, seconds=40, so_far=self.output)
            assert self.process.poll() is None, self.said()
        except BaseException:
            self.kill()
            raise

    def said(self) -> str:
        """Everything printed so far."""
        return self.output.read_text()

    def events(self, part: str, event: str) -> list[dict[str, Any]]:
        """What one part logged under one event, oldest first."""
        lines = [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]
        return [line for line in lines if (line["part"], line["event"]) == (part, event)]

    def pid(self, part: str) -> int:
        """Process id of a child, as it was last told."""
        told = self.events(part, "started") + self.events(part, "started again")
        return int(told[-1]["pid"])

    def link(self) -> str:
        """The address that was printed for the desk."""
        found = re.search(r"Desk +(\S+)", self.said())
        assert found, self.said()
        return found[1]

    def family(self) -> list[psutil.Process]:
        """The main process and everything below it."""
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def put_into_inbox(self) -> None:
        """A committed row, without a ring."""
        with self.database.transaction() as session:
            inbox.put(session, new_id(), new_id(), "nps", now=system_clock())

    def waiting(self) -> int:
        """How many rows are in the inbox."""
        with self.database.reading() as session:
            return inbox.depth(session)[0]

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run another command in the same environment."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "feedback", *arguments],
            check=False,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def kill(self) -> None:
        """Leave nothing, whatever the test did."""
        try:
            family = self.family()
        except psutil.NoSuchProcess:
            family = []
        for process in family:
            try:
                process.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        self.process.wait(10)
