"""An ASGI app as a browser sees it: whole requests and their answers, each on an event loop of its own."""

import asyncio
from asyncio import events
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from werkzeug.datastructures import EnvironHeaders, Headers

from feedback.http.asgi import AsgiApp, Message

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Result = TypeVar("Result")


def run(what: Coroutine[Any, Any, Result]) -> Result:
    """As `asyncio.run`, also where this thread drives a browser: that has a loop of its own, which stands still."""
    browsers = events._get_running_loop()
    events._set_running_loop(None)
    try:
        return asyncio.run(what)
    finally:
        events._set_running_loop(browsers)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status_code: int
    headers: Headers
    data: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.data)


@dataclass(frozen=True, slots=True)
class AsgiClient:
    """Asks `app`. `address`: where the requests come from."""

    app: AsgiApp
    address: str = "127.0.0.1"

    def open(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: bytes | None = None,
        query_string: str = "",
    ) -> Answer:
        """One request. `json` brings its content type unless `headers` do."""
        body = data if data is not None else b"" if json is None else orjson.dumps(json)
        given = {name.lower(): value for name, value in (headers or {}).items()}
        if json is not None:
            given.setdefault("content-type", "application/json")
        if body:
            given.setdefault("content-length", str(len(body)))
        return self.ask(
            path, method, [(n.encode(), v.encode("latin-1")) for n, v in given.items()], [body], query_string
        )

    def ask(
        self, path: str, method: str, headers: list[tuple[bytes, bytes]], parts: list[bytes], query_string: str = ""
    ) -> Answer:
        """One request as it comes from the network: its headers as they are, its body in parts."""
        return run(self._ask(path, method, headers, parts, query_string))

    async def _ask(
        self, path: str, method: str, headers: list[tuple[bytes, bytes]], parts: list[bytes], query_string: str
    ) -> Answer:
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "query_string": query_string.encode(),
            "headers": headers,
            "client": (self.address, 1),
            "server": ("localhost", 80),
            "scheme": "http",
        }
        coming = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        if coming:
            coming[-1]["more_body"] = False
        sent: list[Message] = []

        async def receive() -> Message:
            await asyncio.sleep(0)
            return coming.pop(0) if coming else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        begun = sent[0]
        told = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in begun["headers"]])
        return Answer(begun["status"], told, b"".join(one["body"] for one in sent[1:]))


def as_wsgi(app: AsgiApp) -> "WSGIApplication":
    """The same app for werkzeug's client, which makes forms, cookies and strange addresses."""

    def called(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        client = AsgiClient(app, environ.get("REMOTE_ADDR", "127.0.0.1"))
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in EnvironHeaders(environ)]
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        answer = client.ask(
            path, environ["REQUEST_METHOD"], headers, [environ["wsgi.input"].read()], environ["QUERY_STRING"]
        )
        start_response(f"{answer.status_code} {HTTPStatus(answer.status_code).phrase}", list(answer.headers.items()))
        return [answer.data]

    return called
