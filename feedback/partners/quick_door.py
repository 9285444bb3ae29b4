"""The quick way to the embed's busiest doors: on the event loop, through the same gate, schemas, commands and errors.

Threads that wait for a commit that they share cost more than all that is done for an answer: they take turns at the
interpreter. Whatever is unusual about a request as HTTP (no length, another content type, a query) goes the long way
and is refused there; so does everything that is no door of these. Flask's views of them describe them and answer the
same.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import Any
from uuid import UUID

import orjson
from marshmallow import Schema

from feedback.core import logs, metrics, traces
from feedback.core.cached import NotRemembered, hurried
from feedback.core.errors import Code, Problem
from feedback.core.group_commit import GroupCommit, after
from feedback.core.services import Services
from feedback.http import watching
from feedback.http.api import PROBLEM_TYPE
from feedback.http.asgi import AsgiApp, Receive, Scope, Send, whole_body
from feedback.http.errors import as_problem, problem_headers
from feedback.http.headers import DEFAULTS, given_id
from feedback.http.strict_json import parse_object
from feedback.partners.embed_gate import Visit, arrive, cors, enter, readable

Told = tuple[Mapping[str, Any], int]
View = Callable[..., Told] | Callable[..., Generator[Any, Any, Told]]
Raw = tuple[int, Sequence[tuple[bytes, bytes]], bytes]
"""Status, headers and body as ASGI takes them."""
Begun = tuple[Any, Generator[Any, Any, Told] | None]
"""What is to be written and the steps that wait for it; without steps what is told."""

_UUID = re.compile(r"[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}")
_PREFIX = "/v1/embed/"
_JSON = b"application/json"
_MOST_LOOKED_UP = 500


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), text.encode("latin-1")) for name, text in headers.items()]


_HEADERS = _encoded({**DEFAULTS, "Cross-Origin-Resource-Policy": "cross-origin", "Vary": "Origin"})


@dataclass(frozen=True, slots=True)
class QuickDoor:
    """A route of Flask's, `/v1/embed/<key>/name` or `/v1/embed/<key>/name/<uuid:...>`, that has a quick way too.

    `view(visit, value)`, or `view(visit, value, uuid)`: `value` is what `takes` loads. It answers with the status and
    what the schema of Flask's view makes the same JSON of as `orjson` does. With `group` the view is steps for that.
    """

    method: str
    rule: str
    takes: Schema
    view: View
    group: Callable[[Services], GroupCommit[Any, Any]] | None = None

    @property
    def name(self) -> str:
        """As traces call it."""
        return f"{self.method} {self.rule}"

    @property
    def traced(self) -> Mapping[str, str]:
        """What traces say of it."""
        return {"http.request.method": self.method}

    @property
    def place(self) -> tuple[str, str, bool]:
        """What it is found by: method, name, and whether there is an id behind it."""
        name, _, last = self.rule.removeprefix("/v1/embed/<key>/").partition("/")
        return self.method, name, bool(last)


class QuickDoors:
    """An ASGI app that answers requests to `doors` itself, and passes on all others."""

    def __init__(self, others: AsgiApp, doors: Sequence[QuickDoor], services: Services) -> None:
        self._others = others
        self._doors = {one.place: one for one in doors}
        self._services = services
        self._longest = services.settings.request_body_limit_bytes
        self._access_log = services.settings.watching.access_log
        self._looked_up = 0
        """How many wait for what must be looked up first."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, version 3."""
        call = self._call(scope) if scope["type"] == "http" and scope["path"].startswith(_PREFIX) else None
        if call is None:
            await self._others(scope, receive, send)
            return
        began = perf_counter()
        call.body = await whole_body(receive)
        door = call.door
        with traces.begin_request(door.name, call.header(b"traceparent"), **door.traced) as span:
            status, headers, text = await call.answered(self._look_up)
            if span is not None:
                span.set_attribute("http.response.status_code", status)
                span.set_attribute("feedback.request_id", call.request_id)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})
        took_s = perf_counter() - began
        watching.answered(door.rule, door.method, status, took_s, access_log=self._access_log, request=call.request_id)
        if call.visit is not None and call.visit.noted:
            asyncio.get_running_loop().run_in_executor(None, call.visit.keep_noted)

    async def _look_up(self, begin: Callable[[], Begun]) -> Begun:
        """What must be looked up first is, by a thread. Raises BUSY when too many wait for that."""
        if self._looked_up >= _MOST_LOOKED_UP:
            metrics.refused("full")
            raise Problem(Code.BUSY, f"{_MOST_LOOKED_UP} others wait already.", retry_after_s=2)
        self._looked_up += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(None, begin)
        finally:
            self._looked_up -= 1

    def _call(self, scope: Scope) -> "_Call | None":
        """None: it goes the long way."""
        path: str = scope["path"]
        key, _, rest = path[len(_PREFIX) :].partition("/")
        name, more, last = rest.partition("/")
        door = self._doors.get((scope["method"], name, bool(more)))
        if door is None or (more and not _UUID.fullmatch(last)) or scope["query_string"] or "\0" in path:
            return None
        headers: dict[bytes, bytes] = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        kind = headers.get(b"content-type", b"")
        if (
            len(headers) < len(scope["headers"])
            or not length.isdigit()
            or int(length) > self._longest
            or (kind != _JSON and kind.partition(b";")[0].strip().lower() != _JSON)
            or b"transfer-encoding" in headers
        ):
            return None
        client = scope.get("client")
        return _Call(self._services, door, key, last, headers, int(length), client[0] if client else None)


class _Call:
    """One request to a quick door."""

    __slots__ = ("_address", "_headers", "_key", "_last", "_length", "_services", "body", "door", "request_id", "visit")

    def __init__(
        self,
        services: Services,
        door: QuickDoor,
        key: str,
        last: str,
        headers: Mapping[bytes, bytes],
        length: int,
        address: str | None,
    ) -> None:
        self._services, self.door, self._key, self._last = services, door, key, last
        self._headers, self._length, self._address = headers, length, address
        self.body = b""
        self.visit: Visit | None = None
        self.request_id = given_id(self.header(b"x-request-id") or "")

    def header(self, name: bytes) -> str | None:
        """As it came; None: it did not."""
        found = self._headers.get(name)
        return None if found is None else found.decode("latin-1")

    async def answered(self, look_up: Callable[[Callable[[], Begun]], Awaitable[Begun]]) -> Raw:
        """What it is told. What the loop must not wait for is done by `look_up`."""
        try:
            try:
                with hurried:
                    what, steps = self._begin()
            except NotRemembered:
                what, steps = await look_up(self._begin)
            if steps is None:
                return self._told(what)
            if self.door.group is None:
                raise TypeError("Only a view with a group may yield.")
            try:
                came = await self.door.group(self._services).commit(what)
            except Exception as error:
                came = error
            return self._told(after(steps, came))
        except Exception as error:
            return self._refused(error)

    def _begin(self) -> Begun:
        if self.visit is None:
            origin, bearer = self.header(b"origin"), self.header(b"authorization")
            self.visit = arrive(self._services, self._key, origin, bearer, self._address)
            enter(self.visit)
        if len(self.body) < self._length:
            raise Problem(Code.BAD_REQUEST, "The body ended early.")
        value = self.door.takes.load(parse_object(self.body))
        view = self.door.view
        came = view(self.visit, value, UUID(self._last)) if self._last else view(self.visit, value)
        if isinstance(came, tuple):
            return came, None
        try:
            return next(came), came
        except StopIteration as end:
            return end.value, None

    def _told(self, told: Told) -> Raw:
        given, status = told
        return self._raw(status, orjson.dumps(given, option=orjson.OPT_UTC_Z), [(b"content-type", _JSON)])

    def _refused(self, error: Exception) -> Raw:
        with logs.of_request(self.request_id):
            problem = as_problem(error, request=self.request_id)
        told = {**problem.body(), "request_id": self.request_id}
        text = orjson.dumps(told, default=str, option=orjson.OPT_NON_STR_KEYS)
        more = {"Content-Type": PROBLEM_TYPE, **problem_headers(problem)}
        return self._raw(problem.code.status, text, _encoded(more))

    def _raw(self, status: int, text: bytes, more: Sequence[tuple[bytes, bytes]]) -> Raw:
        allowed = () if self.visit is None else _allowed(self.visit.origin, readable(self.visit))
        own = (b"x-request-id", self.request_id.encode()), (b"content-length", str(len(text) + 1).encode())
        return status, [*_HEADERS, *own, *more, *allowed], text + b"\n"


@lru_cache(1_000)
def _allowed(origin: str | None, is_readable: bool) -> Sequence[tuple[bytes, bytes]]:
    return _encoded(cors(origin)) if origin is not None and is_readable else ()
