"""`feedback up`: everything from one command, and nothing left of it afterwards."""

import http.client
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from feedback.core import valkey
from feedback.core.clock import system_clock
from feedback.core.queue import Doorbell
from feedback.partners import keys
from tests.postgres import PostgresServer
from tests.runtime.running import Up, alive, environment, free_port, start, until

TOKEN = "a token that is long enough to be one"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One service for the tests of this module; on SQLite and its own Valkey."""
    folder = tmp_path_factory.mktemp("up")
    running = Up(folder, folder / "home", FEEDBACK_METRICS_TOKEN=TOKEN)
    yield running
    running.database.close()
    running.kill()


@pytest.fixture
def up(shared: Up) -> Up:
    """That service, running."""
    if shared.process.poll() is not None:
        shared.begin()
    return shared


def get(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    """Status and body of a GET on the loopback."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_it_says_where_the_desk_is_once_it_answers(up: Up) -> None:
    assert up.link().startswith(f"http://localhost:{up.port}/login/")
    assert get(up.port, "/healthz")[0] == 200


def counted(port: int, name: str) -> float:
    """The sum of one metric over its labels."""
    status, body = get(port, "/metrics", Authorization=f"Bearer {TOKEN}")
    assert status == 200
    lines = [line for line in body.decode().splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def test_its_metrics_are_those_of_all_its_processes_and_a_kill_takes_none_away(up: Up) -> None:
    assert get(up.port, "/readyz")[0] == 200
    for _ in range(20):
        get(up.port, "/healthz")
    up.put_into_inbox()
    # Two processes answered, a third one folded.
    until(lambda: counted(up.port, "feedback_folded_rows_total") >= 1)
    before = until(lambda: (now := counted(up.port, "feedback_requests_total")) >= 20 and now)
    time.sleep(2)  # each process writes down once a second what it counted
    psutil.Process(up.pid("web")).children()[0].kill()
    until(lambda: len(psutil.Process(up.pid("web")).children()) == 2)

    def again() -> float | None:
        try:
            return counted(up.port, "feedback_requests_total")
        except OSError:
            # What the kernel had handed to the killed process goes with it.
            return None

    assert until(again) >= before


def test_what_it_keeps_is_nobody_elses(up: Up) -> None:
    files = [up.settings.home, *up.settings.home.rglob("*")]
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []


def test_a_second_start_on_the_same_folder_or_port_is_refused(up: Up, tmp_path: Path) -> None:
    same_home = start(up.environ | {"PORT": str(free_port())}, "up", output=tmp_path / "home.log")
    same_port = start(environment(tmp_path / "other", PORT=str(up.port)), "up", output=tmp_path / "port.log")
    try:
        assert same_home.wait(30) != 0
        assert same_port.wait(30) != 0
    finally:
        same_home.kill()
        same_port.kill()
    assert (tmp_path / "home.log").read_text() == (
        f"feedback up: It already runs on {up.settings.home} (process {up.process.pid}). "
        "Stop that one first, or set FEEDBACK_HOME.\n"
    )
    assert f"Port {up.port} on 127.0.0.1 cannot be used" in (tmp_path / "port.log").read_text()
    assert get(up.port, "/healthz")[0] == 200


def test_a_ring_folds_at_once_without_the_schedule(up: Up) -> None:
    bell = Doorbell(up.settings)
    os.kill(up.pid("schedule"), signal.SIGSTOP)
    try:
        up.put_into_inbox()
        bell.ring("fold")
        until(lambda: up.waiting() == 0, seconds=20, so_far=up.output)  # the worker may still be starting
        up.put_into_inbox()
        bell.ring("fold")
        until(lambda: up.waiting() == 0, seconds=10)
    finally:
        os.kill(up.pid("schedule"), signal.SIGCONT)


def test_the_sweep_folds_what_nobody_rang_for_without_a_worker(up: Up) -> None:
    os.kill(up.pid("worker fold"), signal.SIGSTOP)
    try:
        up.put_into_inbox()
        until(lambda: up.waiting() == 0, seconds=15)
    finally:
        os.kill(up.pid("worker fold"), signal.SIGCONT)


def test_doctor_finds_nothing_to_do(up: Up) -> None:
    healthy = up.run("doctor")
    assert healthy.returncode == 0, healthy.stdout + healthy.stderr
    assert f"`feedback up`, process {up.process.pid}" in " ".join(healthy.stdout.split())
    assert "1 for fold" in healthy.stdout


@pytest.mark.parametrize("part", ["web", "worker fold", "schedule", "valkey"])
def test_a_child_that_is_killed_is_started_again(up: Up, part: str) -> None:
    former = up.pid(part)
    os.kill(former, signal.SIGKILL)
    until(lambda: up.pid(part) != former, seconds=10, so_far=up.output)
    if part == "valkey":
        until(lambda: valkey.answers(up.settings.queue_url), seconds=10, so_far=up.output)


def test_after_all_that_an_answer_is_still_folded(up: Up) -> None:
    until(lambda: _answers(up.port), seconds=30, so_far=up.output)
    up.put_into_inbox()
    Doorbell(up.settings).ring("fold")
    until(lambda: up.waiting() == 0, seconds=10, so_far=up.output)


def test_a_web_process_that_is_killed_is_replaced(up: Up) -> None:
    web = psutil.Process(up.pid("web"))
    former = {child.pid for child in until(web.children, seconds=20)}
    os.kill(min(former), signal.SIGKILL)
    until(lambda: len({child.pid for child in web.children()} - former) == 1, seconds=20, so_far=up.output)


def test_after_kill_9_nothing_is_left_and_the_same_folder_starts_again(up: Up) -> None:
    family = up.family()
    os.kill(up.process.pid, signal.SIGKILL)
    up.process.wait(10)
    until(lambda: alive(family) == [], seconds=15)
    up.put_into_inbox()
    up.begin()
    until(lambda: up.waiting() == 0, seconds=10, so_far=up.output)


def test_ctrl_c_finishes_the_request_in_flight_and_leaves_no_process(up: Up) -> None:
    until(lambda: _answers(up.port), seconds=30, so_far=up.output)
    with up.database.transaction() as session:
        _, key = keys.create_secret_key(session, "a test", ["read"], live=True, now=system_clock())
    family = up.family()
    assert len(family) >= 7  # itself, Valkey, web and its two processes, worker, schedule
    held, let_go = threading.Event(), threading.Event()

    def hold_the_writer_lock() -> None:
        with up.database.transaction():
            held.set()
            let_go.wait(10)

    with ThreadPoolExecutor() as pool:
        pool.submit(hold_the_writer_lock)
        assert held.wait(10)
        # The first use of a key is written down, so this request waits for the lock.
        answer = pool.submit(get, up.port, "/v1/partners", Authorization=f"Bearer {key}")
        until(lambda: _connected(up), seconds=10)
        time.sleep(0.5)
        began_s = time.monotonic()
        os.kill(up.process.pid, signal.SIGINT)
        time.sleep(1)
        assert not answer.done()
        let_go.set()
        assert answer.result(20)[0] == 200
    assert up.process.wait(20) == 0
    assert time.monotonic() - began_s < 12
    assert alive(family) == []


def test_it_runs_on_postgresql_and_a_redis_of_ones_own(
    postgres_server: PostgresServer, tmp_path: Path, redis_server: str
) -> None:
    postgres_server.execute("CREATE DATABASE runtime")
    running = Up(tmp_path, tmp_path / "home", DATABASE_URL=postgres_server.url("runtime"), REDIS_URL=redis_server)
    try:
        assert running.events("valkey", "started") == []
        second = start(running.environ, "schedule", output=tmp_path / "second.log")
        until(lambda: "another schedule leads" in (tmp_path / "second.log").read_text(), so_far=tmp_path / "second.log")
        os.kill(running.pid("schedule"), signal.SIGSTOP)
        running.put_into_inbox()
        Doorbell(running.settings).ring("fold")
        until(lambda: running.waiting() == 0, seconds=15, so_far=running.output)
        os.kill(running.pid("schedule"), signal.SIGKILL)
        until(lambda: "leads the schedule" in (tmp_path / "second.log").read_text(), seconds=10)
        second.send_signal(signal.SIGTERM)
        assert second.wait(10) == 0
    finally:
        running.database.close()
        running.kill()
        postgres_server.execute("DROP DATABASE runtime WITH (FORCE)")


def _connected(up: Up) -> bool:
    web = psutil.Process(up.pid("web"))
    seen = [one for process in (web, *web.children()) for one in process.net_connections("tcp")]
    return any(one.status == psutil.CONN_ESTABLISHED and one.laddr.port == up.port for one in seen)


def _answers(port: int) -> bool:
    try:
        return get(port, "/healthz")[0] == 200
    except (OSError, http.client.HTTPException):
        return False
