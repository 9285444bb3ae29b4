"""A table of numbers and what writes into it, for the tests of group commits."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Integer, column, insert, select, table
from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.core.errors import Code, Problem
from feedback.core.group_commit import GroupCommit

KEPT = table("kept", column("number", Integer), column("said", Integer))


class Writing:
    """Keeps pairs (number, what is said of it); remembers batches; `gate` lets the first of them wait."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[int, int]]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.error: BaseException | None = None

    def __call__(self, session: Session, items: Sequence[tuple[int, int]]) -> list[int | Problem]:
        self.batches.append(list(items))
        assert self.gate.wait(10)
        if self.error is not None:
            raise self.error
        if rows := [{"number": number, "said": said} for number, said in items if number != 7]:
            session.execute(insert(KEPT), rows)
        return [number if number != 7 else Problem(Code.INVALID, "not seven") for number, _said in items]


def group(store: Database, write: Writing, **options: int) -> GroupCommit[tuple[int, int], int]:
    return GroupCommit("test", store, write, lambda item: item[0], **options)


def kept(store: Database) -> list[tuple[int, int]]:
    with store.reading() as session:
        return [(row.number, row.said) for row in session.execute(select(KEPT))]


def held(write: Writing, pool: ThreadPoolExecutor, numbers: GroupCommit[tuple[int, int], int]) -> None:
    """One batch is being written, and stays so until `write.gate` is set."""
    write.gate.clear()
    pool.submit(numbers.submit, (0, 0))
    wait(lambda: write.batches)


def wait(what: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not what():
        assert time.monotonic() < end
        time.sleep(0.002)
