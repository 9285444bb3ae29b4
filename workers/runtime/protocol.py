"""HTTP as uvicorn speaks it, with a shorter way to the quick doors and an end for whoever is slow.

ASGI hands a request to an app in messages, within a task of its own. For a request of which all is there when its last
byte is, that takes as long as all else that is done for it, so those of quick doors are answered without either.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from feedback.core import traces
from feedback.partners.quick_door import QuickCall, Raw
from feedback.partners.quick_doors import PREFIX, QuickDoors

SWEEP_S = 5
"""How often connections are looked at."""
_HEAD_S = 30.0
_SILENT_S = 30.0
IDLE_S = 75
"""Longer than a proxy keeps a connection that nobody uses: who closes it first must not be the one who is asked."""
_MOST_HEAD_BYTES = 64 * 1024
_PREFIX = PREFIX.encode()


class Protocol(HttpToolsProtocol):
    """One connection. Subclasses say `doors`, and `forwarded` where a proxy is believed."""

    doors: QuickDoors
    forwarded: ProxyHeadersMiddleware | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._quick: _Waiting | None = None
        """Whose body is coming."""
        self._in_head = self._in_body = False
        self._head_bytes = self._unread_bytes = 0
        self._began_s = self._heard_s = self._read_s = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """As of `asyncio.Protocol`."""
        self._heard_s = self.loop.time()
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > _MOST_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("Too many headers.")

    def on_message_begin(self) -> None:
        """As of `httptools`."""
        super().on_message_begin()
        self._in_head, self._head_bytes, self._began_s = True, 0, self._heard_s

    def on_headers_complete(self) -> None:
        """As of `httptools`."""
        self._in_head, self._in_body = False, True
        if self.forwarded is not None:
            # Only for what it does to the scope, so that it is the same on both ways; nothing in it waits.
            with suppress(StopIteration):
                self.forwarded(self.scope, _nothing, _nothing).send(None)
        call = self._offered()
        if call is None:
            super().on_headers_complete()
        else:
            self._quick = _Waiting(self, call, keep_alive=self.parser.should_keep_alive())
            self.cycle = self._quick  # type: ignore[assignment]

    def on_body(self, body: bytes) -> None:
        """As of `httptools`."""
        if self._quick is None:
            super().on_body(body)
        else:
            self._quick.call.body += body

    def on_message_complete(self) -> None:
        """As of `httptools`."""
        self._in_body = False
        quick, self._quick = self._quick, None
        if quick is None:
            super().on_message_complete()
        else:
            quick.call.answer(quick.tell)

    def pause_writing(self) -> None:
        """As of `asyncio.Protocol`."""
        self._read_s, self._unread_bytes = self.loop.time(), self.transport.get_write_buffer_size()
        super().pause_writing()

    def resume_writing(self) -> None:
        """As of `asyncio.Protocol`."""
        super().resume_writing()
        if not self._answering():
            self.flow.resume_reading()

    def sweep(self) -> None:
        """End the connection when the other side takes too long to say, or to hear, what it came for."""
        now_s, unread_bytes = self.loop.time(), self.transport.get_write_buffer_size()
        if unread_bytes < self._unread_bytes:
            self._read_s, self._unread_bytes = now_s, unread_bytes
        if self.flow.read_paused or self.flow.write_paused:
            # It is not asked for more, or has its hands full.
            self._heard_s = now_s
        if (
            (self._in_head and now_s - self._began_s > _HEAD_S)
            or (self._in_body and now_s - self._heard_s > _SILENT_S)
            or (self.flow.write_paused and now_s - self._read_s > _SILENT_S)
            or (not self._answering() and now_s - self._heard_s > IDLE_S)
        ):
            self.transport.abort()

    def quickly_answered(self) -> None:
        """The connection is free for the next request."""
        self.server_state.total_requests += 1
        if self.flow.write_paused:
            # Who does not read answers is not asked for more requests.
            self.flow.pause_reading()
        if self.pipeline:
            self.on_response_complete()

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _offered(self) -> QuickCall | None:
        """Not for a request that waits for its turn behind another one, or that has more to it than most."""
        url = self.url
        if (
            not url.startswith(_PREFIX)
            or b"?" in url
            or b"%" in url
            or not url.isascii()
            or self._answering()
            or self.parser.get_http_version() != "1.1"
            or self.expect_100_continue
            or self.parser.should_upgrade()
            or traces.wanted()
        ):
            return None
        client = self.scope["client"]
        return self.doors.offer(
            self.parser.get_method().decode("ascii"), url.decode("ascii"), self.headers, client[0] if client else None
        )


class _Waiting:
    """A request on the quick way. Stands where uvicorn has its cycle, for whatever it asks of that."""

    __slots__ = ("_protocol", "call", "disconnected", "keep_alive", "response_complete")

    message_event = asyncio.Event()
    """Nobody waits for messages."""

    def __init__(self, protocol: Protocol, call: QuickCall, *, keep_alive: bool) -> None:
        self._protocol = protocol
        self.call = call
        self.keep_alive = keep_alive
        self.disconnected = self.response_complete = False

    def tell(self, raw: Raw) -> None:
        """Send the answer, if anybody is still there."""
        status, headers, text = raw
        self.response_complete = True
        protocol, transport = self._protocol, self._protocol.transport
        del self._protocol
        self.call.sent(status)
        if self.disconnected or transport.is_closing():
            return
        parts = [STATUS_LINE[status]]
        for name, value in (*protocol.server_state.default_headers, *headers):
            parts += (name, b": ", value, b"\r\n")
        parts += (b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n", text)
        transport.write(b"".join(parts))
        if self.keep_alive:
            protocol.quickly_answered()
        else:
            transport.close()


def believing(proxies: Sequence[str]) -> ProxyHeadersMiddleware | None:
    """What believes these in whom a request is from."""
    return ProxyHeadersMiddleware(_nothing, list(proxies)) if proxies else None


async def _nothing(*_: Any) -> Any:
    return None
