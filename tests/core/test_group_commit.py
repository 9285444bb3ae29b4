"""Many requests share a commit, and none suffers from another."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from feedback.core import group_commit
from feedback.core.db import Database
from feedback.core.errors import Code, Problem
from tests.core.writing import Writing, group, held, kept, wait


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


def test_the_few_who_are_early_wait_a_moment_for_those_who_were_told_just_now(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_GATHER_S", 5.0)
    monkeypatch.setattr(group_commit, "_GATHER_PART", 1_000.0)
    write = Writing()
    numbers = group(store, write)
    with ThreadPoolExecutor(20) as pool:
        held(write, pool, numbers)
        first = [pool.submit(numbers.submit, (number, 0)) for number in range(20, 30)]
        wait(lambda: len(numbers._waiting) == 10)
        write.gate.set()
        assert [one.result(10) for one in first] == list(range(20, 30))
        again = [pool.submit(numbers.submit, (30, 0))]
        time.sleep(0.05)
        again += [pool.submit(numbers.submit, (number, 0)) for number in range(31, 35)]
        assert [one.result(4) for one in again] == list(range(30, 35)), "half of them are enough"
    assert [len(batch) for batch in write.batches] == [1, 10, 5]


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
