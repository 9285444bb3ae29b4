"""The web part: granian serving the WSGI app from two processes."""

import gc
import multiprocessing
import os
from typing import TYPE_CHECKING

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

# Imported before granian forks: its processes then start quickly and share the memory.
import feedback.core.jobs  # noqa: F401
from feedback.app import create_app
from feedback.core import logs, metrics_files
from feedback.core.processes import die_with
from feedback.settings import Settings, from_environment

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

WORKERS = 2
_FINISH_S = 8
_THREADS = 48
_MOST_PAGES = 16


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C; requests in flight have 8 seconds to finish. A worker that dies is replaced."""
    Server(
        "workers.runtime.web:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=WORKERS,
        # Backpressure counts connections, also idle ones that browsers keep open, so its default stays;
        # what limits the work at any time is the number of threads. Most of them wait for a commit that they share.
        blocking_threads=_THREADS,
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


def application() -> "WSGIApplication":
    """What each worker process serves; it ends with the process that started it."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        die_with(parent.pid)
    logs.configure("web")
    settings = from_environment(os.environ)
    metrics_files.share(settings.home, "web")
    # What computes would only take turns in more threads, and must leave some to those who wait for a commit.
    app: WSGIApplication = create_app(settings, pages_at_once=min(_MOST_PAGES, 2 * (os.cpu_count() or 1) + 1))
    # What is there now stays: looking for garbage in it again and again costs a tenth of the time under load.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    if settings.trusted_proxies:
        app = wrap_wsgi_with_proxy_headers(app, trusted_hosts=list(settings.trusted_proxies))
    return app
