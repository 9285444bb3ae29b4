"""What a worker may run. A job names its function; the name is looked up here. Payloads are JSON."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import import_attribute

from feedback.settings import Settings

if TYPE_CHECKING:
    Connection = Redis[bytes]

JOBS = {"fold": "workers.jobs.fold", "imports": "workers.jobs.imports"}
"""Task to the function that does it. Each task has a queue of its own name, and each queue a worker process."""

_TIMEOUT_S = 600
_LONG_S = {"imports": 6 * 3600}
"""A large file takes its time; one that is cut short goes on where it stopped."""
_KEEP_FAILED_S = 24 * 3600


class UnknownJobError(Exception):
    """A job in the queue asks for something that is not in the table."""


class KnownJob(Job):  # type: ignore[misc]
    """A job that can only run what the table holds.

    It is refused when it is about to run, and so becomes a failed job; refused on arrival it would stop the worker.
    """

    @property
    def func(self) -> Callable[..., Any]:
        """The function, looked up in the table."""
        if self.func_name not in JOBS.values():
            raise UnknownJobError("The queue holds a job that is not one of ours.")
        function: Callable[..., Any] = import_attribute(self.func_name)
        return function

    @property
    def success_callback(self) -> None:
        """None: a callback would be a name from the queue."""

    @property
    def failure_callback(self) -> None:
        """None: a callback would be a name from the queue."""

    @property
    def stopped_callback(self) -> None:
        """None: a callback would be a name from the queue."""

    def send_webhooks(self, *_arguments: object, **_options: object) -> None:
        """Nothing: the addresses would come from the queue."""


def connect(settings: Settings, **options: Any) -> "Connection":
    """A client of the queue's server. It never retries by itself: its callers know how long they may wait."""
    return Redis.from_url(settings.queue_url, retry=None, **options)


def queue_of(task: str, connection: "Connection") -> Queue:
    """The queue of a task, with our serializer and our jobs."""
    return Queue(task, connection=connection, serializer=JSONSerializer, job_class=KnownJob)


def enqueue(task: str, connection: "Connection") -> None:
    """Put one job for `task` into its queue, unless one waits there already.

    A job that has not started will see whatever was committed before this call: one is enough.
    """
    queue = queue_of(task, connection)
    if not connection.llen(queue.key):
        timeout_s = _LONG_S.get(task, _TIMEOUT_S)
        queue.enqueue_call(JOBS[task], timeout=timeout_s, result_ttl=0, failure_ttl=_KEEP_FAILED_S, description=task)
