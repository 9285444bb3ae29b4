"""The load: one process, raw sockets that stay open, requests that were made before the clock starts.

As little as possible is done per request, so that on a small machine the cores are left to what is measured.
"""

import gc
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

_LENGTH = b"content-length: "
_PATIENCE_S = 30.0


@dataclass(slots=True)
class Outcome:
    """What came of one run. `took_s`: from sending, or from when it was due, to the whole reply."""

    begun: float = 0.0
    """When the first request was due, as `time.perf_counter` tells it."""
    seconds: float = 0.0
    sent: int = 0
    took_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    acked: list[int] = field(default_factory=list)
    """The places of those requests that were answered with 201 or 202: what they ask for was done."""
    refused: bytes = b""
    """The last other reply, for whoever wants to know why."""

    @property
    def per_second(self) -> float:
        """Replies of any status."""
        return len(self.took_s) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """So many of the requests took no longer."""
        ordered = sorted(self.took_s)
        return 1_000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def closed(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> Outcome:
    """Each connection sends the next request when it has its reply, until time is up or none is left."""
    outcome = Outcome()
    with _sockets(port, connections) as (poller, by_descriptor), no_garbage():
        outcome.begun = begun = time.perf_counter()
        until = begun + seconds
        waiting = _Waiting(outcome, by_descriptor)
        for descriptor in list(by_descriptor)[: len(requests)]:
            waiting.send(descriptor, requests[outcome.sent], time.perf_counter())
        while waiting.sent_at:
            for descriptor in waiting.answered(poller, _PATIENCE_S):
                now = time.perf_counter()
                if now < until and outcome.sent < len(requests):
                    waiting.send(descriptor, requests[outcome.sent], now)
        outcome.seconds = time.perf_counter() - begun
    return outcome


def paced(port: int, requests: Sequence[bytes], *, connections: int, per_second: float) -> Outcome:
    """Every request when it is due, or when a connection is free; its time counts from when it was due."""
    outcome = Outcome()
    with _sockets(port, connections) as (poller, by_descriptor), no_garbage():
        outcome.begun = begun = time.perf_counter()
        waiting = _Waiting(outcome, by_descriptor)
        free = deque(by_descriptor)
        while waiting.sent_at or outcome.sent < len(requests):
            now = time.perf_counter()
            while free and outcome.sent < len(requests) and (due := begun + outcome.sent / per_second) <= now:
                waiting.send(free.popleft(), requests[outcome.sent], due)
            next_s = max(0.0, begun + outcome.sent / per_second - now) if free else _PATIENCE_S
            free.extend(waiting.answered(poller, _PATIENCE_S if outcome.sent == len(requests) else next_s))
        outcome.seconds = time.perf_counter() - begun
    return outcome


class _Waiting:
    """The connections that wait for a reply, and since when."""

    def __init__(self, outcome: Outcome, by_descriptor: dict[int, socket.socket]) -> None:
        self.sent_at: dict[int, float] = {}
        self._outcome = outcome
        self._sockets = by_descriptor
        self._place: dict[int, int] = {}
        self._begun: dict[int, bytes] = {}

    def send(self, descriptor: int, request: bytes, since: float) -> None:
        if self._sockets[descriptor].send(request) != len(request):
            raise RuntimeError("A request did not fit into the buffer of its socket.")
        self.sent_at[descriptor] = since
        self._place[descriptor] = self._outcome.sent
        self._outcome.sent += 1

    def answered(self, poller: select.epoll, timeout_s: float) -> Iterator[int]:
        """The connections whose reply is whole, each as soon as it is."""
        ready = poller.poll(timeout_s)
        if not ready and timeout_s == _PATIENCE_S:
            raise TimeoutError(f"{len(self.sent_at)} requests were not answered within {_PATIENCE_S:g} s.")
        outcome = self._outcome
        for descriptor, _event in ready:
            data = self._sockets[descriptor].recv(65_536)
            if not data:
                raise ConnectionError("A connection was closed by the server.")
            if self._begun:
                data = self._begun.pop(descriptor, b"") + data
            head = data.find(b"\r\n\r\n")
            at = data.find(_LENGTH, 0, head)
            length = int(data[at + 16 : data.index(b"\r", at)]) if at > 0 else 0
            if head < 0 or len(data) < head + 4 + length:
                self._begun[descriptor] = data
                continue
            status = int(data[9:12])
            outcome.took_s.append(time.perf_counter() - self.sent_at.pop(descriptor))
            outcome.statuses[status] += 1
            if status in (201, 202):
                outcome.acked.append(self._place[descriptor])
            else:
                outcome.refused = data
            yield descriptor


@contextmanager
def _sockets(port: int, connections: int) -> Iterator[tuple[select.epoll, dict[int, socket.socket]]]:
    with ExitStack() as stack:
        poller = stack.enter_context(select.epoll())
        by_descriptor = {}
        for _ in range(connections):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.setblocking(False)
            poller.register(one, select.EPOLLIN)
            by_descriptor[one.fileno()] = one
        yield poller, by_descriptor


@contextmanager
def no_garbage() -> Iterator[None]:
    """No collection in the middle: it would look over hundred thousands of requests. One for all that is within."""
    if not gc.isenabled():
        yield
        return
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
