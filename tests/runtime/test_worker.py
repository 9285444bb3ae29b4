"""The worker: runs what the table holds and nothing else, and outlives whatever is put into its queue."""

import os
import pickle
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rq import Queue
from rq.job import Callback, Job
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from rq.webhook import Webhook

from feedback.core import inbox, valkey
from feedback.core.clock import system_clock
from feedback.core.db import Database
from feedback.core.ids import new_id
from feedback.core.jobs import JOBS, KnownJob, connect, enqueue, queue_of
from feedback.migrations.run import migrate
from feedback.settings import Settings, from_environment
from tests.runtime.running import environment, start, until


class Place:
    """A database, a Valkey and one worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        environ = environment(folder / "home")
        self.settings: Settings = from_environment(environ)
        self.database = Database(self.settings.database_url)
        migrate(self.database)
        self.valkey = valkey.start(self.settings)
        self.output = folder / "worker.log"
        self.worker = start(environ, "worker", "fold", output=self.output, module="workers.runtime")
        self.connection = connect(self.settings)
        until(lambda: self.connection.scard("rq:workers:fold"), so_far=self.output)

    def fold_works(self) -> None:
        """A good job is done, by the same worker as before."""
        with self.database.transaction() as session:
            inbox.put(session, new_id(), new_id(), "nps", now=system_clock())
        enqueue("fold", self.connection)
        until(lambda: self.waiting() == 0, so_far=self.output)
        assert self.worker.poll() is None

    def waiting(self) -> int:
        """How many rows are in the inbox."""
        with self.database.reading() as session:
            return inbox.depth(session)[0]

    def failed(self) -> list[str]:
        """Ids of the jobs that failed."""
        return FailedJobRegistry("fold", connection=self.connection, serializer=JSONSerializer).get_job_ids()

    def close(self) -> None:
        """Stop it all."""
        for process in (self.worker, self.valkey):
            process.kill()
            process.wait(10)
        self.connection.close()
        self.database.close()


class Touch:
    """Unpickled, it makes a file: what a poisoned job would do if anybody unpickled it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One worker for all the poison."""
    here = Place(tmp_path_factory.mktemp("worker"))
    yield here
    here.close()


def plain_queue(place: Place) -> Queue:
    """A queue as somebody else would open it: without our jobs."""
    return Queue("fold", connection=place.connection, serializer=JSONSerializer)


@pytest.mark.requirement("ASVS 1.5.2")
@pytest.mark.requirement("edge: a poisoned queue runs nothing")
def test_a_function_that_is_not_in_the_table_is_not_run(place: Place) -> None:
    evidence = place.folder / "called"
    job = plain_queue(place).enqueue("os.system", f"touch {evidence}")
    until(lambda: job.id in place.failed(), so_far=place.output)
    place.fold_works()
    assert not evidence.exists()


@pytest.mark.requirement("ASVS 1.5.2")
@pytest.mark.requirement("edge: a poisoned queue runs nothing")
def test_a_pickled_job_is_not_unpickled(place: Place) -> None:
    evidence = place.folder / "unpickled"
    job = plain_queue(place).enqueue("os.getpid")
    until(lambda: job.id in place.failed(), so_far=place.output)
    place.connection.hset(job.key, "data", pickle.dumps(("os.getpid", None, (Touch(evidence),), {})))
    place.connection.lpush(plain_queue(place).key, job.id)
    until(lambda: not plain_queue(place).count)  # while it waits, a ring makes no other job
    place.fold_works()
    assert job.id in place.failed()
    assert not evidence.exists()


@pytest.mark.requirement("edge: a poisoned queue runs nothing")
def test_callbacks_and_webhooks_out_of_the_queue_are_not_called(place: Place) -> None:
    evidence = place.folder / "called back"
    job = plain_queue(place).enqueue(
        "os.getpid",
        on_success=Callback("os.getpid"),
        on_failure=Callback("tests.runtime.test_worker.call_back"),
        webhooks=[Webhook("http://127.0.0.1:9/", "failed")],
        description=str(evidence),
    )
    until(lambda: job.id in place.failed(), so_far=place.output)
    place.fold_works()
    assert not evidence.exists()
    assert "webhook" not in place.output.read_text()


def call_back(job: Job, *_rest: object) -> None:
    """What a poisoned job would like to have called."""
    Path(job.description).touch()


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b'["workers.jobs.fold", null, [1, 2], {}]',
        b'["workers.jobs.fold", null, ["' + b"x" * 5_000_000 + b'"], {}]',
        b'["workers.jobs.fold.__globals__", null, [], {}]',
        b'["eval", null, ["1"], {}]',
        b"[" * 100_000,
    ],
    ids=range(8),
)
@pytest.mark.requirement("ASVS 1.5.2")
@pytest.mark.requirement("edge: a poisoned queue runs nothing")
def test_a_job_that_cannot_be_read_fails_and_the_worker_goes_on(place: Place, rubbish: bytes) -> None:
    job = plain_queue(place).create_job("os.getpid")
    job.save()
    place.connection.hset(job.key, "data", rubbish)
    place.connection.lpush(plain_queue(place).key, job.id)
    until(lambda: job.id in place.failed(), so_far=place.output)
    place.fold_works()


def test_rings_while_a_job_waits_make_no_second_job(place: Place) -> None:
    os.kill(place.worker.pid, signal.SIGSTOP)
    try:
        # The stopped worker may have asked for one job already.
        for _ in range(5):
            enqueue("fold", place.connection)
            time.sleep(0.05)
        assert queue_of("fold", place.connection).count <= 1
    finally:
        os.kill(place.worker.pid, signal.SIGCONT)
    place.fold_works()
    until(lambda: queue_of("fold", place.connection).count == 0)


def test_nothing_is_kept_of_a_job_that_is_done(place: Place) -> None:
    before = set(place.connection.keys("rq:job:*"))
    place.fold_works()
    until(lambda: set(place.connection.keys("rq:job:*")) <= before)  # one of before may end meanwhile


def test_the_worker_comes_back_when_the_queue_does(place: Place) -> None:
    place.valkey.kill()
    place.valkey.wait(10)
    time.sleep(0.5)
    place.valkey = valkey.start(place.settings)
    place.fold_works()


def test_sigterm_ends_an_idle_worker_at_once(place: Place) -> None:
    place.worker.send_signal(signal.SIGTERM)
    assert place.worker.wait(5) == 0
    assert place.connection.scard("rq:workers:fold") == 0


def test_every_job_in_the_table_can_be_imported() -> None:
    for task, name in JOBS.items():
        job = KnownJob("x", connection=object(), serializer=JSONSerializer)
        job.func_name = name
        assert callable(job.func), task


def test_a_worker_for_a_queue_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    said = tmp_path / "said"
    process: subprocess.Popen[bytes] = start(environment(tmp_path / "home"), "worker", "folding", output=said)
    assert process.wait(20) == 2
    assert "there is no queue 'folding'; there are: fold" in said.read_text()


def test_a_worker_refuses_a_database_that_lacks_migrations(tmp_path: Path) -> None:
    said = tmp_path / "said"
    process = start(environment(tmp_path / "home"), "worker", "fold", output=said)
    assert process.wait(20) == 2
    assert "run `feedback migrate` first" in said.read_text()
