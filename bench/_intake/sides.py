"""The servers that are measured: the real web part of the service, and the floors, each with a database of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psutil

from bench._intake.people import OURS
from feedback.core import valkey
from feedback.core.db import Database
from feedback.settings import from_environment
from tests.runtime.running import environment, free_port

FLOOR_THREADS = 32
"""More make the floor no faster here."""
_OF_A_KEY = "100000"
"""The whole load comes with one key: the limit is counted, but must not be reached."""
_START_S = 60.0


@dataclass(frozen=True, slots=True)
class Side:
    """A server that listens, and its database."""

    port: int
    database: Database
    process: "subprocess.Popen[bytes]"

    def workers(self) -> list[psutil.Process]:
        """The processes that serve."""
        return psutil.Process(self.process.pid).children()


@contextmanager
def service(home: Path, url: str) -> Iterator[Side]:
    """The web part as an operator starts it, and a queue to ring at; nobody folds."""
    port = free_port()
    environ = environment(
        home, DATABASE_URL=url, PORT=str(port), FEEDBACK_PUBLIC_URL=OURS, FEEDBACK_KEY_REQUESTS_PER_SECOND=_OF_A_KEY
    )
    queue = valkey.start(from_environment(environ))
    try:
        with _started([sys.executable, "-m", "workers.runtime", "web"], environ, home, port, url) as side:
            yield side
    finally:
        queue.terminate()
        queue.wait(10)


@contextmanager
def floor(home: Path, url: str, factory: str, threads: int = FLOOR_THREADS) -> Iterator[Side]:
    """One of the factories of `bench._intake.floor`."""
    port = free_port()
    environ = environment(home, FLOOR_DATABASE=url, FLOOR_PARENT=str(os.getpid()))
    command = [sys.executable, "-m", "bench._intake.floor", factory, str(port), str(threads)]
    with _started(command, environ, home, port, url) as side:
        yield side


@contextmanager
def _started(command: list[str], environ: dict[str, str], home: Path, port: int, url: str) -> Iterator[Side]:
    said = home / f"{port}.log"
    with said.open("wb") as file:
        process = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    database = Database(url)
    try:
        _wait(process, port, said)
        yield Side(port, database, process)
    except BaseException:
        sys.stderr.write(said.read_text()[-4_000:])
        raise
    finally:
        database.close()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, said: Path) -> None:
    """Until both processes answer: whoever asks often enough reaches each of them."""
    deadline = time.monotonic() + _START_S
    answered = 0
    while answered < 20:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("POST", "/healthz", b"{}", {"Content-Type": "application/json"})
            connection.getresponse().read()
            answered += 1
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"It did not start: {said.read_text()[-4_000:]}") from None
            time.sleep(0.05)
        finally:
            connection.close()
