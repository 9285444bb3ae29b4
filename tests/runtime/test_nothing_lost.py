"""Web and worker are killed while answers come in: every acknowledged one is in the tallies, once."""

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
import pytest
from sqlalchemy import func, select

from feedback.core import secrets
from feedback.core.clock import system_clock
from feedback.core.services import Services
from feedback.responses.models import Response
from feedback.tallies.models import COUNTS, PartnerTally
from feedback.tallies.verify import verify
from tests.embed import ORIGIN, World, make_world
from tests.runtime.running import Up, until
from tests.soak import many

ANSWERS = many(200, 2000)
ANSWERED_AT = system_clock()


@pytest.fixture
def up(empty_url: str, home: Path, tmp_path: Path) -> Iterator[Up]:
    """The service on each kind of database; `empty_url` for SQLite is in this home."""
    more = {} if empty_url.startswith("sqlite") else {"DATABASE_URL": empty_url}
    running = Up(tmp_path, home, **more)
    yield running
    running.database.close()
    running.kill()


def test_kill_9_of_web_and_worker_loses_no_acknowledged_answer_and_counts_none_twice(up: Up) -> None:
    services = Services(up.settings, up.database, secrets.load(up.settings), system_clock, lambda _: None)
    world = make_world(services)
    people = [f"person {number}" for number in range(ANSWERS)]
    with ThreadPoolExecutor(8) as pool:
        impressions = list(pool.map(lambda person: asked(up, world, person), people))
    acknowledged: list[UUID] = []
    done = threading.Event()

    def give(person: str, impression: str) -> None:
        response = uuid4()
        while not send(up, world, person, impression, response):
            assert not done.is_set()
            time.sleep(0.1)
        acknowledged.append(response)

    with ThreadPoolExecutor(8) as pool:
        for person, impression in zip(people, impressions, strict=True):
            pool.submit(give, person, impression)
        parts = ("web process", "worker fold", "web", "worker fold") * (ANSWERS // 200)
        for number, part in enumerate(parts, 1):
            due = ANSWERS * number // (len(parts) + 1)
            until(lambda due=due: len(acknowledged) >= due, seconds=60, so_far=up.output)
            kill(up, part)
        until(lambda: len(acknowledged) == ANSWERS, seconds=60, so_far=up.output)
        done.set()
    os.kill(up.process.pid, signal.SIGKILL)
    up.process.wait(10)
    up.begin()
    until(lambda: up.waiting() == 0, seconds=20, so_far=up.output)
    with up.database.reading() as session:
        kept = session.scalars(select(Response.id)).all()
        counted = session.execute(select(*(func.sum(getattr(PartnerTally, name)) for name in COUNTS))).one()
    assert sorted(kept) == sorted(acknowledged)
    assert sum(counted) == counted[9] == ANSWERS
    with up.database.transaction() as session:
        assert verify(session, now=system_clock()).clean


def kill(up: Up, part: str) -> None:
    """SIGKILL to a part of the service, or to one of the processes that serve the web."""
    if part == "web process":
        serving = until(psutil.Process(up.pid("web")).children, seconds=20)
        os.kill(serving[0].pid, signal.SIGKILL)
    else:
        os.kill(up.pid(part), signal.SIGKILL)


def asked(up: Up, world: World, person: str) -> str:
    """The impression that this person is granted."""
    body = {"survey": "end-user-nps", "version": 1}
    status, granted = request(up, world, person, "POST", "impressions", body)
    assert status == 201, granted
    return str(granted["impression"])


def send(up: Up, world: World, person: str, impression: str, response: UUID) -> bool:
    """True when the answer was acknowledged."""
    body = {
        "survey": "end-user-nps",
        "version": 1,
        "impression": impression,
        "score": 9,
        "revision": 1,
        "complete": True,
        "answered_at": ANSWERED_AT.isoformat(),
    }
    try:
        status, answer = request(up, world, person, "PUT", f"responses/{response}", body)
    except (OSError, http.client.HTTPException):
        return False
    assert status in (200, 201, 503), answer
    return status != 503


def request(
    up: Up, world: World, person: str, method: str, path: str, body: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", up.port, timeout=20)
    headers = {
        "Authorization": f"Bearer {world.token(person)}",
        "Origin": ORIGIN,
        "Content-Type": "application/json",
    }
    try:
        connection.request(method, f"/v1/embed/{world.key}/{path}", json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()
