"""Calls to addresses that people typed in: only to what is public, to the address that was looked at, and not for long.

A name is resolved once; every address behind it must be global; the connection goes to the first of them, while TLS
still checks the name. Redirects are answers like any other. No proxy of the environment stands between. Looking up the
name is part of the time that a call may take.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from feedback.core.errors import Code, Problem

TIMEOUT_S = 10.0
"""For the whole call, from its name to its answer: who sends a byte now and then holds nobody up."""
_MOST_READ_BYTES = 4096
_LONGEST_ADDRESS = 1000
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_YET_KNOWN = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "3fff::/20", "5f00::/16", "64:ff9b:1::/48")))
"""Special by the registries of IANA, which Python 3.11 takes for global in part."""

Resolve = Callable[[str, int], list[str]]


class CallError(Exception):
    """The call did not get an answer; the message says why. Never what came back."""


@dataclass(frozen=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str
    shown: str
    """What the Host header says."""


def check_address(address: str, *, private: bool, field: str = "address") -> str:
    """The address, if it may be called at all; what it resolves to is looked at when it is. Raises INVALID.

    `private`: addresses inside a network, and without TLS, may be called too.
    """
    try:
        target = _target(address, private=private)
        _refuse_literal(target.host, private=private)
    except CallError as error:
        raise Problem(Code.INVALID, str(error), errors={field: [str(error)]}) from None
    return address


def post(
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    private: bool = False,
    resolve: Resolve | None = None,
    timeout_s: float = TIMEOUT_S,
) -> int:
    """POST once; the status of the answer, whatever it is. Raises CallError."""
    until = monotonic() + timeout_s
    target = _target(address, private=private)
    found = _resolved(target, private=private, resolve=resolve or system_resolve, timeout_s=timeout_s)
    left_s = max(0.001, until - monotonic())
    connection = _connection(target, found, left_s)
    late = threading.Event()

    def cut() -> None:
        late.set()
        with suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(left_s, cut)
    watch.daemon = True
    watch.start()
    try:
        own = {**headers, "Host": target.shown}
        connection.connect()
        if late.is_set():
            raise TimeoutError  # while TLS is agreed on there is no socket to cut
        # What comes back is neither unpacked nor read to its end, which may never come.
        connection.request("POST", target.path, body, own, preload_content=False, decode_content=False)
        response = connection.getresponse()
        status = response.status
        with suppress(HTTPError, OSError):
            response.read(_MOST_READ_BYTES)
        if late.is_set():
            raise TimeoutError  # a connection cut in the middle of the headers reads like their end
    except (HTTPError, OSError, ValueError) as error:
        raise CallError("It took too long." if late.is_set() else _reason(error)) from error
    finally:
        watch.cancel()
        connection.close()
    return int(status)


def system_resolve(host: str, port: int) -> list[str]:
    """Every address behind a name, as text."""
    return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """True for what is reached over the internet: nothing of this machine, of a network around it, or in disguise."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
        if found.ipv4_mapped is not None:
            return True
        if found.is_site_local:
            return False
    if any(found in one for one in _NOT_YET_KNOWN):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _target(address: str, *, private: bool) -> _Target:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise CallError("This is no address like https://example.com/hook.") from None
    if len(address) > _LONGEST_ADDRESS or not address.isascii() or not address.isprintable() or " " in address:
        raise CallError(f"An address has at most {_LONGEST_ADDRESS:,} characters, all of them plain ones.")
    if not host or parts.scheme not in ("https", "http"):
        raise CallError("An address begins with https:// and a name.")
    if parts.scheme == "http" and not private:
        raise CallError("Only https:// is called; what is sent could be read on the way.")
    if parts.username is not None or parts.fragment:
        raise CallError("An address has no user, no password and no part after #.")
    return _Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), _path(parts), parts.netloc)


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _refuse_literal(host: str, *, private: bool) -> None:
    with suppress(ValueError):
        ipaddress.ip_address(host)
        if not private and not is_public(host):
            raise CallError("The address is inside a network; only public ones are called.")
    if not private and (host == "localhost" or host.endswith((".localhost", ".local", ".internal"))):
        raise CallError("The address is inside a network; only public ones are called.")


def _resolved(target: _Target, *, private: bool, resolve: Resolve, timeout_s: float) -> str:
    found = _looked_up(target, resolve, timeout_s)
    if not found:
        raise CallError("Its name is not known.")
    # All of them: one private address among public ones is how a name is made to point inside.
    if not private and not all(map(is_public, found)):
        raise CallError("The name points inside a network; only public addresses are called.")
    return found[0]


def _looked_up(target: _Target, resolve: Resolve, timeout_s: float) -> list[str]:
    """In a thread of its own: the system's resolver takes its time, and cannot be interrupted."""
    told: SimpleQueue[list[str]] = SimpleQueue()

    def look_up() -> None:
        found: list[str] = []
        with suppress(OSError, UnicodeError):
            found = resolve(target.host, target.port)
        told.put(found)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        return told.get(timeout=timeout_s)
    except Empty:
        raise CallError("It took too long.") from None


def _connection(target: _Target, found: str, timeout_s: float) -> HTTPConnection:
    common: dict[str, Any] = {"port": target.port, "timeout": timeout_s}
    if target.scheme == "http":
        return HTTPConnection(found, **common)
    return HTTPSConnection(
        found,
        server_hostname=target.host,
        assert_hostname=target.host,
        ssl_context=ssl.create_default_context(),
        **common,
    )


def _reason(error: Exception) -> str:
    name = type(error).__name__
    if "Timeout" in name or isinstance(error, TimeoutError):
        return "It took too long."
    if isinstance(error, ssl.SSLError) or "SSL" in name:
        return "Its certificate is not accepted."
    if isinstance(error, ConnectionRefusedError) or "NewConnection" in name:
        return "Nobody takes calls there."
    return "The connection broke off."
