"""The web part: granian serving the ASGI app from two processes."""

import gc
import multiprocessing
import os

from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server
from granian.utils.proxies import wrap_asgi_with_proxy_headers

# Imported before granian forks: its processes then start quickly and share the memory.
import feedback.core.jobs  # noqa: F401
from feedback.app import create_asgi
from feedback.core import logs, metrics_files
from feedback.core.processes import die_with
from feedback.http.asgi import AsgiApp
from feedback.settings import Settings, from_environment

WORKERS = 2
_FINISH_S = 8
_MOST_PAGES = 16


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C; requests in flight have 8 seconds to finish. A worker that dies is replaced."""
    Server(
        "workers.runtime.web:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGINL,
        loop=Loops.auto,
        http=HTTPModes.http1,
        websockets=False,
        workers=WORKERS,
        # Backpressure counts connections, also idle ones that browsers keep open, so its default stays; what limits
        # the work at any time is the number of threads behind the loop, and how many may wait for a commit.
        respawn_failed_workers=True,
        workers_kill_timeout=_FINISH_S,
        log_level=LogLevels.warning,
        log_dictconfig={
            "handlers": {},
            "formatters": {},
            "loggers": {"_granian": {"handlers": [], "propagate": True}},
        },
    ).serve()
    return 0


def application() -> AsgiApp:
    """What each worker process serves; it ends with the process that started it."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        die_with(parent.pid)
    logs.configure("web")
    settings = from_environment(os.environ)
    metrics_files.share(settings.home, "web")
    # What computes would only take turns in more threads.
    app = create_asgi(settings, threads=min(_MOST_PAGES, 2 * (os.cpu_count() or 1) + 1))
    # What is there now stays: looking for garbage in it again and again costs a tenth of the time under load.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    if settings.trusted_proxies:
        return wrap_asgi_with_proxy_headers(app, trusted_hosts=list(settings.trusted_proxies))  # type: ignore[no-any-return]
    return app
