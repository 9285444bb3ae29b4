"""One RQ worker: one process, one queue. It runs jobs itself, without forking, and keeps its database connection."""

import time
from typing import Any

import structlog
from redis import Redis
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

# Imported here so that the first job does not wait for it.
import workers.jobs  # noqa: F401
from feedback.core import valkey
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
        log.error("a job failed", job=job.description, id=job.id, exc_info=exc_info)


def work(settings: Settings, queue: str) -> int:
    """Do the jobs of one queue until SIGTERM or Ctrl-C; the job at hand is finished first."""
    _wait_for_queue(settings)
    connection: Redis[bytes] = connect(settings)
    worker = Worker(
        [queue_of(queue, connection)],
        connection=connection,
        job_class=KnownJob,
        serializer=JSONSerializer,
        default_result_ttl=0,
        worker_ttl=_WORKER_TTL_S,
    )
    worker.work(logging_level="WARNING")
    return 0


def _wait_for_queue(settings: Settings) -> None:
    said = False
    while not valkey.answers(settings.queue_url):
        if not said:
            log.warning(
                "waiting for the queue", server="REDIS_URL" if settings.redis_url else "the one of `feedback up`"
            )
            said = True
        time.sleep(_RETRY_S)
