"""The quick way to the embed's busiest doors: on the event loop, through the same gate, schemas, commands and errors.

Threads that wait for a commit that they share cost more than all that is done for an answer: they take turns at the
interpreter. Whatever is unusual about a request as HTTP (no length, another content type, a query) goes the long way
and is refused there; so does everything that is no door of these. Flask's views of them describe them and answer the
same.
"""

import asyncio
import re
from collections.abc import Sequence

from feedback.core import traces
from feedback.core.services import Services
from feedback.http.asgi import AsgiApp, Receive, Scope, Send, whole_body
from feedback.partners.quick_door import JSON, Headers, Lookups, QuickCall, QuickDoor

PREFIX = "/v1/embed/"
"""What the addresses of all quick doors begin with."""
_UUID = re.compile(r"[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}")


class QuickDoors:
    """An ASGI app that answers requests to `doors` itself, and passes on all others.

    A server that can do without the messages of ASGI, and without a task for each request, asks `offer`.
    """

    def __init__(self, others: AsgiApp, doors: Sequence[QuickDoor], services: Services) -> None:
        self._others = others
        self._doors = {one.place: one for one in doors}
        self._services = services
        self._lookups = Lookups()
        self._longest = services.settings.request_body_limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, version 3."""
        client = scope.get("client")
        call = (
            self.offer(scope["method"], scope["path"], scope["headers"], client[0] if client else None)
            if scope["type"] == "http" and scope["path"].startswith(PREFIX) and not scope["query_string"]
            else None
        )
        if call is None:
            await self._others(scope, receive, send)
            return
        call.body = await whole_body(receive)
        door = call.door
        with traces.begin_request(door.name, call.header(b"traceparent"), **door.traced) as span:
            answer = asyncio.get_running_loop().create_future()
            call.answer(lambda raw: None if answer.done() else answer.set_result(raw))
            status, headers, text = await answer
            if span is not None:
                span.set_attribute("http.response.status_code", status)
                span.set_attribute("feedback.request_id", call.request_id)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})
        call.sent(status)

    def offer(self, method: str, path: str, headers: Headers, address: str | None) -> "QuickCall | None":
        """What this request becomes, without a query; None: it goes the long way. `address`: whom it is from."""
        key, _, rest = path[len(PREFIX) :].partition("/")
        name, more, last = rest.partition("/")
        door = self._doors.get((method, name, bool(more)))
        if door is None or (more and not _UUID.fullmatch(last)) or "\0" in path:
            return None
        by_name: dict[bytes, bytes] = dict(headers)
        length = by_name.get(b"content-length", b"")
        kind = by_name.get(b"content-type", b"")
        if (
            len(by_name) < len(headers)
            or not length.isdigit()
            or int(length) > self._longest
            or (kind != JSON and kind.partition(b";")[0].strip().lower() != JSON)
            or b"transfer-encoding" in by_name
        ):
            return None
        return QuickCall(self._services, self._lookups, door, key, last, by_name, int(length), address)
