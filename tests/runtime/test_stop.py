"""Whoever looks after processes is told of every signal, also of one that comes while it hears of another."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

_WAITS = """
from workers.runtime.stop import Stop
stop = Stop()
print("ready", flush=True)
while stop.asked < {asked}:
    stop.wait({seconds})
"""


@pytest.fixture
def waiting() -> Iterator["list[subprocess.Popen[bytes]]"]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for one in started:
        one.kill()
        one.communicate(timeout=5)


def _start(started: "list[subprocess.Popen[bytes]]", *, asked: int = 1, seconds: float = 60.0) -> int:
    code = _WAITS.format(asked=asked, seconds=seconds)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process.pid


def test_the_ends_of_many_children_at_once_do_not_stop_it_for_ever(waiting) -> None:
    pid = _start(waiting, seconds=0.001)
    until_s = time.monotonic() + 2
    while time.monotonic() < until_s:
        os.kill(pid, signal.SIGCHLD)
    os.kill(pid, signal.SIGTERM)
    assert waiting[0].wait(10) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda one: one.name)
def test_a_wish_to_stop_wakes_it(waiting, number) -> None:
    os.kill(_start(waiting), number)
    assert waiting[0].wait(10) == 0


def test_the_same_wish_twice_in_a_moment_is_one_wish(waiting) -> None:
    pid = _start(waiting, asked=2)
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(pid, number)
    with pytest.raises(subprocess.TimeoutExpired):
        waiting[0].wait(1.2)
    os.kill(pid, signal.SIGTERM)
    assert waiting[0].wait(10) == 0
