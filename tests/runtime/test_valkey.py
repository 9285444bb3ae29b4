"""The Valkey of our own: one per folder, gone with its parent, and never in the way of a start."""

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from feedback.core import valkey
from feedback.core.jobs import connect
from feedback.core.processes import StartError
from feedback.core.queue import Doorbell
from feedback.settings import Settings, from_environment
from tests.runtime.running import alive, environment, start, until


@pytest.fixture
def at_home(home: Path) -> Settings:
    """Settings without a Redis of anybody else."""
    return from_environment({"FEEDBACK_HOME": str(home)})


PARENT = """
import sys, time
from feedback.core import valkey
from feedback.settings import from_environment
process = valkey.start(from_environment({"FEEDBACK_HOME": sys.argv[1]}))
print(process.pid, flush=True)
time.sleep(60)
"""


def test_what_it_holds_outlives_a_restart(at_home: Settings) -> None:
    first = valkey.start(at_home)
    with connect(at_home) as client:
        client.set("colour", "green")
    first.send_signal(signal.SIGKILL)
    first.wait(5)
    second = valkey.start(at_home)
    with connect(at_home) as client:
        assert client.get("colour") == b"green"
    second.terminate()
    assert second.wait(5) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_it_ends_with_a_parent_that_was_killed(home: Path, tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(PARENT)
    said = tmp_path / "said"
    environ = environment(home) | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{environment(home)['PYTHONPATH']}"}
    parent = start(environ, str(home), output=said, module="parent")
    server = psutil.Process(int(until(lambda: said.read_text().strip(), so_far=said)))
    assert alive([server])
    parent.send_signal(signal.SIGKILL)
    parent.wait(5)
    until(lambda: not alive([server]), seconds=5)


def test_one_that_outlived_its_parent_makes_room_for_the_next(at_home: Settings) -> None:
    orphan = valkey.start(at_home)
    with connect(at_home) as client:
        client.set("colour", "green")
    process = valkey.start(at_home)
    assert orphan.wait(5) == 0
    with connect(at_home) as client:
        assert client.get("colour") == b"green"
    process.terminate()
    process.wait(5)


@pytest.mark.parametrize(
    "rubbish", [b"rubbish\r\n" * 9, b"*3\r\n$-77\r\nrubbish\r\n" * 9], ids=["refused", "crashes it"]
)
def test_files_that_it_cannot_read_are_put_aside(at_home: Settings, rubbish: bytes) -> None:
    process = valkey.start(at_home)
    with connect(at_home) as client:
        client.set("colour", "green")
    process.terminate()
    process.wait(5)
    folder = at_home.home / "valkey"
    for log in (folder / "appendonlydir").glob("*.incr.aof"):
        log.write_bytes(rubbish)
    process = valkey.start(at_home)
    with connect(at_home) as client:
        assert client.get("colour") is None
    assert (folder / "appendonlydir.unreadable").is_dir()
    process.terminate()
    process.wait(5)


def test_a_failed_start_says_why(at_home: Settings) -> None:
    (at_home.home / "valkey").mkdir()
    (at_home.home / "valkey" / "appendonlydir").touch()
    with pytest.raises(StartError, match=r"Valkey ended with code 1: .*append.* \(all of it: .*valkey\.log\)"):
        valkey.start(at_home)


def test_a_home_with_a_very_long_path_works_too(tmp_path: Path) -> None:
    settings = from_environment({"FEEDBACK_HOME": str(tmp_path / ("deep" * 30) / "with blank % and #")})
    process = valkey.start(settings)
    assert valkey.answers(settings.queue_url)
    process.terminate()
    process.wait(5)
    settings.valkey_socket.parent.rmdir()


def test_a_ring_without_redis_is_quick_and_is_heard_later(at_home: Settings) -> None:
    bell = Doorbell(at_home)
    began_s = time.monotonic()
    for _ in range(1000):
        bell.ring("fold")
    assert time.monotonic() - began_s < 2
    time.sleep(1)
    process = valkey.start(at_home)
    with connect(at_home) as client:
        until(lambda: client.llen("rq:queue:fold") == 1, seconds=5)
        bell.ring("fold")
        time.sleep(0.3)
        assert client.llen("rq:queue:fold") == 1
    process.terminate()
    process.wait(5)


def test_a_ring_for_a_task_that_is_none_does_not_silence_the_bell(at_home: Settings) -> None:
    process = valkey.start(at_home)
    bell = Doorbell(at_home)
    bell.ring("nothing of ours")
    time.sleep(0.3)
    bell.ring("fold")
    with connect(at_home) as client:
        until(lambda: client.llen("rq:queue:fold") == 1, seconds=5)
    process.terminate()
    process.wait(5)
