"""From an answer to the report: the whole service at half of full load, and the fold while load is full."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench._intake import asking, load
from bench._intake.crowd import Crowd
from bench._intake.load import Outcome
from bench._intake.people import OURS, World
from bench._intake.places import Place
from feedback.core import inbox
from feedback.core.db import Database
from feedback.core.months import month_of
from feedback.tallies.queries import people_by_segment
from feedback.tallies.verify import verify
from tests.runtime.running import Up

MOST_PER_S = 12_000
_WATCHED_PER_S = 10.0
_LOOK_S = 0.02
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Freshness:
    """Answers per second while all that come are folded, the depth of the inbox then, and what it took to empty it.

    `half_per_s` came while `late_s` was measured: seconds from sending an answer to its being in the report.
    """

    full_per_s: float
    deepest: int
    drained_s: float
    half_per_s: float
    half_p99_ms: float
    late_s: list[float]
    wrong: list[str]

    def late(self, share: float) -> float:
        """So many of the answers were in the report within so many seconds."""
        ordered = sorted(self.late_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def people(seconds: float) -> int:
    """How many must have been asked."""
    return int(MOST_PER_S * seconds * 2)


def measure(place: Place, world: World, *, seconds: float, connections: int) -> Freshness:
    """Full load for `seconds`, then half of it for twice as long, on a copy of the world."""
    home, url = place.copy("whole")
    crowd = Crowd(world, asking.Service(world))
    with _whole_service(place, url, home) as up:
        warm = crowd.responses(200)
        outcomes = [load.closed(up.port, warm.whole, connections=connections, seconds=2.0)]
        _drained_s(up.database)
        with _watching(lambda: _waiting(up.database)) as depths:
            full = load.closed(
                up.port, crowd.responses(int(MOST_PER_S * seconds)).whole, connections=connections, seconds=seconds
            )
        drained_s = _drained_s(up.database)
        rate = full.per_second / 2
        requests = crowd.responses(min(int(2 * rate * seconds), int(MOST_PER_S * seconds) - 200))
        watched = crowd.watched()
        few = watched.whole[: int(_WATCHED_PER_S * len(requests.whole) / rate)]
        with (
            load.no_garbage(),  # once for both: while one of them collects, the other is late
            ThreadPoolExecutor(2) as pool,
            _watching(lambda: _counted(up.database, world), _LOOK_S) as counted,
        ):
            half = pool.submit(load.paced, up.port, requests.whole, connections=connections, per_second=rate)
            own = pool.submit(load.paced, up.port, few, connections=1, per_second=_WATCHED_PER_S)
            outcomes += [full, half.result(), own.result()]
            _until(lambda: bool(counted) and counted[-1][1] == len(few), _PATIENCE_S)
        sent_at = [own.result().begun + number / _WATCHED_PER_S for number in range(len(few))]
        late_s = [next(at for at, count in counted if count > number) - sent_at[number] for number in range(len(few))]
        _drained_s(up.database)
        return Freshness(
            full_per_s=full.per_second,
            deepest=max(depth for _at, depth in depths),
            drained_s=drained_s,
            half_per_s=half.result().per_second,
            half_p99_ms=half.result().percentile_ms(0.99),
            late_s=late_s,
            wrong=list(_wrong(outcomes, up.database, world.made_at)),
        )


def _wrong(outcomes: list[Outcome], database: Database, now: datetime) -> Iterator[str]:
    for one in outcomes:
        if set(one.statuses) != {201}:
            yield f"{dict(one.statuses)}, such as {one.refused[:600].decode(errors='replace')!r}"
    with database.transaction() as session:
        if not verify(session, now=now).clean:
            yield "the tallies are not what the answers add up to"
        counted = inbox.set_aside(session)
        if counted:
            yield f"{counted} rows were set aside"


@contextmanager
def _whole_service(place: Place, url: str, home: Path) -> Iterator[Up]:
    up = Up(place.folder, home, DATABASE_URL=url, FEEDBACK_PUBLIC_URL=OURS)
    try:
        yield up
    finally:
        up.database.close()
        up.kill()


@contextmanager
def _watching(look: Callable[[], int], pause_s: float = 0.25) -> Iterator[list[tuple[float, int]]]:
    """What `look` found and when, again and again until the block ends."""
    found: list[tuple[float, int]] = []
    done = threading.Event()

    def run() -> None:
        while not done.wait(pause_s):
            number = look()
            found.append((time.perf_counter(), number))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def _waiting(database: Database) -> int:
    with database.reading() as session:
        return inbox.depth(session)[0]


def _counted(database: Database, world: World) -> int:
    """How many people the report of the watched partner counts, read as the report reads them."""
    month = month_of(world.made_at)
    with database.reading() as session:
        found = people_by_segment(
            session, "nps", month, month, trust={"vendor", "partner"}, partner_id=world.watched_id
        )
        return int(sum(one.sum() for one in found.values()))


def _drained_s(database: Database) -> float:
    begun = time.perf_counter()
    _until(lambda: _waiting(database) == 0, _PATIENCE_S)
    return time.perf_counter() - begun


def _until(what: Callable[[], bool], patience_s: float) -> None:
    deadline = time.perf_counter() + patience_s
    while not what():
        if time.perf_counter() > deadline:
            raise TimeoutError(f"not within {patience_s:g} s")
        time.sleep(0.02)
