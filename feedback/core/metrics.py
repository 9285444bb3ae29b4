"""What is counted, for whoever watches from outside: one function for each thing that happens.

Each costs about a microsecond or less, so that the intake can call them as often as it likes. Nothing here is about a
person, a partner or a survey: labels are words of ours, and few. `metrics_files` brings the processes together.
"""

from threading import Lock
from typing import Literal

from feedback.core.counting import Counter, Family, Level, Spread

_REQUEST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_COMMIT_S = (0.0005, *_REQUEST_S)
_LONG_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_ROWS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_AT_ONCE = 1024

Kind = Literal["created", "revised", "repeated"]
Why = Literal["full", "failed", "busy"]
Failure = Literal["ring", "job", "connection"]

_requests = Counter("feedback_requests", "Requests answered.", ("group", "method", "status"))
_durations = Spread("feedback_request_duration_seconds", "From the request to its answer.", _REQUEST_S, ("group",))
_acknowledged = Counter(
    "feedback_acknowledged",
    "Responses acknowledged after their commit.",
    ("kind",),
    known=[("created",), ("revised",), ("repeated",)],
)
_refused = Counter(
    "feedback_refused",
    "Writes answered with 503: too many waited (full), their commit failed, or the database was busy.",
    ("why",),
    known=[("full",), ("failed",), ("busy",)],
)
_batches = Spread("feedback_commit_batch_size", "Requests acknowledged by one commit.", _ROWS, ("what",))
_commits = Spread("feedback_commit_duration_seconds", "Writing and committing one batch.", _COMMIT_S, ("what",))
_waiting = Level("feedback_commit_waiting", "Requests that wait for their commit.", ("what",))
_folded = Counter("feedback_folded_rows", "Rows taken from the inbox into the tallies.")
_folds = Spread("feedback_fold_duration_seconds", "One fold that took at least one row.", _LONG_S)
_swept = Counter("feedback_swept_rows", "Rows folded by the schedule because no worker had taken them.")
_sweep = Level("feedback_schedule_swept_timestamp_seconds", "When the schedule last did all that was due.")
_queue = Counter(
    "feedback_queue_failures",
    "A ring that reached no queue, a job that failed, a worker that lost its queue.",
    ("what",),
    known=[("ring",), ("job",), ("connection",)],
)
_reports = Spread("feedback_report_duration_seconds", "Computing one report on the gap.", _LONG_S)
ALL = (
    _requests,
    _durations,
    _acknowledged,
    _refused,
    _batches,
    _commits,
    _waiting,
    _folded,
    _folds,
    _swept,
    _sweep,
    _queue,
    _reports,
)

_answered: dict[tuple[str, str, int], list[float]] = {}
_counting = Lock()


def request(group: str, method: str, status: int, seconds: float) -> None:
    """One request was answered. `group` is one of `http.watching`'s words, `status` the HTTP status."""
    key = group, method if method in _METHODS else "other", status
    times = _answered.get(key)
    if times is None:
        times = _answered.setdefault(key, [])
    times.append(seconds)
    if len(times) >= _AT_ONCE:
        _count(key, times)


def acknowledged(responses: int, kind: Kind = "created") -> None:
    """So many responses were acknowledged: new ones, higher revisions, or what was there already."""
    _acknowledged.add(kind, by=responses)


def refused(why: Why, requests: int = 1) -> None:
    """So many writes were answered with 503."""
    _refused.add(why, by=requests)


def committed(what: str, *, batch_size: int, seconds: float) -> None:
    """One commit of the intake of `what`: how many requests it acknowledged, how long writing and committing took."""
    _batches.observe(batch_size, what)
    _commits.observe(seconds, what)


def waiting(what: str, requests: int) -> None:
    """So many requests of `what` wait for a commit in this process now."""
    _waiting.set(requests, what)


def folded(rows: int, seconds: float) -> None:
    """One fold took so many rows."""
    _folded.add(by=rows)
    _folds.observe(seconds)


def swept(rows: int, at_s: float) -> None:
    """The schedule did all that was due, at this Unix time, and folded so many rows that no worker had taken."""
    _swept.add(by=rows)
    _sweep.set(at_s)


def queue_failed(what: Failure) -> None:
    """The queue was not there, or a job in it failed."""
    _queue.add(what)


def report(seconds: float) -> None:
    """One report on the gap was computed."""
    _reports.observe(seconds)


def families() -> list[Family]:
    """Everything that this process counted."""
    for key, times in list(_answered.items()):
        _count(key, times)
    return [metric.family() for metric in ALL]


def _count(key: tuple[str, str, int], times: list[float]) -> None:
    """Count what requests only noted: many at once cost a tenth of one by one."""
    with _counting:
        # Others go on noting at its end meanwhile.
        taken = times[:]
        del times[: len(taken)]
    if taken:
        group, method, status = key
        _requests.add(group, method, f"{status // 100}xx", by=len(taken))
        _durations.observe_all(taken, group)
