"""The port that the web part listens on: claimed for one service, shared by its processes."""

import socket
import sys
import time

from feedback.core.processes import StartError
from feedback.settings import Settings

_PATIENCE_S = 3.0


def listener(settings: Settings) -> socket.socket:
    """A socket bound to the port, beside others of ours; the kernel shares out connections among all that listen.

    Raises StartError when it cannot be bound.
    """
    try:
        return _bound(settings, shared=True)
    except OSError as error:
        raise _refused(settings, error) from error


def claim(settings: Settings) -> socket.socket:
    """Bind the port before the web part does, so that a second service is refused instead of sharing requests.

    Listeners share the port without a word. We bind without sharing, which fails if anybody listens, and only then
    allow it: whoever claims the port after us is refused in turn. A former run that was killed has three seconds to
    let go. Raises StartError when the port cannot be had.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            claimed = _bound(settings, shared=False)
            break
        except OSError as error:
            if time.monotonic() >= deadline:
                raise _refused(settings, error) from error
            time.sleep(0.1)
    if sys.platform == "linux":
        claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    else:
        claimed.close()
    return claimed


def _bound(settings: Settings, *, shared: bool) -> socket.socket:
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise StartError(f"HOST takes an address of this machine, not {settings.host!r}.") from error
    family, kind, protocol, _, address = found[0]
    made = socket.socket(family, kind, protocol)
    # For connections of a former run that the kernel still remembers.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def _refused(settings: Settings, error: OSError) -> StartError:
    return StartError(
        f"Port {settings.port} on {settings.host} cannot be used: {error.strerror}. "
        "Stop what listens there, or set PORT."
    )
