"""Whoever adds and subtracts sums with any factors learns of nobody alone: each stands in a crowd."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.stats.crowds import _kinds, all_in_crowds, crowd

groups_of = st.lists(st.sets(st.integers(0, 15), min_size=1), min_size=1, max_size=4)


def least(groups: list[set[int]]) -> float:
    """The smallest crowd of all."""
    members, sizes = _kinds(groups)
    return min(crowd(members, sizes, kind) for kind in range(len(sizes)))


def around(groups: list[set[int]], person: int) -> float:
    """By trying factors: the least weight of all where that person weighs 1."""
    everybody = sorted(set().union(*groups))
    members = np.array([[one in group for one in everybody] for group in groups], dtype=float)
    best = np.inf
    for factors in product((-2, -1, -0.5, 0, 0.5, 1, 2), repeat=len(groups)):
        weights = np.array(factors) @ members
        own = weights[everybody.index(person)]
        if own:
            best = min(best, np.abs(weights / own).sum())
    return best


def test_the_crowd_of_a_group_is_its_people_and_of_two_those_by_which_they_differ() -> None:
    assert least([set(range(20))]) == pytest.approx(20)
    assert least([set(range(20)), set(range(5, 25))]) == pytest.approx(10)
    assert least([set(range(20)), set(range(21))]) == pytest.approx(1)


def test_three_sums_tell_of_one_person_though_any_two_differ_by_ten() -> None:
    first, second, both_and_one = set(range(10)), set(range(10, 20)), set(range(21))
    assert least([first, second, both_and_one]) == pytest.approx(1)
    assert all_in_crowds([both_and_one], 10, [first])
    assert not all_in_crowds([both_and_one], 10, [first, second])


@settings(max_examples=30)
@given(groups_of, st.data())
def test_no_factors_that_are_tried_leave_a_smaller_crowd(groups: list[set[int]], data: st.DataObject) -> None:
    person = data.draw(st.sampled_from(sorted(set().union(*groups))))
    members, sizes = _kinds(groups)
    kind = next(
        place
        for place in range(len(sizes))
        if [bool(one) for one in members[:, place]] == [person in group for group in groups]
    )
    assert crowd(members, sizes, kind) <= around(groups, person) + 1e-6


@settings(max_examples=30)
@given(groups_of, st.sampled_from([2, 3, 5, 8]))
def test_looking_only_at_who_is_exposed_finds_the_same(groups: list[set[int]], fewest: int) -> None:
    assert all_in_crowds(groups, fewest) == (least(groups) > fewest - 1e-6)


def test_who_stood_in_a_small_crowd_before_keeps_nothing_back() -> None:
    shrunk = set(range(9))  # ten, until one was erased
    assert all_in_crowds([set(range(20, 40))], 10, [shrunk])
    assert not all_in_crowds([set(range(14))], 10, [shrunk])
    assert not all_in_crowds([set(range(20, 40)), set(range(20, 38))], 10, [shrunk])
