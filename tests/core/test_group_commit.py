"""Many requests share a commit, and none suffers from another."""

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Integer, column, insert, select, table, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from feedback.core import group_commit
from feedback.core.db import Database
from feedback.core.errors import Code, Problem
from feedback.core.group_commit import GroupCommit

KEPT = table("kept", column("number", Integer), column("said", Integer))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    with database.transaction() as session:
        session.execute(text("CREATE TABLE kept (number INTEGER CHECK (number <> 13), said INTEGER)"))
    yield database
    database.close()


class Writing:
    """Keeps pairs (number, what is said of it); remembers batches; `gate` lets the first of them wait."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[int, int]]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None

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


def wait(what: object) -> None:
    end = time.monotonic() + 10
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.002)


def test_those_who_come_while_one_writes_share_the_next_commit(store: Database) -> None:
    write = Writing()
    numbers = group(store, write)
    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        told = [pool.submit(numbers.submit, (number, 0)) for number in range(20, 35)]
        wait(lambda: len(numbers._waiting) == 15)
        assert not any(one.done() for one in told)
        write.gate.set()
        assert [one.result(10) for one in told] == list(range(20, 35))
    assert [len(batch) for batch in write.batches] == [1, 15]
    assert sorted(kept(store)) == [(0, 0), *((number, 0) for number in range(20, 35))]


def test_what_is_about_the_same_keeps_its_order_and_never_shares_a_commit(store: Database) -> None:
    write = Writing()
    numbers = group(store, write)
    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        told = []
        for said in range(4):
            told.append(pool.submit(numbers.submit, (1, said)))
            wait(lambda said=said: len(numbers._waiting) == said + 1)
        told.append(pool.submit(numbers.submit, (2, 0)))
        wait(lambda: len(numbers._waiting) == 5)
        write.gate.set()
        assert [one.result(10) for one in told] == [1, 1, 1, 1, 2]
    assert write.batches == [[(0, 0)], [(1, 0), (2, 0)], [(1, 1)], [(1, 2)], [(1, 3)]]


def test_one_that_the_database_refuses_fails_alone(store: Database) -> None:
    write = Writing()
    numbers = group(store, write)
    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        told = {number: pool.submit(numbers.submit, (number, 0)) for number in range(5, 16)}
        wait(lambda: len(numbers._waiting) == 11)
        write.gate.set()
        errors = {number: one.exception(10) for number, one in told.items()}
    assert isinstance(errors.pop(13), IntegrityError)
    assert isinstance(errors.pop(7), Problem)
    assert set(errors.values()) == {None}
    assert sorted(number for number, _said in kept(store)) == [0, *sorted(errors)]


@pytest.mark.parametrize("error", [OperationalError("INSERT", None, Exception("disk full")), OSError(28, "no space")])
def test_when_the_database_takes_nothing_all_who_waited_are_told_to_come_again(
    store: Database, error: Exception
) -> None:
    write = Writing()
    numbers = group(store, write)
    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        told = [pool.submit(numbers.submit, (number, 0)) for number in range(20, 30)]
        wait(lambda: len(numbers._waiting) == 10)
        write.error = error
        write.gate.set()
        problems = [one.exception(10) for one in told]
    assert {(one.code, one.retry_after_s) for one in problems if isinstance(one, Problem)} == {(Code.BUSY, 2)}
    assert len(problems) == len({id(one) for one in problems}) == 10
    assert len(write.batches) == 2
    assert kept(store) == []
    write.error = None
    assert numbers.submit((1, 1)) == 1


def test_when_too_many_wait_the_next_is_sent_away(store: Database) -> None:
    write = Writing()
    numbers = group(store, write, room=3)
    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        told = [pool.submit(numbers.submit, (number, 0)) for number in range(1, 4)]
        wait(lambda: len(numbers._waiting) == 3)
        with pytest.raises(Problem) as refused:
            numbers.submit((4, 0))
        assert (refused.value.code, refused.value.retry_after_s) == (Code.BUSY, 2)
        write.gate.set()
        assert [one.result(10) for one in told] == [1, 2, 3]


def test_nobody_waits_for_ever_and_the_next_is_written_all_the_same(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_PATIENCE_S", 0.05)
    write = Writing()
    numbers = group(store, write)
    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        with pytest.raises(Problem, match="has not taken it"):
            numbers.submit((1, 0))
        monkeypatch.setattr(group_commit, "_PATIENCE_S", 10)
        last = pool.submit(numbers.submit, (2, 0))
        wait(lambda: len(numbers._waiting) == 1)
        write.gate.set()
        assert last.result(10) == 2
    assert sorted(kept(store)) == [(0, 0), (2, 0)]


def test_a_writer_that_is_stopped_hands_over(store: Database) -> None:
    write = Writing()
    numbers = group(store, write)
    write.error = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        numbers.submit((1, 0))
    write.error = None
    assert numbers.submit((2, 0)) == 2


def test_whoever_waits_behind_one_that_is_stopped_before_it_began_is_told_at_once(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Writing()
    numbers = group(store, write)
    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        told = [pool.submit(numbers.submit, (number, 0)) for number in range(1, 4)]
        wait(lambda: len(numbers._waiting) == 3)

        def stopped() -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(store, "transaction", stopped)
        write.gate.set()
        errors = [type(one.exception(5)) for one in told]
    assert sorted(error.__name__ for error in errors) == ["KeyboardInterrupt", "Problem", "Problem"]


def test_a_statement_that_one_item_spoils_fails_for_that_one_alone(store: Database) -> None:
    write = Writing()
    numbers = group(store, write)
    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        told = [pool.submit(numbers.submit, (number, 0)) for number in range(1, 4)]
        wait(lambda: len(numbers._waiting) == 3)
        write.error = ProgrammingError("INSERT", None, Exception("a row twice"))
        write.gate.set()
        errors = [one.exception(10) for one in told]
    assert {type(error) for error in errors} == {ProgrammingError}
    assert [len(batch) for batch in write.batches] == [1, 3, 1, 1, 1]


def test_a_thousand_from_many_threads_are_all_told_once(store: Database) -> None:
    write = Writing()
    numbers = group(store, write, most=50)
    with ThreadPoolExecutor(30) as pool:
        told = list(pool.map(lambda number: numbers.submit((100 + number, 0)), range(1000)))
    assert told == [100 + number for number in range(1000)]
    assert sorted(kept(store)) == [(100 + number, 0) for number in range(1000)]
    assert max(len(batch) for batch in write.batches) > 1


def steps(number: int, said: list[object], fails: Exception | None = None) -> Generator[tuple[int, int], int, str]:
    """What is done about a number; `said` tells by which thread, and what came of it."""
    said.append(threading.get_ident())
    if fails is not None:
        raise fails
    try:
        came = yield number, 0
    except Problem as problem:
        return f"refused: {problem.detail}"
    said.append(threading.get_ident())
    return f"kept {came}"


def test_steps_are_done_by_whoever_writes_and_are_told_what_came_of_them(store: Database) -> None:
    write = Writing()
    numbers = group(store, write)
    said: dict[int, list[object]] = {number: [] for number in range(20, 25)}
    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        told = [pool.submit(numbers.run, steps(number, said[number])) for number in said]
        wait(lambda: len(numbers._waiting) == 5)
        assert not any(said.values()), "nobody begins while somebody writes"
        write.gate.set()
        assert [one.result(10) for one in told] == [f"kept {number}" for number in said]
    assert {len(threads) for threads in said.values()} == {2}
    assert len({thread for threads in said.values() for thread in threads}) == 1
    assert write.batches[1:] == [[(number, 0) for number in said]]


def test_steps_that_fail_or_have_nothing_to_write_disturb_nobody(store: Database) -> None:
    write = Writing()
    numbers = group(store, write)

    def nothing() -> Generator[tuple[int, int], int, str]:
        if write.batches:
            return "nothing"
        yield 99, 0
        return "never"

    def twice() -> Generator[tuple[int, int], int, str]:
        yield 30, 0
        yield 31, 0
        return "never"

    def after() -> Generator[tuple[int, int], int, str]:
        yield 32, 0
        raise ValueError("after it was kept")

    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        early = pool.submit(numbers.run, steps(20, [], Problem(Code.INVALID, "no number")))
        ended, again, late = (pool.submit(numbers.run, one()) for one in (nothing, twice, after))
        seven, thirteen = (pool.submit(numbers.run, steps(number, [])) for number in (7, 13))
        fine = pool.submit(numbers.run, steps(21, []))
        wait(lambda: len(numbers._waiting) == 7)
        write.gate.set()
        with pytest.raises(Problem, match="no number"):
            early.result(10)
        assert ended.result(10) == "nothing"
        with pytest.raises(RuntimeError, match="cannot be written again"):
            again.result(10)
        with pytest.raises(ValueError, match="after it was kept"):
            late.result(10)
        assert seven.result(10) == "refused: not seven"
        with pytest.raises(IntegrityError):
            thirteen.result(10)
        assert fine.result(10) == "kept 21"
    assert sorted(kept(store)) == [(0, 0), (21, 0), (30, 0), (32, 0)]


def test_steps_about_the_same_begin_once_and_are_written_in_their_order(store: Database) -> None:
    write = Writing()
    numbers = group(store, write)
    said: list[list[object]] = [[] for _ in range(3)]
    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        told = []
        for place, own in enumerate(said):
            told.append(pool.submit(numbers.run, steps(5, own)))
            wait(lambda place=place: len(numbers._waiting) == place + 1)
        write.gate.set()
        assert [one.result(10) for one in told] == ["kept 5"] * 3
    assert [len(own) for own in said] == [2, 2, 2]
    assert [len(batch) for batch in write.batches] == [1, 1, 1, 1]


def test_when_whoever_does_the_steps_is_stopped_the_others_are_told_to_come_again(store: Database) -> None:
    write = Writing()
    numbers = group(store, write)

    def stopped() -> Generator[tuple[int, int], int, str]:
        yield 40, 0
        raise KeyboardInterrupt

    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        first = pool.submit(numbers.run, stopped())
        wait(lambda: len(numbers._waiting) == 1)
        second = pool.submit(numbers.run, steps(41, []))
        wait(lambda: len(numbers._waiting) == 2)
        write.gate.set()
        assert isinstance(first.exception(10), KeyboardInterrupt)
        problem = second.exception(10)
    assert isinstance(problem, Problem)
    assert problem.code is Code.BUSY
    assert numbers.submit((1, 1)) == 1, "the next one is written all the same"
