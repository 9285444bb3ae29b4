"""The web part: two processes, each with an event loop of uvicorn's that serves the ASGI app."""

import contextlib
import gc
import logging
import multiprocessing
import os
import resource
import signal
import socket
from collections.abc import Callable
from functools import partial

from uvicorn import Config, Server

# Imported before the processes are forked: they then start quickly and share the memory.
import feedback.core.jobs  # noqa: F401
from feedback.app import create_asgi
from feedback.core import logs, metrics_files
from feedback.core.processes import die_with
from feedback.settings import Settings, from_environment
from workers.runtime.children import Child, Family
from workers.runtime.port import listener
from workers.runtime.protocol import IDLE_S, SWEEP_S, Protocol, believing
from workers.runtime.stop import Stop

WORKERS = 2
_FINISH_S = 8
_MOST_PAGES = 16
_MOST_FILES = 65_536


def run(settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C; requests in flight have 8 seconds to finish. A process that dies is replaced.

    Each process has a socket of its own, among which the kernel shares out connections. They stay open here, so that
    those of a process that died wait for the next one.
    """
    stop = Stop()
    sockets = [listener(settings) for _ in range(WORKERS)]
    names = [f"web process {number}" for number in range(1, WORKERS + 1)]
    family = Family(
        [[Child(name, _forked(partial(_serve, sockets, own))) for name, own in zip(names, sockets, strict=True)]]
    )
    try:
        while not stop.asked:
            stop.wait(family.tend())
    finally:
        for one in sockets:
            one.close()
        family.stop(grace_s=_FINISH_S + 1, hurry=lambda: stop.asked > 1)
    return 0


class _Forked:
    """A process that began as a copy of this one, as `Child` looks after it."""

    def __init__(self, run: Callable[[], None]) -> None:
        self._process = multiprocessing.get_context("fork").Process(target=run, daemon=True)
        self._process.start()
        self.pid = self._process.pid or 0

    def poll(self) -> int | None:
        """As `subprocess.Popen.poll`."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """As `subprocess.Popen.send_signal`."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> int | None:
        """As `subprocess.Popen.wait`."""
        self._process.join()
        return self._process.exitcode


def _forked(run: Callable[[], None]) -> Callable[[], _Forked]:
    return lambda: _Forked(run)


def _serve(sockets: list[socket.socket], own: socket.socket) -> None:
    """One process; it ends with the one that started it."""
    signal.set_wakeup_fd(-1)
    for number in Stop.SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        die_with(parent.pid)
    for other in sockets:
        if other is not own:
            other.close()
    _allow_many_files()
    logs.configure("web")
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # else whoever speaks no HTTP writes a line
    settings = from_environment(os.environ)
    metrics_files.share(settings.home, "web")
    # What computes would only take turns in more threads.
    app = create_asgi(settings, threads=min(_MOST_PAGES, 2 * (os.cpu_count() or 1) + 1))

    class Served(Protocol):
        doors = app
        forwarded = believing(settings.trusted_proxies)

    async def sweep() -> None:
        for connection in list(server.server_state.connections):
            if isinstance(connection, Served):
                connection.sweep()

    server = Server(
        Config(
            app,
            http=Served,
            ws="none",
            loop="uvloop",
            interface="asgi3",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=_FINISH_S,
            callback_notify=sweep,
            timeout_notify=SWEEP_S,
        )
    )
    # What is there now stays: looking for garbage in it again and again costs a tenth of the time under load.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    server.run([own])


def _allow_many_files() -> None:
    """A connection is a file, and most systems allow a thousand unless they are asked for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(_MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
