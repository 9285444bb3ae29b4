"""A whole service that is about to suffer: `feedback up` on a database of its own, and what can be done to it."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from sqlalchemy.exc import SQLAlchemyError

from feedback.core import secrets
from feedback.core.services import Services
from tests.embed import World, make_world
from tests.postgres import BINARIES, DURABLE, PostgresServer
from tests.runtime.answerers import Answerers
from tests.runtime.jumping import JumpingClock
from tests.runtime.recount import Outcome, recount, tell
from tests.runtime.running import ROOT, Up, start, until


class Place:
    """A service and, on PostgreSQL, a server of its own whose commits are on the disk."""

    def __init__(self, kind: str, folder: Path, **more: str) -> None:
        self.folder, self.clock = folder, JumpingClock(folder / "clock")
        more["PYTHONPATH"] = self.python_path(ROOT)
        self.server = PostgresServer(DURABLE) if kind == "postgresql" else None
        if self.server:
            self.server.execute("CREATE DATABASE durable")
            more["DATABASE_URL"] = self.server.url("durable")
        try:
            self.up = Up(folder, folder / "home", **more)
        except BaseException:
            self._stop_server()
            raise
        settings = self.up.settings
        services = Services(settings, self.up.database, secrets.load(settings), self.clock, lambda _: None)
        self.world: World = make_world(services)

    def python_path(self, code: Path) -> str:
        """PYTHONPATH for the code in this folder, by this place's clock."""
        return os.pathsep.join((str(self.clock.folder), str(code)))

    def answerers(self, ports: Sequence[int] = (), told: frozenset[str] = frozenset()) -> Answerers:
        """People who answer to this service."""
        return Answerers(self.world, ports or [self.up.port], clock=self.clock, expected=told)

    def recount(self, them: Answerers, fault: str, runs: int) -> Outcome:
        """What became of their answers, once the tallies have caught up by themselves."""
        self.whole()
        until(lambda: not self.up.waiting(), seconds=60, so_far=self.up.output)
        outcome = recount(self.up.database, them.ledger, fault, runs)
        tell(outcome)
        return outcome

    def whole(self) -> None:
        """Wait until the database answers again."""
        until(self._answers, seconds=30)

    def kill(self, part: str) -> None:
        """SIGKILL to a part, or to one of the processes that serve the web; once it runs again after the last one."""
        if part == "web process":
            serving = until(psutil.Process(self.up.pid("web")).children, seconds=20)
            os.kill(serving[0].pid, signal.SIGKILL)
        else:
            until(lambda: psutil.pid_exists(self.up.pid(part)), seconds=20)
            os.kill(self.up.pid(part), signal.SIGKILL)

    def kill_everything(self) -> None:
        """The service, its children and the database at once; then start again, the database first."""
        if self.server:
            self.server.kill()
        self.up.kill()
        if self.server:
            self.server.start()
        self.up.begin()

    def command(self, *arguments: str, **other: str) -> None:
        """Run a command to its end, in this service's environment but for `other`; it must succeed."""
        environ = {**self.up.environ, "PATH": f"{BINARIES}{os.pathsep}{os.environ['PATH']}", **other}
        output = self.folder / f"command-{time.monotonic_ns()}.log"
        assert start(environ, *arguments, output=output).wait(120) == 0, output.read_text()

    def close(self) -> None:
        """Leave nothing."""
        self.up.database.close()
        self.up.kill()
        self._stop_server()

    def _stop_server(self) -> None:
        if self.server:
            self.server.stop()

    def _answers(self) -> bool:
        try:
            self.up.waiting()
        except SQLAlchemyError:
            return False
        return True
