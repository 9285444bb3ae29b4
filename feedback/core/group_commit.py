"""Group commit: what many requests want to write at the same time goes into one transaction.

Nobody is told that something was kept before the commit that has it. There is no thread of its own: whoever comes
while nobody writes takes along all who wait, and hands over to the first of those who came meanwhile. Also what comes
before and after the writing is done by that one for all: threads that take turns at the interpreter for each little
step cost a tenth more than the steps.
"""

import logging
from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterable, Sequence
from threading import Lock
from time import perf_counter
from typing import Any, Generic, TypeVar, cast

from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError  # noqa: A004
from sqlalchemy.orm import Session

from feedback.core import metrics
from feedback.core.db import Database, busy
from feedback.core.errors import Code, Problem

_PATIENCE_S = 30.0
_CROSSED = ("40001", "40P01")
"""PostgreSQL's codes for two transactions that crossed each other: serialization_failure, deadlock_detected."""
_LOG = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")
Reply = TypeVar("Reply")
_NOT_YET: Any = object()


class _Ticket(Generic[Item, Result]):
    """Somebody who waits: until there is an outcome, or until it is theirs to write."""

    __slots__ = ("item", "leads", "outcome", "steps", "woken")

    def __init__(self, item: Item, steps: Generator[Item, Result, Any] | None = None) -> None:
        self.item = item
        self.steps = steps
        self.outcome: Any = None
        self.leads = False
        self.woken = Lock()
        self.woken.acquire()

    def begin(self) -> bool:
        """Find out what is to be written; False: nothing is, and there is an outcome."""
        if self.item is _NOT_YET:
            self._go(next)
        return self.item is not _NOT_YET

    def end(self) -> None:
        """Find out what follows from what came of it."""
        told = self.outcome
        if self.steps is not None:
            self._go(lambda steps: steps.throw(told) if isinstance(told, Exception) else steps.send(told))
            if self.steps is not None:
                self.outcome = RuntimeError("What was written once cannot be written again.")

    def _go(self, on: Callable[[Generator[Item, Result, Any]], Item]) -> None:
        steps = self.steps
        if steps is None:
            return
        try:
            self.item = on(steps)
        except StopIteration as end:
            self.outcome, self.steps = end.value, None
        except Exception as error:
            self.outcome, self.steps = error, None


class GroupCommit(Generic[Item, Result]):
    """`write(session, items)` says of each item what came of it; an exception among the results is raised to its own.

    `about(item)`: what it is about. Two about the same never share a batch and keep their order, so that `write`
    may read what stands for all of them first. When one item breaks a batch, each is tried alone: neighbours do not
    suffer. `name`: how metrics call it; `most`: items in a batch; `room`: items that may wait.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        write: Callable[[Session, Sequence[Item]], Sequence[Result | Exception]],
        about: Callable[[Item], Hashable],
        *,
        most: int = 256,
        room: int = 2_000,
    ) -> None:
        self._name = name
        self._database = database
        self._write = write
        self._about = about
        self._most, self._room = most, room
        self._waiting: deque[_Ticket[Item, Result]] = deque()
        self._mutex = Lock()
        self._led = False

    def submit(self, item: Item) -> Result:
        """What came of it, once that is on disk. Raises what `write` says of it, or BUSY: then nothing is promised."""
        return cast("Result", self._wait(_Ticket(item)))

    def run(self, steps: Generator[Item, Result, Reply]) -> Reply:
        """Do `steps`: they yield once what is to be written, get what came of it as `submit` gives it, and return.

        They are done by whoever writes, together with the steps of others: in another thread perhaps, but in order.
        """
        return cast("Reply", self._wait(_Ticket(_NOT_YET, steps)))

    def _wait(self, ticket: _Ticket[Item, Result]) -> Any:
        with self._mutex:
            if len(self._waiting) >= self._room:
                metrics.refused("full")
                raise Problem(Code.BUSY, f"{self._room} others wait already.", retry_after_s=2)
            self._waiting.append(ticket)
            metrics.waiting(self._name, len(self._waiting))
            ticket.leads, self._led = not self._led, True
        if not ticket.leads and not ticket.woken.acquire(timeout=_PATIENCE_S):
            self._give_up(ticket)
        if ticket.leads:
            self._lead()
        if isinstance(ticket.outcome, Exception):
            raise ticket.outcome
        return ticket.outcome

    def _give_up(self, ticket: _Ticket[Item, Result]) -> None:
        with self._mutex:
            if ticket.leads:  # just now: nobody else would write for those behind
                return
            if ticket in self._waiting:
                self._waiting.remove(ticket)
        metrics.refused("failed")
        raise Problem(Code.BUSY, f"The database has not taken it for {_PATIENCE_S:.0f} s.", retry_after_s=5)

    def _lead(self) -> None:
        """Write one batch, which the first who waits is in, and hand over."""
        with self._mutex:
            came = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            batch = self._begin(came)
            if batch:
                self._commit(batch)
            for one in batch:
                one.end()
        except BaseException as error:
            _tell((one for one in came if one.outcome is None or one.steps is not None), busy(error))
            raise
        finally:
            self._hand_over()
            for one in came:
                one.woken.release()

    def _begin(self, came: list[_Ticket[Item, Result]]) -> list[_Ticket[Item, Result]]:
        """Those to be written now; whoever is about the same as one of them goes from `came` back to the others."""
        batch: dict[Hashable, _Ticket[Item, Result]] = {}
        left = [one for one in came if one.begin() and batch.setdefault(self._about(one.item), one) is not one]
        if left:
            came[:] = [one for one in came if one not in left]
            with self._mutex:
                self._waiting.extendleft(reversed(left))
        return list(batch.values())

    def _hand_over(self) -> None:
        with self._mutex:
            self._led = bool(self._waiting)
            if self._led:
                self._waiting[0].leads = True
                self._waiting[0].woken.release()

    def _commit(self, batch: list[_Ticket[Item, Result]]) -> None:
        began = perf_counter()
        try:
            with self._database.transaction() as session:
                outcomes = self._write(session, [one.item for one in batch])
        except Exception as error:
            self._fail(batch, error)
            return
        for one, outcome in zip(batch, outcomes, strict=True):
            one.outcome = outcome
        metrics.waiting(self._name, len(self._waiting))
        metrics.committed(self._name, batch_size=len(batch), seconds=perf_counter() - began)

    def _fail(self, batch: list[_Ticket[Item, Result]], error: Exception) -> None:
        if len(batch) == 1:
            batch[0].outcome = error
        elif _is_away(error):
            _LOG.warning("a batch of %d was not taken", len(batch), exc_info=error)
            metrics.refused("failed", len(batch))
            _tell(batch, busy(error))
        else:
            _LOG.warning("a batch of %d is tried one by one", len(batch), exc_info=error)
            for one in batch:
                self._commit([one])


def _is_away(error: Exception) -> bool:
    """Whether the database did not take anything, whatever was in it; else it was one of the items, or their order."""
    away = isinstance(error, OSError | OperationalError | InterfaceError | TimeoutError)
    return away and _sqlstate(error) not in _CROSSED


def _sqlstate(error: Exception) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def _tell(batch: Iterable[_Ticket[Item, Result]], problem: Problem) -> None:
    for one in batch:
        # One each: whoever raises an exception writes into it.
        one.outcome = Problem(problem.code, problem.detail, retry_after_s=problem.retry_after_s)
