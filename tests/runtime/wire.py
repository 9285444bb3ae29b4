"""One connection to the web part without a network: what is said is bytes, and so is what is heard."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

from uvicorn import Config
from uvicorn.server import ServerState

from feedback.partners.quick_doors import QuickDoors
from workers.runtime.protocol import Protocol, believing

_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r]*\r\n((?:[^\r\n]+\r\n)*)\r\n")


class Line(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self, peer: str) -> None:
        super().__init__({"peername": (peer, 1), "sockname": ("127.0.0.1", 80)})
        self.heard = bytearray()
        self.closed = self.aborted = self.paused = False
        self.unread_bytes = 0

    def write(self, data: Any) -> None:
        self.heard += data

    def get_write_buffer_size(self) -> int:
        return self.unread_bytes

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Wire:
    """A client of `doors` at `peer`, on the running loop."""

    def __init__(self, doors: QuickDoors, peer: str = "127.0.0.1", proxies: Sequence[str] = ()) -> None:
        class Served(Protocol):
            forwarded = believing(proxies)

        Served.doors = doors
        config = Config(doors, http=Served, ws="none", interface="asgi3", log_config=None, proxy_headers=False)
        config.load()
        self.line = Line(peer)
        self.protocol = Served(config, ServerState(), {}, asyncio.get_running_loop())
        self.protocol.connection_made(self.line)

    def say(self, *parts: bytes) -> None:
        """Send these, as they arrive one after the other."""
        for part in parts:
            if not self.line.closed:
                self.protocol.data_received(part)

    def answers(self) -> list[tuple[int, dict[str, str], bytes]]:
        """Status, headers and body of each that is there whole. What follows the last must be the next one's."""
        found, rest = [], bytes(self.line.heard)
        while head := _HEAD.match(rest):
            lines = head[2].decode("latin-1").splitlines()
            headers = dict(line.lower().split(": ", 1) for line in lines)
            length = int(headers["content-length"])
            if len(rest) < head.end() + length:
                break
            found.append((int(head[1]), headers, rest[head.end() : head.end() + length]))
            rest = rest[head.end() + length :]
        assert not rest or rest.startswith(b"HTTP/1.1 "), rest
        return found

    async def statuses(self, count: int) -> list[int]:
        """Of the first `count` answers, once they came."""
        for _ in range(2_000):
            if len(self.answers()) >= count or self.line.closed:
                break
            await asyncio.sleep(0.002)
        return [status for status, _, _ in self.answers()]

    def hang_up(self) -> None:
        """The other side is gone."""
        self.line.closed = True
        self.protocol.connection_lost(None)


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of one. In the names of headers `_` stands for `-`."""
    named = {"Host": "localhost", **{name.replace("_", "-"): text for name, text in headers.items()}}
    if body and "Transfer-Encoding" not in named:
        named["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {text}\r\n" for name, text in named.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body
