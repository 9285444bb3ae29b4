"""What leaves the house survives someone who knows linear programming, across releases too."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from feedback.stats import privacy
from feedback.stats.privacy import Range, Release

TABLE = [[12, 7, 30, 25], [9, 14, 3, 28], [31, 22, 11, 6], [27, 33, 8, 13]]
TWO_PER_LINE = {(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 2), (2, 3), (3, 2), (3, 3)}

Table = list[list[int]]
Shown = Sequence[Sequence[int | None]]


@st.composite
def tables(draw: st.DrawFn, highest: int = 40) -> Table:
    rows, columns = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    return [[draw(st.integers(0, highest)) for _ in range(columns)] for _ in range(rows)]


@st.composite
def growing(draw: st.DrawFn) -> list[Table]:
    """A table, and the same one after more people have answered."""
    first = draw(tables(30))
    return [first, [[count + draw(st.sampled_from([0, 0, 1, 3, 9, 20])) for count in row] for row in first]]


def attack(counts: Sequence[Table], shown: Sequence[Shown], target: dict[tuple[int, int, int], int]) -> float:
    """How far apart two worlds can be in a sum of cells (release, row, column), by a programme of its own."""
    rows, columns = len(counts[0]), len(counts[0][0])
    place = {cell: i for i, cell in enumerate(product(range(len(counts)), range(rows), range(columns)))}
    equal, totals, smaller = [], [], []

    def add(cells: list[tuple[int, int, int]]) -> None:
        equal.append([1.0 if cell in cells else 0.0 for cell in place])
        totals.append(float(sum(counts[k][i][j] for k, i, j in cells)))

    for k, table in enumerate(counts):
        for i in range(rows):
            add([(k, i, j) for j in range(columns)])
        for j in range(columns):
            add([(k, i, j) for i in range(rows)])
        for i, j in product(range(rows), range(columns)):
            if shown[k][i][j] is not None:
                assert shown[k][i][j] == table[i][j]
                add([(k, i, j)])
    for k, i, j in place:
        if k + 1 < len(counts) and all(
            new >= old
            for before, after in zip(counts[k], counts[k + 1], strict=True)
            for old, new in zip(before, after, strict=True)
        ):
            smaller.append([1.0 if c == (k, i, j) else -1.0 if c == (k + 1, i, j) else 0.0 for c in place])
    direction = np.array([target.get(cell, 0) for cell in place], float)
    ends: list[Any] = [
        linprog(
            sign * direction,
            A_eq=np.array(equal),
            b_eq=totals,
            A_ub=np.array(smaller) if smaller else None,
            b_ub=np.zeros(len(smaller)) if smaller else None,
        ).fun
        for sign in (1, -1)
    ]
    return float(-ends[1] - ends[0])


def hidden(shown: Shown) -> list[tuple[int, int]]:
    return [(i, j) for i, row in enumerate(shown) for j, count in enumerate(row) if count is None]


def test_the_audit_finds_what_follows_though_every_line_hides_two() -> None:
    shown = [[None if (i, j) in TWO_PER_LINE else c for j, c in enumerate(row)] for i, row in enumerate(TABLE)]
    found = privacy.audit([Release(TABLE, shown)])[0]
    assert found[1][2] == Range(3, 3)
    assert found[0][0] == Range(0, 19)
    assert found[0][2] is None


def test_suppressing_the_reference_table_leaves_no_such_cell() -> None:
    shown = privacy.suppress(TABLE)
    assert shown[1][2] is None
    assert 4 <= len(hidden(shown)) <= 6
    for i, j in hidden(shown):
        assert attack([TABLE], [shown], {(0, i, j): 1}) > 5


@settings(max_examples=40)
@given(tables(), st.integers(1, 12))
def test_what_is_suppressed_survives_an_attacker_who_solves_the_programme(table: Table, minimum: int) -> None:
    shown = privacy.suppress(table, minimum)
    gone = hidden(shown)
    for i, row in enumerate(table):
        for j, count in enumerate(row):
            empty_line = not sum(row) or not sum(other[j] for other in table)
            assert shown[i][j] is None or count >= minimum or (empty_line and count == 0)
            assert shown[i][j] in (None, count)
    if len(gone) < sum(map(len, table)):  # else the totals stay at home too
        for i, j in gone:
            assert attack([table], [shown], {(0, i, j): 1}) > minimum


@settings(max_examples=25)
@given(growing())
def test_a_second_release_reveals_nothing_of_either_nor_who_joined(both: list[Table]) -> None:
    first = privacy.release(both[0])
    assume(first is not None)
    assert first is not None
    second = privacy.release(both[1], [first])
    if second is None:
        return
    shown = [first.shown, second.shown]
    for k, table in enumerate(shown):
        for i, j in hidden(table):
            assert attack(both, shown, {(k, i, j): 1}) > 5
    for i, row in enumerate(both[0]):
        for j, count in enumerate(row):
            if 0 < both[1][i][j] - count < 5:
                assert attack(both, shown, {(1, i, j): 1, (0, i, j): -1}) > 5


def test_each_release_alone_would_be_safe_and_both_together_are_not() -> None:
    before, after = [[20, 30], [40, 50]], [[40, 30], [41, 70]]
    alone, first = privacy.release(after), privacy.release(before)
    assert alone is not None
    assert first is not None
    assert alone.shown == ((40, 30), (41, 70))  # but the one person who joined in between shows: 40, then 41
    together = privacy.release(after, [first])
    assert together is not None
    assert together.shown == ((None, None), (None, None))


def test_a_few_people_who_joined_are_hidden_among_others() -> None:
    first = privacy.release([[20, 30, 25], [40, 50, 45]])
    assert first is not None
    second = privacy.release([[21, 40, 25], [53, 50, 60]], [first])
    assert second is not None
    assert second.shown[0][0] is None
    ranges = privacy.audit([first, second])
    assert all(each is None for row in ranges[0] for each in row)
    assert all(each is None or each.high - each.low > 5 for row in ranges[1] for each in row)


def test_nothing_new_is_shown_before_ten_more_people_came() -> None:
    first = privacy.release([[20, 30], [40, 50]])
    assert first is not None
    assert privacy.release([[20, 30], [40, 59]], [first]) is None
    assert privacy.release([[20, 30], [40, 60]], [first]) is not None
    assert privacy.release([[20, 30], [40, 70]], [first], newcomers=21) is None


def test_an_erased_answer_does_not_show() -> None:
    first = privacy.release([[20, 30, 25], [40, 50, 45], [60, 20, 30]])
    assert first is not None
    second = privacy.release([[19, 45, 40], [60, 50, 45], [60, 20, 45]], [first])
    assert second is None or second.shown[0][0] is None


def test_three_releases_are_held_together() -> None:
    releases: list[Release] = []
    for step in range(3):
        table = [[20 + 15 * step, 3 + step, 30 + 20 * step], [25, 35 + 18 * step, 40 + 2 * step]]
        found = privacy.release(table, releases)
        if found is not None:
            releases.append(found)
    assert releases
    for release, ranges in zip(releases, privacy.audit(releases), strict=True):
        for i, j in hidden(release.shown):
            cell = ranges[i][j]
            assert cell is not None
            assert cell.high - cell.low > 5


def test_totals_that_are_too_small_hide_everything() -> None:
    assert privacy.suppress([[1, 1], [1, 1]]) == [[None, None], [None, None]]
    assert privacy.release([[1, 1], [1, 1]]) is None
    assert privacy.suppress([[100, 200], [1, 1]]) == [[None, None], [None, None]]
    assert privacy.suppress([[3]]) == [[None]]
    assert privacy.suppress([[30]]) == [[30]]


def test_large_groups_and_lines_without_anyone_are_shown() -> None:
    assert privacy.suppress([[5, 60], [70, 80]]) == [[5, 60], [70, 80]]
    assert privacy.suppress([[0, 0], [70, 80]]) == [[0, 0], [70, 80]]
    assert privacy.suppress([[0, 0], [0, 0]]) == [[0, 0], [0, 0]]


def test_a_single_line_has_only_its_total() -> None:
    assert privacy.suppress([[3, 20, 30]]) == [[None, None, 30]]
    assert privacy.suppress([[3], [20], [30]]) == [[None], [None], [30]]


def test_a_table_of_four_hundred_cells_is_done_in_time() -> None:
    random = np.random.default_rng(7)
    table = random.poisson(20 * random.gamma(1.0, 1.0, size=(20, 20)) + 1).tolist()
    shown = privacy.suppress(table)
    assert 0.2 < len(hidden(shown)) / 400 < 0.5
    assert all(
        each is None or each.high - each.low > 5 for row in privacy.audit([Release(table, shown)])[0] for each in row
    )


def test_the_same_table_is_always_hidden_the_same_way() -> None:
    assert privacy.suppress(TABLE) == privacy.suppress([list(row) for row in TABLE])
    assert privacy.audit([]) == []


@pytest.mark.parametrize("table", [[], [[]], [[1, 2], [3]], [[-1, 20]]])
def test_what_is_no_table_of_people_is_refused(table: Table) -> None:
    with pytest.raises(ValueError, match=r"table|people"):
        privacy.suppress(table)


def test_releases_of_other_shapes_and_silly_minimums_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        privacy.release([[20, 30]], [Release([[20]], [[20]])])
    with pytest.raises(ValueError, match="shape"):
        Release([[20, 30]], [[20]])
    with pytest.raises(ValueError, match="at least one person"):
        privacy.suppress([[20, 30]], 0)
