"""Whoever waits for a commit: in a thread or on an event loop, in steps, too long, or for a writer that stopped."""

import asyncio
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from feedback.core import group_commit
from feedback.core.db import Database
from feedback.core.errors import Code, Problem
from tests.asgi import run
from tests.core.writing import Writing, group, held, kept, wait


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


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), SystemExit(1)])
def test_a_writer_that_is_stopped_tells_so_and_goes_on(store: Database, error: BaseException) -> None:
    write = Writing()
    numbers = group(store, write)
    write.error = error
    with pytest.raises((Problem, MemoryError)):
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
    assert errors == [Problem] * 3


def test_the_thread_that_writes_ends_when_nobody_comes_and_another_begins(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_LINGER_S", 0.02)
    numbers = group(store, Writing())
    assert numbers.submit((1, 0)) == 1
    first = numbers._writer
    assert first is not None
    first.join(5)
    assert (first.is_alive(), numbers._writer) == (False, None)
    assert numbers.submit((2, 0)) == 2


def steps(number: int, fails: Exception | None = None) -> Generator[tuple[int, int], int, str]:
    """What is done about a number, and what came of it."""
    if fails is not None:
        raise fails
    try:
        came = yield number, 0
    except Problem as problem:
        return f"refused: {problem.detail}"
    return f"kept {came}"


def test_steps_are_told_what_came_of_what_they_yield(store: Database) -> None:
    numbers = group(store, Writing())

    def nothing() -> Generator[tuple[int, int], int, str]:
        if kept(store):
            yield 99, 0
        return "nothing"

    def twice() -> Generator[tuple[int, int], int, str]:
        yield 30, 0
        yield 31, 0
        return "never"

    def later() -> Generator[tuple[int, int], int, str]:
        yield 32, 0
        raise ValueError("after it was kept")

    assert numbers.run(nothing()) == "nothing"
    assert numbers.run(steps(21)) == "kept 21"
    assert numbers.run(steps(7)) == "refused: not seven"
    with pytest.raises(Problem, match="no number"):
        numbers.run(steps(20, Problem(Code.INVALID, "no number")))
    with pytest.raises(RuntimeError, match="cannot be written again"):
        numbers.run(twice())
    with pytest.raises(ValueError, match="after it was kept"):
        numbers.run(later())
    assert sorted(kept(store)) == [(21, 0), (30, 0), (32, 0)]


def test_on_an_event_loop_many_wait_without_a_thread(store: Database) -> None:
    write = Writing()
    numbers = group(store, write)

    async def all_at_once() -> list[Any]:
        before = threading.active_count()
        waiting = [numbers.promise((number, 0)) for number in (*range(100, 150), 7, 13)]
        await asyncio.sleep(0)
        assert threading.active_count() <= before + 1
        return await asyncio.gather(*waiting, return_exceptions=True)

    *fine, seven, thirteen = run(all_at_once())
    assert fine == list(range(100, 150))
    assert (type(seven), type(thirteen).__name__) == (Problem, "IntegrityError")
    assert sorted(kept(store)) == [(number, 0) for number in range(100, 150)]


def test_on_an_event_loop_nobody_waits_for_ever_either(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "_PATIENCE_S", 0.1)
    write = Writing()
    numbers = group(store, write)

    async def impatient() -> list[Any]:
        first = numbers.promise((1, 0))
        while not write.batches:
            await asyncio.sleep(0.002)
        second = numbers.promise((2, 0))
        return await asyncio.gather(first, second, return_exceptions=True)

    write.gate.clear()
    began = time.monotonic()
    problems = run(impatient())
    assert time.monotonic() - began < 5
    assert [(one.code, one.retry_after_s) for one in problems] == [(Code.BUSY, 5)] * 2
    write.gate.set()
    wait(lambda: kept(store))
    assert kept(store) == [(1, 0)], "what was being written then was not promised, what waited is not written"
    assert numbers.submit((3, 0)) == 3, "that the loop of the first is gone is no matter"


def test_on_an_event_loop_the_next_is_sent_away_when_too_many_wait(store: Database) -> None:
    write = Writing()
    numbers = group(store, write, room=3)

    async def many() -> list[Any]:
        waiting = [numbers.promise((number, 0)) for number in range(1, 6)]
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        refused = [one.exception() for one in done]
        write.gate.set()
        return [refused, *await asyncio.gather(*waiting, return_exceptions=True)]

    with ThreadPoolExecutor(1) as pool:
        held(write, pool, numbers)
        refused, *told = run(many())
    assert {one.code for one in refused} == {Code.BUSY}
    assert told[:3] == [1, 2, 3]
    assert set(told[3:]) == set(refused)
