"""Minutes of load leave no process larger, and none with more files or connections open, than it was when warm."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from bench._intake import asking, load, people
from bench._intake.crowd import GRANTS, PINGING, PINGS, Crowd
from bench._intake.people import OURS, World
from feedback.core.db import Database
from feedback.settings import Settings
from tests.runtime.running import Up, until

pytestmark = pytest.mark.skipif(
    not os.environ.get("FEEDBACK_SOAK"), reason="what leaks a little shows after minutes: `make soak`"
)

PER_S = 400
SLICE_S, SLICES, WARM = 20, 30, 6
"""Ten minutes; what is open and used after the first two must be enough for all of them."""
MORE_MB, MORE_SHARE, MORE_OPEN = 6.0, 0.06, 2
"""How much larger each process may be: what a fold of a larger batch needs, and what is cached for longer."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One process: resident memory, open descriptors, and what it is called."""

    name: str
    mb: float
    open: int


@pytest.fixture
def world(empty_url: str, home: Path) -> World:
    """People enough for all the time, in the database that the service is started on."""
    answers = SLICES * (PER_S * SLICE_S // (PINGS + GRANTS + 1))
    settings = Settings(home=home, database_url=empty_url)
    database = Database(empty_url)
    try:
        return people.build(database, settings, asked=answers, others=GRANTS * answers + PINGING)
    finally:
        database.close()


@pytest.fixture
def up(world: World, empty_url: str, home: Path, tmp_path: Path) -> Iterator[Up]:  # noqa: ARG001
    """The whole service."""
    running = Up(tmp_path, home, DATABASE_URL=empty_url, FEEDBACK_PUBLIC_URL=OURS)
    yield running
    running.database.close()
    running.kill()


def test_ten_minutes_of_load_leave_every_process_as_it_was(up: Up, world: World) -> None:
    crowd = Crowd(world, asking.Service(world))
    readings, connections = [], []
    for _ in range(SLICES):
        requests = crowd.mixture(PER_S * SLICE_S)
        outcome = load.paced(up.port, requests.whole, connections=16, per_second=PER_S)
        assert set(outcome.statuses) == {201, 202}, (outcome.statuses, outcome.refused)
        until(lambda: up.waiting() == 0, so_far=up.output)
        readings.append(read(up))
        connections.append(connected(up.database))
    warm, last = readings[WARM - 1], readings[-1]
    assert warm.keys() == last.keys(), "a process ended"
    grown = [
        f"{one.name}: {one.mb:.0f} MB, {one.open} open; then {last[pid].mb:.0f} MB, {last[pid].open} open"
        for pid, one in warm.items()
        if last[pid].mb > one.mb * (1 + MORE_SHARE) + MORE_MB or last[pid].open > one.open + MORE_OPEN
    ]
    assert not grown, grown
    assert connections[-1] <= connections[WARM - 1] + MORE_OPEN, connections


def read(up: Up) -> dict[int, Reading]:
    """All processes of the service by id."""
    return {
        one.pid: Reading(" ".join(one.cmdline()), one.memory_info().rss / 2**20, one.num_fds())
        for one in up.family()
        if one.status() != psutil.STATUS_ZOMBIE
    }


def connected(database: Database) -> int:
    """Connections that PostgreSQL has from the service; of SQLite they are open files."""
    if database.is_sqlite:
        return 0
    with database.reading() as session:
        mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return session.scalar(text(mine)) or 0
