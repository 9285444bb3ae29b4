"""What was computed before is used again for the same numbers, and for no others."""

from dataclasses import dataclass
from threading import Barrier, Thread

import numpy as np
import pytest

from feedback.gap.once import FEW, content, once

MANY = FEW + 1


@dataclass(frozen=True, eq=False)
class Pair:
    """Arrays that cannot be compared as they stand."""

    first: np.ndarray
    second: np.ndarray


@pytest.fixture
def calls() -> list[int]:
    return []


def test_the_same_numbers_are_computed_once_whatever_array_holds_them(calls: list[int]) -> None:
    @once
    def whole(name: str, numbers: np.ndarray, *, times: int = 1) -> str:
        calls.append(1)
        return f"{name} {int(numbers.sum()) * times}"

    numbers = np.arange(2 * MANY).reshape(MANY, 2)
    wanted = int(numbers.sum())
    for same in (numbers, numbers.copy(), np.asfortranarray(numbers)):
        assert whole("a", same) == f"a {wanted}"
    assert len(calls) == 1
    assert whole("a", numbers, times=2) == f"a {2 * wanted}"
    assert whole("b", numbers) == f"b {wanted}"
    whole("a", numbers.reshape(-1))
    whole("a", numbers.astype(np.int32))
    assert len(calls) == 5
    numbers[3, 1] += 1
    assert whole("a", numbers) == f"a {wanted + 1}"
    assert len(calls) == 6


def test_few_rows_push_nothing_out(calls: list[int]) -> None:
    @once
    def whole(numbers: np.ndarray) -> int:
        calls.append(1)
        return int(numbers.sum())

    whole(np.arange(MANY))
    for number in range(100):
        assert whole(np.full(FEW, number)) == FEW * number
    whole(np.arange(MANY))
    assert len(calls) == 101
    for number in range(100):
        whole(np.full(MANY, number))
    whole(np.arange(MANY))
    assert len(calls) == 202


def test_content_looks_into_what_holds_arrays() -> None:
    one, other = np.arange(3), np.arange(3) + 1
    assert content(Pair(one, other)) == content(Pair(one.copy(), other.copy()))
    assert content(Pair(one, other)) != content(Pair(other, one))
    assert content([1, [one]]) == content((1, (one.copy(),)))
    assert content(np.zeros((0, 3))) != content(np.zeros((0, 4)))


def test_threads_get_the_same() -> None:
    begin, found = Barrier(4), list[int]()

    @once
    def whole(numbers: np.ndarray) -> int:
        return int(numbers.sum())

    def ask() -> None:
        begin.wait()
        found.extend(whole(np.full(MANY, number)) for number in range(60))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted([MANY * number for number in range(60)] * 4)
