"""The faults that can be caused in a running service, each by one function."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from redis import Redis

from feedback.core import valkey
from feedback.core.jobs import connect
from tests.runtime.answerers import Answerers
from tests.runtime.backing_up import backup_and_restore
from tests.runtime.jumping import end_of_month_s
from tests.runtime.migrating import migrate_under_traffic
from tests.runtime.place import Place
from tests.runtime.poisoning import poison
from tests.runtime.running import start, until
from tests.soak import many

_BOTH = ("sqlite", "postgresql")
_HEARTBEAT_S = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """`cause` breaks something while people answer, and mends what does not mend itself."""

    name: str
    cause: Callable[[Place, Answerers], None]
    databases: tuple[str, ...] = _BOTH
    told: frozenset[str] = frozenset()
    """What people may be told, beside that it cannot be kept just now."""
    once: bool = False
    """Caused once, however long the run is."""
    long: bool = False
    """For the soak."""


def _worker(place: Place, _them: Answerers) -> None:
    # While it has something to take: in mid-fold, if it can be met.
    until(place.up.waiting, seconds=10)
    place.kill("worker fold")


def _queue(place: Place) -> "Redis[bytes]":
    """A connection, once Valkey is there: after the fault before it may not have started again yet."""
    until(lambda: valkey.answers(place.up.settings.queue_url), seconds=60)
    return cast("Redis[bytes]", connect(place.up.settings))


def _flush(place: Place, _them: Answerers) -> None:
    with _queue(place) as client:
        client.flushall()


def _stopped_worker(place: Place, _them: Answerers) -> None:
    """Stopped until the queue takes it for dead and another worker took over; then woken, with what it had at hand."""
    pid = place.up.pid("worker fold")
    os.kill(pid, signal.SIGSTOP)
    second = None
    try:
        with _queue(place) as client:
            _forget_worker(client)
            output = place.folder / f"second-{time.monotonic_ns()}.log"
            second = start(place.up.environ, "worker", "fold", output=output)
            until(lambda: client.scard("rq:workers:fold"), so_far=output)
        time.sleep(0.5)
    finally:
        os.kill(pid, signal.SIGCONT)
    time.sleep(0.5)
    second.send_signal(signal.SIGTERM)
    second.wait(20)


def _forget_worker(client: "Redis[bytes]") -> None:
    """What the queue does when a heartbeat is missed: waited for in the soak, else done at once."""
    time.sleep(many(0, _HEARTBEAT_S + 15))
    for name in cast("set[bytes]", client.smembers("rq:workers:fold")):
        client.delete(name)
        client.srem("rq:workers", name)
        client.srem("rq:workers:fold", name)
    for running in client.zrange("rq:wip:fold", 0, -1):
        client.zadd("rq:wip:fold", {running: 1})


def _database_killed(place: Place, _them: Answerers) -> None:
    assert place.server is not None
    place.server.kill()
    time.sleep(0.3)
    place.server.start()


def _database_restarted(place: Place, _them: Answerers) -> None:
    assert place.server is not None
    place.server.restart()


def _cut(place: Place, _them: Answerers) -> None:
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'durable'"
    for _ in range(3):
        assert place.server is not None
        place.server.execute(cut)
        time.sleep(0.1)


def _clock(place: Place, them: Answerers) -> None:
    """Two days forward into the next month, back over where it was, and right again."""
    beside_s = end_of_month_s()
    for days in (0, 2, -2):
        place.clock.jump(beside_s + days * 86400)
        assert them.wait_for(many(20, 100))
    place.clock.jump(0)


FAULTS = (
    Fault("kill -9 of a web process", lambda place, _: place.kill("web process")),
    Fault("kill -9 of the web", lambda place, _: place.kill("web")),
    Fault("kill -9 of the fold worker", _worker),
    Fault("kill -9 of Valkey", lambda place, _: place.kill("valkey")),
    Fault("FLUSHALL in mid-run", _flush),
    Fault("fold worker stopped beyond its heartbeat, then woken", _stopped_worker, once=True),
    Fault("kill -9 of the database", _database_killed, ("postgresql",)),
    Fault("database restarted", _database_restarted, ("postgresql",)),
    Fault("connections cut by the database", _cut, ("postgresql",)),
    Fault("a row that cannot be counted", poison),
    Fault("backup while people answer, restored elsewhere", backup_and_restore, long=True),
    Fault("migration, old and new code at once", migrate_under_traffic, once=True),
    # Whoever signs just before a jump has signed in the future, or too long ago, just after it.
    # Whoever was asked before the month's end came that is more than eight days away waits until the clock is right.
    Fault("clock two days forward and back", _clock, told=frozenset({"401", "409"})),
    Fault("kill -9 of everything at once", lambda place, _: place.kill_everything()),
)
