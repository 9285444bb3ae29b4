"""The quick way to the embed's busiest doors: beside Flask, through the same gate, schemas, commands and errors.

Whatever is unusual about a request as HTTP (no length, another content type, a query) goes the long way and is refused
there; so does everything that is no door of these. Flask's views of them describe them and answer the same.
"""

import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from io import BytesIO
from threading import BoundedSemaphore
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import orjson
from marshmallow import Schema

from feedback.core import logs, traces
from feedback.core.errors import Code, Problem
from feedback.core.group_commit import GroupCommit
from feedback.core.services import Services
from feedback.http import watching
from feedback.http.api import PROBLEM_TYPE
from feedback.http.errors import as_problem, problem_headers
from feedback.http.headers import DEFAULTS, given_id
from feedback.http.strict_json import parse_object
from feedback.partners.embed_gate import Visit, arrive, cors, enter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_UUID = re.compile(r"[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}")
_PREFIX = "/v1/embed/"
_METHOD = "http.request.method"
_READ_BEFORE_BYTES = 64 * 1024
_STATUS = {one.value: f"{one.value} {one.phrase}" for one in HTTPStatus}
_HEADERS = {**DEFAULTS, "Cross-Origin-Resource-Policy": "cross-origin", "Vary": "Origin"}

Told = tuple[Mapping[str, Any], int]
View = Callable[..., Told] | Callable[..., Generator[Any, Any, Told]]


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
    def place(self) -> tuple[str, str, bool]:
        """What it is found by: method, name, and whether there is an id behind it."""
        name, _, last = self.rule.removeprefix("/v1/embed/<key>/").partition("/")
        return self.method, name, bool(last)


class QuickDoors:
    """A WSGI app that answers requests to `doors` itself, and passes on all others."""

    def __init__(self, app: "WSGIApplication", doors: Sequence[QuickDoor], services: Callable[[], Services]) -> None:
        self._app = app
        self._doors = {one.place: one for one in doors}
        self._services = services

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """WSGI, PEP 3333."""
        path = environ["PATH_INFO"]
        if not path.startswith(_PREFIX):
            return self._app(environ, start_response)
        services = self._services()
        key, _, rest = path[len(_PREFIX) :].partition("/")
        name, _, last = rest.partition("/")
        door = self._doors.get((environ["REQUEST_METHOD"], name, bool(last)))
        length = environ.get("CONTENT_LENGTH") or ""
        if (
            door is None
            or (last and not _UUID.fullmatch(last))
            or not (length.isascii() and length.isdigit())
            or int(length) > services.settings.request_body_limit_bytes
            or environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != "application/json"
            or environ.get("QUERY_STRING")
            or "HTTP_TRANSFER_ENCODING" in environ
            or "\0" in path
        ):
            return self._app(environ, start_response)
        began = perf_counter()
        name = f"{door.method} {door.rule}"
        with traces.begin_request(name, environ.get("HTTP_TRACEPARENT"), **{_METHOD: door.method}) as span:
            body = environ["wsgi.input"].read(int(length))
            steps = partial(_answer, services, environ, door, key, last, body)
            try:
                answer = _alone(steps()) if door.group is None else door.group(services).run(steps())
            except Exception as error:
                # Too many wait, or whoever did the steps was stopped: said by steps that go no further.
                answer = _alone(steps(refused=error))
            if span is not None:
                span.set_attribute("http.response.status_code", answer.status)
                span.set_attribute("feedback.request_id", answer.headers["X-Request-Id"])
        start_response(_STATUS[answer.status], list(answer.headers.items()))
        watching.answered(
            door.rule,
            door.method,
            answer.status,
            perf_counter() - began,
            access_log=services.settings.watching.access_log,
            request=answer.headers["X-Request-Id"],
        )
        return answer


def at_most(app: "WSGIApplication", threads: int) -> "WSGIApplication":
    """The same app, with no more than so many threads in it; others wait their turn.

    A small body is read before: whoever sends it slowly keeps a thread waiting, but takes nobody's turn.
    """
    turns = BoundedSemaphore(threads)

    def waiting(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isascii() and length.isdigit() and 0 < int(length) <= _READ_BEFORE_BYTES:
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
        with turns:
            return app(environ, start_response)

    return waiting


@dataclass(slots=True)
class _Answer:
    """What goes out; what was noted of the visit is written down once it has."""

    status: int
    headers: dict[str, str]
    body: list[bytes]
    visit: Visit | None = field(default=None)

    def __iter__(self) -> Any:
        return iter(self.body)

    def __len__(self) -> int:
        return len(self.body)

    def close(self) -> None:
        """Called by the server when all is sent."""
        if self.visit is not None:
            self.visit.keep_noted()


def _alone(steps: Generator[Any, Any, _Answer]) -> _Answer:
    """What steps return that have nothing to yield."""
    try:
        next(steps)
    except StopIteration as end:
        return cast("_Answer", end.value)
    raise TypeError("Only steps of a group may yield.")


def _answer(
    services: Services,
    environ: "WSGIEnvironment",
    door: QuickDoor,
    key: str,
    last: str,
    body: bytes,
    *,
    refused: Exception | None = None,
) -> Generator[Any, Any, _Answer]:
    headers = {**_HEADERS, "X-Request-Id": given_id(environ.get("HTTP_X_REQUEST_ID", ""))}
    visit: Visit | None = None
    try:
        origin, bearer = environ.get("HTTP_ORIGIN"), environ.get("HTTP_AUTHORIZATION")
        visit = arrive(services, key, origin, bearer, environ.get("REMOTE_ADDR"))
        if refused is not None:
            raise refused
        enter(visit)
        if len(body) < int(environ["CONTENT_LENGTH"]):
            raise Problem(Code.BAD_REQUEST, "The body ended early.")
        value = door.takes.load(parse_object(body))
        came = door.view(visit, value, UUID(last)) if last else door.view(visit, value)
        given, status = came if isinstance(came, tuple) else (yield from came)
        text = orjson.dumps(given, option=orjson.OPT_UTC_Z)
        headers["Content-Type"] = "application/json"
    except Exception as error:
        # Perhaps in the thread of another request, which does the steps of this one.
        with logs.of_request(headers["X-Request-Id"]):
            problem = as_problem(error, request=headers["X-Request-Id"])
        told = {**problem.body(), "request_id": headers["X-Request-Id"]}
        text = orjson.dumps(told, default=str, option=orjson.OPT_NON_STR_KEYS)
        headers |= {"Content-Type": PROBLEM_TYPE, **problem_headers(problem)}
        status = problem.code.status
    if visit is not None:
        headers |= cors(visit)
    text += b"\n"
    headers["Content-Length"] = str(len(text))
    return _Answer(status, headers, [text], visit)
