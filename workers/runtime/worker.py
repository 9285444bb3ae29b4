"""One RQ worker: one process, one queue. It runs jobs itself, without forking, and keeps its database connection."""

import signal
import time
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import ConnectionError, TimeoutError  # noqa: A004
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

# Imported here so that the first job does not wait for it.
import workers.jobs  # noqa: F401
from feedback.core import metrics, valkey
from feedback.core.jobs import KnownJob, connect, queue_of
from feedback.settings import Settings

_WORKER_TTL_S = 60
_RETRY_S = 1.0

log = structlog.get_logger(__name__)


class Worker(SimpleWorker):  # type: ignore[misc]
    """RQ's worker, but soon back when Redis is, and telling our logs what failed."""

    max_connection_wait_time = 2.0

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log a failed job, without the values that databases put into their messages."""
        metrics.queue_failed("job")
        log.error("a job failed", job=job.description, id=job.id, exc_info=exc_info)


def run(settings: Settings, queue: str) -> int:
    """Do the jobs of one queue until SIGTERM or Ctrl-C; the job at hand is finished first."""
    while True:
        _wait_for_queue(settings)
        try:
            _worker(settings, queue).work(logging_level="WARNING")
        except (ConnectionError, TimeoutError, OSError) as error:
            # RQ waits where it fetches jobs, but not where it says what it is doing.
            metrics.queue_failed("connection")
            log.warning("the queue went away", error=str(error))
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
        else:
            return 0


def _worker(settings: Settings, queue: str) -> Worker:
    connection: Redis[bytes] = connect(settings)
    return Worker(
        [queue_of(queue, connection)],
        connection=connection,
        job_class=KnownJob,
        serializer=JSONSerializer,
        default_result_ttl=0,
        worker_ttl=_WORKER_TTL_S,
    )


def _wait_for_queue(settings: Settings) -> None:
    said = False
    while not valkey.answers(settings.queue_url):
        if not said:
            log.warning(
                "waiting for the queue", server="REDIS_URL" if settings.redis_url else "the one of `feedback up`"
            )
            said = True
        time.sleep(_RETRY_S)
