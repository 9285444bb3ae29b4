"""People who answer, over HTTP, as browsers do: each tries again until somebody says that the answer is kept."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from feedback.core.clock import system_clock
from tests.embed import ORIGIN, World

_PATIENCE_S = 90.0
_AGAIN_S = 0.05
CUT = "no answer"
"""Stands for the status of a request that was cut off."""
OF_FAULTS = frozenset({CUT, "503"})
"""What somebody may be told while something is broken."""


@dataclass(frozen=True, slots=True)
class Said:
    """One revision of an answer."""

    revision: int
    score: int
    comment: str


@dataclass
class Ledger:
    """What was acknowledged, and how often something else was said. Threads share it."""

    expected: frozenset[str] = OF_FAULTS
    acknowledged: dict[UUID, Said] = field(default_factory=dict)
    tried: set[UUID] = field(default_factory=set)
    told: Counter[str] = field(default_factory=Counter)
    unanswered: list[UUID] = field(default_factory=list)
    """Answers of which nobody was told anything within the patience of a browser."""

    def take(self, other: "Ledger") -> None:
        """What others were told too."""
        self.acknowledged |= other.acknowledged
        self.tried |= other.tried
        self.told += other.told
        self.unanswered += other.unanswered

    @property
    def odd(self) -> dict[str, int]:
        """Statuses that the fault does not explain."""
        return {status: count for status, count in self.told.items() if status not in self.expected}


class Line:
    """A connection that is kept open, and opened again when it was cut."""

    def __init__(self, port: int, key: str) -> None:
        self._port, self._key = port, key
        self._connection: http.client.HTTPConnection | None = None

    def send(self, token: str, method: str, path: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Status and body; `CUT` when there was no answer."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"Authorization": f"Bearer {token}", "Origin": ORIGIN, "Content-Type": "application/json"}
        try:
            self._connection.request(method, f"/v1/embed/{self._key}/{path}", json.dumps(body), headers)
            answer = self._connection.getresponse()
            content = answer.read()
            assert answer.status != 503 or int(answer.headers["Retry-After"]) > 0
            return str(answer.status), json.loads(content)
        except (OSError, http.client.HTTPException):
            self.close()
            return CUT, {}

    def close(self) -> None:
        """Let go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Answerers:
    """`with Answerers(...) as them:` one person after another answers, in several threads, until the block ends.

    At the end everybody who has begun is waited for. `ports`: of the services that they spread over.
    """

    def __init__(
        self,
        world: World,
        ports: Sequence[int],
        *,
        threads: int = 8,
        clock: Callable[[], datetime] = system_clock,
        expected: frozenset[str] = frozenset(),
    ) -> None:
        self.ledger = Ledger(OF_FAULTS | expected)
        self.world, self._ports, self._clock = world, ports, clock
        self._done = threading.Event()
        self._changed = threading.Condition()
        self._broken: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(threads)]

    def __enter__(self) -> "Answerers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(_PATIENCE_S + 60)
        if self._broken:
            raise self._broken[0]

    def line(self, number: int = 0) -> Line:
        """A new connection."""
        return Line(self._ports[number % len(self._ports)], self.world.key)

    def wait_for(self, more: int, *, seconds: float = 90) -> bool:
        """Until so many more answers were acknowledged; whether they were in time."""
        with self._changed:
            until = len(self.ledger.acknowledged) + more
            enough = self._changed.wait_for(
                lambda: len(self.ledger.acknowledged) >= until or bool(self._broken), seconds
            )
        if self._broken:
            raise self._broken[0]
        return enough

    def _run(self, number: int) -> None:
        line = self.line(number)
        try:
            while not self._done.is_set():
                self.answer(line, f"person {uuid4()}")
        except BaseException as error:
            self._broken.append(error)
            raise
        finally:
            line.close()

    def answer(self, line: Line, person: str) -> None:
        """One person is asked and answers."""
        status, granted = self._insist(line, person, "POST", "impressions", {"survey": "end-user-nps", "version": 1})
        if status != "201":
            return  # Their permission was granted, and the answer that said so was cut off: they are not asked twice.
        response, answered_at = uuid4(), self._clock()
        self.ledger.tried.add(response)
        for said in revisions(response):
            about = {"survey": "end-user-nps", "version": 1, "impression": granted["impression"]}
            status, _ = self._insist(
                line,
                person,
                "PUT",
                f"responses/{response}",
                {**about, **as_sent(said), "answered_at": answered_at.isoformat()},
            )
            if status not in ("200", "201"):
                self.ledger.unanswered.append(response)
                return
            with self._changed:
                standing = self.ledger.acknowledged.get(response)
                if standing is None or said.revision > standing.revision:
                    self.ledger.acknowledged[response] = said
                self._changed.notify_all()

    def _insist(
        self, line: Line, person: str, method: str, path: str, body: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Again and again while nothing but faults is told."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            status, answer = line.send(self.world.token(person, now=self._clock()), method, path, body)
            if status not in ("200", "201"):
                self.ledger.told[status] += 1
            if status not in self.ledger.expected or time.monotonic() > deadline:
                return status, answer
            time.sleep(_AGAIN_S)


def revisions(response: UUID) -> Iterator[Said]:
    """What somebody says under this id, in the order in which it is sent: mostly once, sometimes more, or too late."""
    fate = random.Random(response.int)
    orders = ((1,), (1,), (1, 2), (2, 1), (1, 3, 2))
    for revision in fate.choice(orders):
        yield Said(revision, fate.randint(0, 10), f"{response} {revision}")


def as_sent(said: Said) -> dict[str, Any]:
    """For the body of a request."""
    return {"score": said.score, "comment": said.comment, "revision": said.revision, "complete": True}
