"""How often somebody may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from feedback.core.errors import Code, Problem
from feedback.http import limits
from feedback.http.limits import Limiter


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds; set `at[0]`."""
    now = [1000.0]
    monkeypatch.setattr(limits, "monotonic", lambda: now[0])
    return now


def admitted(limiter: Limiter, who: str = "anna", per_s: float = 2, burst: float = 10) -> bool:
    try:
        limiter.admit(who, per_s, burst)
    except Problem as problem:
        assert problem.code is Code.TOO_MANY_REQUESTS
        return False
    return True


def test_a_burst_and_then_the_rate(at: list[float]) -> None:
    limiter = Limiter()
    assert [admitted(limiter) for _ in range(12)] == [True] * 10 + [False] * 2
    at[0] += 0.5
    assert [admitted(limiter) for _ in range(2)] == [True, False]
    at[0] += 100
    assert [admitted(limiter) for _ in range(11)] == [True] * 10 + [False]


def test_the_answer_says_when_to_come_again(at: list[float]) -> None:
    limiter = Limiter()
    for _ in range(10):
        admitted(limiter, per_s=0.1)
    with pytest.raises(Problem) as refused:
        limiter.admit("anna", 0.1, 10)
    assert refused.value.retry_after_s == 10
    at[0] += 10
    assert admitted(limiter, per_s=0.1)


@pytest.mark.usefixtures("at")
def test_one_does_not_count_for_another() -> None:
    limiter = Limiter()
    assert [admitted(limiter, who) for who in ("anna", "ben") for _ in range(11)] == ([True] * 10 + [False]) * 2


@given(some.lists(some.floats(0, 3), max_size=200))
@pytest.mark.requirement("ASVS 2.4.1")
def test_whatever_the_times_no_more_are_admitted_than_the_burst_and_the_rate_allow(pauses: list[float]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        now = [0.0]
        patch.setattr(limits, "monotonic", lambda: now[0])
        limiter, when = Limiter(), []
        for pause in pauses:
            now[0] += pause
            if admitted(limiter, per_s=1.5, burst=4):
                when.append(now[0])
        for first in range(len(when)):
            for last in range(first, len(when)):
                assert last - first + 1 <= 4 + 1.5 * (when[last] - when[first]) + 1e-6


def test_it_does_not_grow_for_ever_and_forgets_only_those_who_may_ask(
    at: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_MOST", 50)
    limiter = Limiter()
    while admitted(limiter, "greedy"):
        pass
    for number in range(49):
        admitted(limiter, f"somebody {number}", per_s=1000)
    at[0] += 0.1
    assert admitted(limiter, "one more", per_s=1000)
    assert len(limiter._full_until) == 2
    assert not admitted(limiter, "greedy")


def test_of_those_who_came_and_went_few_are_remembered(at: list[float]) -> None:
    limiter = Limiter()
    for number in range(50_000):
        at[0] += 0.01
        assert admitted(limiter, f"person {number}", per_s=1, burst=60)
    assert len(limiter._full_until) <= 1_024
    assert [admitted(limiter, "anna", per_s=1, burst=60) for _ in range(61)] == [True] * 60 + [False]
