"""The doorbell: RQ only wakes the workers; the inbox in the database is the queue of record."""

import os
import threading
import time

import structlog

from feedback.core import metrics
from feedback.settings import Settings

_TIMEOUT_S = 1.0
_AFTER_FAILURE_S = 1.0
_AFTER_RING_S = 0.1  # many answers in one moment need one fold

log = structlog.get_logger(__name__)


class Doorbell:
    """Rings the workers' queues, from a thread of its own: whoever rings never waits for Redis."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._waiting: set[str] = set()
        self._process: int | None = None

    def ring(self, task: str) -> None:
        """Ask the workers to run `task` soon. Call it after the commit. Rings in quick succession become one job.

        Never raises and never blocks: without Redis the schedule's sweep does the work a little later.
        """
        if task in self._waiting and self._process == os.getpid():
            return  # whoever takes it away rings after this
        with self._lock:
            self._waiting.add(task)
            if self._process != os.getpid():  # the first ring, or the first one after a fork
                self._process = os.getpid()
                threading.Thread(target=self._run, name="doorbell", daemon=True).start()
        self._wake.set()

    def _run(self) -> None:
        # Not at the top: a command that never rings should not wait for these imports.
        from redis import RedisError

        from feedback.core.jobs import connect, enqueue

        connection = connect(self._settings, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S)
        away = False
        while True:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                tasks, self._waiting = self._waiting, set()
            unheard = set()
            for task in tasks:
                try:
                    enqueue(task, connection)
                except (RedisError, OSError) as error:
                    unheard.add(task)
                    metrics.queue_failed("ring")
                    reason = type(error).__name__
                except Exception:
                    # The thread must live: a bell that fell silent would be noticed by nobody.
                    log.exception("a ring failed", task=task)
            if unheard and not away:
                log.warning("the queue cannot be reached; the sweep takes over", reason=reason)
            if away and not unheard:
                log.info("the queue can be reached again")
            away = bool(unheard)
            if unheard:
                with self._lock:
                    self._waiting |= unheard
                self._wake.set()
            time.sleep(_AFTER_FAILURE_S if unheard else _AFTER_RING_S)
