"""Group commit: what many requests want to write at the same time goes into one transaction.

Nobody is told that something was kept before the commit that has it. One thread of each group writes, and ends when
nobody came for a while. Those who wait do so in threads of their own (`submit`) or on an event loop (`promise`).
"""

import asyncio
import concurrent.futures as threads
import logging
import sys
from asyncio import AbstractEventLoop
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Hashable, Sequence
from threading import Condition, Lock, Thread
from time import monotonic, perf_counter
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from sqlalchemy import exc
from sqlalchemy.orm import Session

from feedback.core import metrics
from feedback.core.db import Database, busy
from feedback.core.errors import Code, Problem

_PATIENCE_S = 30.0
_LINGER_S = 2.0
_GATHER_S = 0.005
_GATHER_PART = 0.25
"""Of the time that the last batch took; more makes all wait longer for a commit, less makes more commits of a few."""
_GATHER_FIRST_S = 0.002
_CROSSED = ("40001", "40P01")
"""PostgreSQL's codes for two transactions that crossed each other: serialization_failure, deadlock_detected."""
_LOG = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")
Reply = TypeVar("Reply")


class _Ticket(Generic[Item]):
    """Somebody who waits. `future`: of a thread or, with `loop`, of an event loop, which alone may touch it."""

    __slots__ = ("future", "item", "loop", "outcome", "since_s")

    def __init__(self, item: Item, loop: AbstractEventLoop | None = None) -> None:
        self.item, self.loop, self.since_s = item, loop, monotonic()
        self.future: Any = threads.Future() if loop is None else loop.create_future()
        self.outcome: Any = None

    def settle(self) -> None:
        """Tell the outcome, unless nobody waits for it any more."""
        if self.future.done():
            return
        if isinstance(self.outcome, Exception):
            self.future.set_exception(self.outcome)
        else:
            self.future.set_result(self.outcome)


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
        self._waiting: deque[_Ticket[Item]] = deque()
        self._writing: list[_Ticket[Item]] = []
        self._mutex = Lock()
        self._some = Condition(self._mutex)
        self._writer: Thread | None = None
        self._wanted = sys.maxsize
        """How many must wait to wake the writer, which rests or gathers."""
        self._loops: WeakSet[AbstractEventLoop] = WeakSet()
        """Those on which somebody looks whether anybody waited too long."""

    def submit(self, item: Item) -> Result:
        """What came of it, once that is on disk. Raises what `write` says of it, or BUSY: then nothing is promised."""
        ticket = _Ticket(item)
        self._put(ticket)
        done, _ = threads.wait([ticket.future], _PATIENCE_S)
        if not done:
            raise self._given_up(ticket)
        return ticket.future.result()  # type: ignore[no-any-return]

    def promise(self, item: Item) -> "asyncio.Future[Result]":
        """As `submit`, on an event loop and without a thread that waits: has what came of it, or what was raised."""
        loop = asyncio.get_running_loop()
        ticket = _Ticket(item, loop)
        try:
            self._put(ticket)
        except Problem as problem:
            ticket.future.set_exception(problem)
        if loop not in self._loops:
            self._loops.add(loop)
            loop.call_later(_PATIENCE_S / 10, self._look_after, loop)
        return ticket.future  # type: ignore[no-any-return]

    def run(self, steps: Generator[Item, Result, Reply]) -> Reply:
        """Do `steps`: they yield once what is to be written, get what came of it as `submit` gives it, and return."""
        try:
            item = next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        try:
            came: Result | Exception = self.submit(item)
        except Exception as error:
            came = error
        return after(steps, came)

    def _put(self, ticket: _Ticket[Item]) -> None:
        with self._mutex:
            if len(self._waiting) >= self._room:
                metrics.refused("full")
                raise Problem(Code.BUSY, f"{self._room} others wait already.", retry_after_s=2)
            if self._writer is None or not self._writer.is_alive():
                self._writer = Thread(target=self._go_on, name=f"writer of {self._name}", daemon=True)
                self._writer.start()
            self._waiting.append(ticket)
            metrics.waiting(self._name, len(self._waiting))
            if len(self._waiting) >= self._wanted:
                self._some.notify()

    def _given_up(self, ticket: _Ticket[Item]) -> Problem:
        with self._mutex:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
        metrics.refused("failed")
        return Problem(Code.BUSY, f"The database has not taken it for {_PATIENCE_S:.0f} s.", retry_after_s=5)

    def _look_after(self, loop: AbstractEventLoop) -> None:
        """Tell those on this loop who waited too long; one look for all costs less than a clock for each."""
        with self._mutex:
            own = [one for one in (*self._writing, *self._waiting) if one.loop is loop and not one.future.done()]
        latest_s = monotonic() - _PATIENCE_S
        for one in own:
            if one.since_s <= latest_s:
                one.future.set_exception(self._given_up(one))
        if own:
            loop.call_later(_PATIENCE_S / 10, self._look_after, loop)
        else:
            self._loops.discard(loop)

    def _go_on(self) -> None:
        """Write one batch after the other, until nobody comes."""
        while True:
            with self._mutex:
                if not self._waiting:
                    if not self._await(1, _LINGER_S):
                        self._writer = None
                        return
                    self._await(self._most, _GATHER_FIRST_S)
            began_s = monotonic()
            count = self._turn()
            with self._mutex:
                # Who was told just now is back in a moment. Without them the few who are here would be written in
                # a commit of their own, and all others would wait for that.
                self._await(count // 2, min(_GATHER_S, (monotonic() - began_s) * _GATHER_PART))

    def _await(self, count: int, seconds: float) -> bool:
        """Whether so many wait, or do within so many seconds."""
        self._wanted = count
        try:
            return self._some.wait_for(lambda: len(self._waiting) >= count, seconds)
        finally:
            self._wanted = sys.maxsize

    def _turn(self) -> int:
        """Write one batch; how many it had."""
        batch: list[_Ticket[Item]] = []
        try:
            began = perf_counter()
            with self._database.transaction() as session:
                # Only now: who came while another process was writing is taken along.
                batch = self._take()
                outcomes = self._write(session, [one.item for one in batch]) if batch else []
            for one, outcome in zip(batch, outcomes, strict=True):
                one.outcome = outcome
            metrics.committed(self._name, batch_size=len(batch), seconds=perf_counter() - began)
        except BaseException as error:
            batch = batch or self._take()
            self._failed(batch, error)
        finally:
            self._tell(batch)
        return len(batch)

    def _take(self) -> list[_Ticket[Item]]:
        """Those to be written now; whoever is about the same as one of them stays in front of all others."""
        batch: dict[Hashable, _Ticket[Item]] = {}
        left = []
        with self._mutex:
            for _ in range(min(self._most, len(self._waiting))):
                one = self._waiting.popleft()
                if batch.setdefault(self._about(one.item), one) is not one:
                    left.append(one)
            self._waiting.extendleft(reversed(left))
            self._writing = list(batch.values())
            metrics.waiting(self._name, len(self._waiting))
        return self._writing

    def _failed(self, batch: list[_Ticket[Item]], error: BaseException) -> None:
        if len(batch) == 1 and isinstance(error, Exception):
            batch[0].outcome = error
        elif not isinstance(error, Exception) or _is_away(error):
            _LOG.warning("a batch of %d was not taken", len(batch), exc_info=error)
            metrics.refused("failed", len(batch))
            for one in batch:
                one.outcome = busy(error)  # one each: whoever raises an exception writes into it
        else:
            _LOG.warning("a batch of %d is tried one by one", len(batch), exc_info=error)
            for one in batch:
                self._alone(one)

    def _alone(self, one: _Ticket[Item]) -> None:
        began = perf_counter()
        try:
            with self._database.transaction() as session:
                (outcome,) = self._write(session, [one.item])
        except BaseException as error:
            one.outcome = error if isinstance(error, Exception) else busy(error)
        else:
            one.outcome = outcome
            metrics.committed(self._name, batch_size=1, seconds=perf_counter() - began)

    def _tell(self, batch: list[_Ticket[Item]]) -> None:
        by_loop: dict[AbstractEventLoop, list[_Ticket[Item]]] = defaultdict(list)
        for one in batch:
            if one.loop is None:
                one.settle()
            else:
                by_loop[one.loop].append(one)
        self._writing = []
        for loop, own in by_loop.items():
            try:
                loop.call_soon_threadsafe(_settle, own)
            except RuntimeError:
                _LOG.warning("nobody is left to tell what came of %d items", len(own))


def after(steps: Generator[Item, Result, Reply], came: Result | Exception) -> Reply:
    """What `steps` return when they are told what came of what they yielded."""
    try:
        if isinstance(came, Exception):
            steps.throw(came)
        else:
            steps.send(came)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise RuntimeError("What was written once cannot be written again.")


def _settle(batch: Sequence[_Ticket[Any]]) -> None:
    for one in batch:
        one.settle()


def _is_away(error: Exception) -> bool:
    """Whether the database did not take anything, whatever was in it; else it was one of the items, or their order."""
    away = isinstance(error, OSError | exc.OperationalError | exc.InterfaceError | exc.TimeoutError)
    return away and _sqlstate(error) not in _CROSSED


def _sqlstate(error: Exception) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)
