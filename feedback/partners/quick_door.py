"""A door of the embed that has a quick way too, and one request to it: see `quick_doors`."""

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import Any
from uuid import UUID

import orjson
from marshmallow import Schema

from feedback.core import logs, metrics
from feedback.core.cached import NotRemembered, hurried
from feedback.core.errors import Code, Problem
from feedback.core.group_commit import GroupCommit, after
from feedback.core.services import Services
from feedback.http import watching
from feedback.http.api import PROBLEM_TYPE
from feedback.http.errors import as_problem, problem_headers
from feedback.http.headers import DEFAULTS, given_id
from feedback.http.strict_json import parse_object
from feedback.partners.embed_gate import Visit, arrive, cors, enter, readable

Told = tuple[Mapping[str, Any], int]
View = Callable[..., Told] | Callable[..., Generator[Any, Any, Told]]
Headers = Sequence[tuple[bytes, bytes]]
"""Names in small letters, and values."""
Raw = tuple[int, Headers, bytes]
"""Status, headers and body as ASGI takes them."""
Begun = tuple[Any, Generator[Any, Any, Told] | None]
"""What is to be written and the steps that wait for it; without steps what is told."""

JSON = b"application/json"
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


class Lookups:
    """What is not remembered is looked up by threads, as the loop must not wait for the database."""

    def __init__(self) -> None:
        self._waiting = 0
        self._first: asyncio.Future[None] | None = None
        """Told when that is found which a thread looks up for somebody who came while nobody waited."""

    async def begun(self, begin: Callable[[], Begun]) -> Begun:
        """What `begin` comes to, in a thread. Raises BUSY when too many wait for that.

        Who comes meanwhile mostly lacks the same: then nothing is left to look up when it is there.
        """
        if self._waiting >= _MOST_LOOKED_UP:
            metrics.refused("full")
            raise Problem(Code.BUSY, f"{_MOST_LOOKED_UP} others wait already.", retry_after_s=2)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            if self._first is not None:
                await self._first
                with suppress(NotRemembered), hurried:
                    return begin()
            if self._first is not None:
                return await loop.run_in_executor(None, begin)
            self._first = loop.create_future()
            found = loop.run_in_executor(None, begin)
            found.add_done_callback(self._found)
            # As the others do, so that all go on together and share a commit.
            await self._first
            return found.result()
        finally:
            self._waiting -= 1

    def _found(self, _found: "asyncio.Future[Begun]") -> None:
        if self._first is not None:
            self._first.set_result(None)
            self._first = None


class QuickCall:
    """One request to a quick door; its body is put into `body` before it is answered."""

    __slots__ = (
        "_address",
        "_began",
        "_headers",
        "_key",
        "_last",
        "_length",
        "_lookups",
        "_services",
        "_task",
        "_visit",
        "body",
        "door",
        "request_id",
    )

    def __init__(
        self,
        services: Services,
        lookups: Lookups,
        door: QuickDoor,
        key: str,
        last: str,
        headers: Mapping[bytes, bytes],
        length: int,
        address: str | None,
    ) -> None:
        self._services, self._lookups, self.door, self._key, self._last = services, lookups, door, key, last
        self._headers, self._length, self._address = headers, length, address
        self._began = perf_counter()
        self._visit: Visit | None = None
        self._task: asyncio.Task[None] | None = None
        self.body = b""
        self.request_id = given_id(self.header(b"x-request-id") or "")

    def header(self, name: bytes) -> str | None:
        """As it came; None: it did not."""
        found = self._headers.get(name)
        return None if found is None else found.decode("latin-1")

    def answer(self, tell: Callable[[Raw], None]) -> None:
        """`tell` what it is answered: at once, or later on this loop when the loop would have to wait for it."""
        try:
            with hurried:
                what, steps = self._begin()
        except NotRemembered:
            # Held here: a loop itself forgets tasks.
            self._task = asyncio.get_running_loop().create_task(self._look_up(tell))
        except Exception as error:
            tell(self._refused(error))
        else:
            self._go_on(what, steps, tell)

    async def _look_up(self, tell: Callable[[Raw], None]) -> None:
        try:
            what, steps = await self._lookups.begun(self._begin)
        except Exception as error:
            tell(self._refused(error))
        else:
            self._go_on(what, steps, tell)

    def _go_on(self, what: Any, steps: Generator[Any, Any, Told] | None, tell: Callable[[Raw], None]) -> None:
        try:
            if steps is None:
                raw = self._told(what)
            elif self.door.group is None:
                raise TypeError("Only a view with a group may yield.")
            else:
                promise = self.door.group(self._services).promise(what)
                promise.add_done_callback(lambda came: tell(self._written(steps, came)))
                return
        except Exception as error:
            raw = self._refused(error)
        tell(raw)

    def _written(self, steps: Generator[Any, Any, Told], promise: "asyncio.Future[Any]") -> Raw:
        try:
            return self._told(after(steps, promise.exception() or promise.result()))
        except Exception as error:
            return self._refused(error)

    def sent(self, status: int) -> None:
        """It was answered with this status: count it, and write down what was noted of the visit."""
        door, took_s = self.door, perf_counter() - self._began
        log = self._services.settings.watching.access_log
        watching.answered(door.rule, door.method, status, took_s, access_log=log, request=self.request_id)
        if self._visit is not None and self._visit.noted:
            asyncio.get_running_loop().run_in_executor(None, self._visit.keep_noted)

    def _begin(self) -> Begun:
        if self._visit is None:
            origin, bearer = self.header(b"origin"), self.header(b"authorization")
            self._visit = arrive(self._services, self._key, origin, bearer, self._address)
            enter(self._visit)
        if len(self.body) < self._length:
            raise Problem(Code.BAD_REQUEST, "The body ended early.")
        value = self.door.takes.load(parse_object(self.body))
        view = self.door.view
        came = view(self._visit, value, UUID(self._last)) if self._last else view(self._visit, value)
        if isinstance(came, tuple):
            return came, None
        try:
            return next(came), came
        except StopIteration as end:
            return end.value, None

    def _told(self, told: Told) -> Raw:
        given, status = told
        return self._raw(status, orjson.dumps(given, option=orjson.OPT_UTC_Z), [(b"content-type", JSON)])

    def _refused(self, error: Exception) -> Raw:
        with logs.of_request(self.request_id):
            problem = as_problem(error, request=self.request_id)
        told = {**problem.body(), "request_id": self.request_id}
        text = orjson.dumps(told, default=str, option=orjson.OPT_NON_STR_KEYS)
        more = {"Content-Type": PROBLEM_TYPE, **problem_headers(problem)}
        return self._raw(problem.code.status, text, _encoded(more))

    def _raw(self, status: int, text: bytes, more: Sequence[tuple[bytes, bytes]]) -> Raw:
        allowed = () if self._visit is None else _allowed(self._visit.origin, readable(self._visit))
        own = (b"x-request-id", self.request_id.encode()), (b"content-length", str(len(text) + 1).encode())
        return status, [*_HEADERS, *own, *more, *allowed], text + b"\n"


@lru_cache(1_000)
def _allowed(origin: str | None, is_readable: bool) -> Sequence[tuple[bytes, bytes]]:
    return _encoded(cors(origin)) if origin is not None and is_readable else ()
