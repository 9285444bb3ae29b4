"""Numbers as Prometheus reads them, from many threads, one by one or many at once."""

import sys
import threading
from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.core import metrics
from feedback.core.counting import Counter, Family, Level, Spread, merged

BOUNDS = (0.1, 0.5, 1.0)


def values(family: Family) -> dict[tuple[str, ...], float]:
    """By name and label values."""
    return {(sample.name, *sample.labels.values()): sample.value for sample in family.samples}


@given(st.lists(st.sampled_from([0.0, 0.05, 0.1, 0.100001, 0.5, 0.7, 1.0, 2.0]), max_size=30))
def test_a_spread_says_how_many_were_at_most_as_large_as_each_bound(observed: list[float]) -> None:
    one_by_one, at_once = Spread("s", "", BOUNDS), Spread("s", "", BOUNDS)
    for value in observed:
        one_by_one.observe(value)
    at_once.observe_all(observed)
    for family in (one_by_one.family(), at_once.family()):
        found = values(family)
        for bound in BOUNDS:
            assert found["s_bucket", str(bound)] == sum(value <= bound for value in observed)
        assert found["s_bucket", "+Inf"] == found["s_count",] == len(observed)
        assert abs(found["s_sum",] - sum(observed)) < 1e-9


def test_what_is_known_before_it_happens_is_told_as_0() -> None:
    counter = Counter("c", "", ("why",), known=[("full",), ("failed",)])
    counter.add("full", by=3)
    assert values(counter.family()) == {("c_total", "full"): 3, ("c_total", "failed"): 0}


def test_processes_add_up_and_of_moments_the_latest_holds() -> None:
    def process(rows: int, at: float) -> list[Family]:
        counter, level, moment = Counter("rows", ""), Level("waiting", ""), Level("swept_timestamp_seconds", "")
        counter.add(by=rows)
        level.set(rows)
        moment.set(at)
        return [counter.family(), level.family(), moment.family()]

    together = merged([*process(2, 1000.0), *process(5, 900.0)])
    assert {sample.name: sample.value for family in together for sample in family.samples} == {
        "rows_total": 7,
        "waiting": 7,
        "swept_timestamp_seconds": 1000.0,
    }


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty")
def test_no_request_is_lost_between_threads_that_count_and_those_that_look() -> None:
    def count() -> None:
        for _ in range(5000):
            metrics.request("test of threads", "BREW", 204, 0.003)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        metrics.families()
    found = [values(family) for family in metrics.families()]
    together = dict(chain.from_iterable(one.items() for one in found))
    assert together["feedback_requests_total", "test of threads", "other", "2xx"] == 20_000
    assert together["feedback_request_duration_seconds_count", "test of threads"] == 20_000
