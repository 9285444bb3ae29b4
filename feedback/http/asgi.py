"""Flask behind an event loop: what computes is answered by a few threads, and the loop waits for all others.

ASGI, version 3: https://asgi.readthedocs.io/en/latest/specs/www.html. WSGI: PEP 3333.
"""

import asyncio
import sys
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BufferedReader, BytesIO, RawIOBase
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_READ_BEFORE_BYTES = 64 * 1024
_SENT_AT_ONCE_BYTES = 4 * 1024 * 1024
_JOINED_BY = {"HTTP_COOKIE": "; "}


class InThreads:
    """A WSGI app with no more than so many requests in it at once; others wait their turn.

    Whoever is slow takes nobody's turn: a body is read before its request takes one, as far as it is small, and what
    is answered is sent when the thread has gone on, unless it is large. A library that does this sends each piece from
    the thread, which takes twice as long for a small answer and as long as the reader likes for all others.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        threads: int,
        at_start: Callable[[], None] = lambda: None,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        """`at_start` and `at_end` are called before the first request and after the last."""
        self._app = app
        self._threads = ThreadPoolExecutor(threads, "page")
        self._at_start, self._at_end = at_start, at_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, version 3."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            call = _Call(self._app, asyncio.get_running_loop(), receive, send)
            body, more = await _begun(receive)
            start, text = await call.loop.run_in_executor(self._threads, call.answer, _environ(scope), body, more)
            if start is not None:
                await send(start)
            await send({"type": "http.response.body", "body": text})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._at_start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.get_running_loop().run_in_executor(self._threads, self._at_end)
        await send({"type": "lifespan.shutdown.complete"})


async def whole_body(receive: Receive) -> bytes:
    """The body; shorter than was announced when whoever sends it is gone."""
    body, _more = await _begun(receive, sys.maxsize)
    return body


async def _begun(receive: Receive, most: int = _READ_BEFORE_BYTES) -> tuple[bytes, bool]:
    """The body as far as it is small, and whether there is more."""
    message = await receive()
    first: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return first, False
    body = bytearray(first)
    while message.get("more_body") and len(body) < most:
        message = await receive()
        body += message.get("body", b"")
    return bytes(body), bool(message.get("more_body"))


class _Call:
    """One request, in a thread."""

    def __init__(self, app: "WSGIApplication", loop: AbstractEventLoop, receive: Receive, send: Send) -> None:
        self._app, self.loop, self._receive, self._send = app, loop, receive, send
        self._start: Message | None = None
        self._text = bytearray()

    def answer(self, environ: "WSGIEnvironment", body: bytes, more: bool) -> tuple[Message | None, bytes]:
        """What is still to be sent: the start, unless it was, and the rest of the body."""
        rest = _Rest(body, lambda: self._waited(self._receive()))
        environ["wsgi.input"] = BufferedReader(rest) if more else BytesIO(body)
        chunks = self._app(environ, self._begin)
        try:
            self._take(chunks)
        finally:
            getattr(chunks, "close", lambda: None)()
        return self._start, bytes(self._text)

    def _begin(self, status: str, headers: Sequence[tuple[str, str]], _error: Any = None, /) -> Callable[[bytes], Any]:
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self._start = {"type": "http.response.start", "status": int(status[:3]), "headers": raw}
        return self._text.extend

    def _take(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            self._text += chunk
            if len(self._text) >= _SENT_AT_ONCE_BYTES:
                if self._start is not None:
                    self._waited(self._send(self._start))
                    self._start = None
                self._waited(self._send({"type": "http.response.body", "body": bytes(self._text), "more_body": True}))
                self._text.clear()

    def _waited(self, what: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(_awaited(what), self.loop).result()


async def _awaited(what: Awaitable[Any]) -> Any:
    return await what


class _Rest(RawIOBase):
    """A body of which `begun` is here; what follows comes in messages."""

    def __init__(self, begun: bytes, message: Callable[[], Message]) -> None:
        self._here, self._message, self._more = begun, message, True

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, room: Any) -> int:
        """As of `io.RawIOBase`."""
        while not self._here and self._more:
            message = self._message()
            self._here, self._more = message.get("body", b""), bool(message.get("more_body"))
        taken, self._here = self._here[: len(room)], self._here[len(room) :]
        room[: len(taken)] = taken
        return len(taken)


def _environ(scope: Scope) -> "WSGIEnvironment":
    path = unquote_to_bytes(scope["raw_path"]) if scope.get("raw_path") else scope["path"].encode("utf-8", "replace")
    server, client = scope.get("server") or ("localhost", 80), scope.get("client")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if client is not None:
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    for raw, value in scope["headers"]:
        # With an underscore it would look like another one with a dash, which a proxy may have set.
        if b"_" in raw:
            continue
        upper = raw.decode("latin-1").upper().replace("-", "_")
        name = upper if upper in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{upper}"
        text = value.decode("latin-1")
        environ[name] = f"{environ[name]}{_JOINED_BY.get(name, ', ')}{text}" if name in environ else text
    return environ
