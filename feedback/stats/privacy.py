"""Counts of people that may leave the house: small groups hidden, and nothing that is hidden can be worked out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from feedback.stats.disclosure import Flags, Floats, Knowledge, Narrowest

Counts = Sequence[Sequence[int]]
Shown = Sequence[Sequence[int | None]]


@dataclass(frozen=True, slots=True)
class Range:
    """What a hidden count can be, as far as anyone outside can tell, in people."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Release:
    """One table as it was released: `shown` with its row, column and grand totals. `counts` never leave."""

    counts: Counts
    shown: Shown

    def __post_init__(self) -> None:
        _require_table(self.counts)
        if [len(row) for row in self.shown] != [len(row) for row in self.counts]:
            raise ValueError("what is shown must have the shape of the counts")


def suppress(table: Counts, minimum: int = 5) -> list[list[int | None]]:
    """The table with None for every count that must be hidden, so that it may be shown with all its totals.

    Counts below `minimum` are hidden, except in rows and columns without anyone, and more besides until each hidden
    count can be anything in a range wider than `minimum`, for someone who knows everything shown, the row, column
    and grand totals, and linear programming. (A table of one row or one column has only the grand total.)
    When even hiding every cell is not enough, because a total is too small, every cell is None and then the totals
    must not be shown either: `release` tells the two apart. Merge small groups before, and little needs to be hidden.
    Raises ValueError for a table that is empty or not rectangular, negative counts, and a minimum below 1.
    Fischetti and Salazar (2000), JASA 95, 916-928, on the problem.
    """
    found = release(table, (), minimum)
    return [[None] * len(row) for row in table] if found is None else [list(row) for row in found.shown]


def release(table: Counts, earlier: Sequence[Release] = (), minimum: int = 5, newcomers: int = 10) -> Release | None:
    """What of the table may be shown after `earlier` releases of the same table, the first one first.

    Held to the rule of `suppress` for the hidden cells of all releases at once, and for the differences of any two:
    where the count of a cell changed by fewer than `minimum`, nobody can tell by how much more closely than that.
    None when nothing new may be shown, so that the latest release stays: fewer than `newcomers` people have come
    into cells since, or no choice of hidden cells is enough.
    Raises ValueError as `suppress`, and when the shapes differ.
    """
    _require_table(table)
    if minimum < 1:
        raise ValueError(f"the smallest group that may be shown has at least one person, not {minimum}")
    if any([len(row) for row in other.counts] != [len(row) for row in table] for other in earlier):
        raise ValueError("releases of one table have one shape")
    tables = [np.array(counts, dtype=np.int64) for counts in (*(other.counts for other in earlier), table)]
    now = tables[-1]
    if earlier and np.maximum(now - tables[-2], 0).sum() < newcomers:
        return None
    hidden_now = _hide(tables, [_hidden(other.shown) for other in earlier], minimum)
    if hidden_now is None:
        return None
    cells = [None if gone else int(count) for count, gone in zip(now.flat, hidden_now, strict=True)]
    width = now.shape[1]
    shown = tuple(tuple(cells[start : start + width]) for start in range(0, len(cells), width))
    return Release(tuple(map(tuple, now.tolist())), shown)


def audit(releases: Sequence[Release]) -> list[list[list[Range | None]]]:
    """For each release the feasible range of every hidden cell, given all that all of them show; None where shown."""
    if not releases:
        return []
    knowledge = Knowledge.of([np.array(each.counts, dtype=np.int64) for each in releases])
    hidden = np.concatenate([_hidden(each.shown) for each in releases])
    ranges: list[Range | None] = [None] * len(hidden)
    for cell in np.flatnonzero(hidden).tolist():
        target = _difference(len(hidden), cell)
        low, high = (float(target @ knowledge.furthest(hidden, sign * target)) for sign in (-1, 1))
        ranges[cell] = Range(low, high)
    rows, columns = len(releases[0].counts), len(releases[0].counts[0])
    lines = [ranges[start : start + columns] for start in range(0, len(ranges), columns)]
    return [lines[start : start + rows] for start in range(0, len(lines), rows)]


def _hide(tables: Sequence[NDArray[np.int64]], hidden_before: Sequence[Flags], minimum: int) -> Flags | None:
    """Which cells of the last table to hide; None when no choice is enough."""
    now = tables[-1]
    peopled = (now.sum(axis=1, keepdims=True) > 0) & (now.sum(axis=0, keepdims=True) > 0)
    hidden = np.concatenate([*hidden_before, ((now < minimum) & peopled).ravel()])
    may_hide = np.zeros_like(hidden)
    may_hide[-now.size :] = peopled.ravel()
    changes = _small_changes(tables, minimum)
    if not hidden.any() and not changes:
        return hidden[-now.size :]
    knowledge = Knowledge.of(tables)
    narrowest = Narrowest(knowledge, minimum)
    while True:
        cells = [_difference(len(hidden), cell) for cell in np.flatnonzero(hidden).tolist()]
        target = narrowest.first(hidden, [*cells, *changes])
        if target is None:
            return hidden[-now.size :]
        covering = knowledge.cover(hidden, may_hide, target, minimum + 1)
        if covering is None or not covering.any():
            return None
        hidden = hidden | covering


def _small_changes(tables: Sequence[NDArray[np.int64]], minimum: int) -> list[Floats]:
    """Differences of one cell between two releases that would give away a few people who came or went."""
    size = tables[0].size
    return [
        _difference(size * len(tables), later * size + cell, earlier * size + cell)
        for earlier, later in combinations(range(len(tables)), 2)
        for cell, change in enumerate((tables[later] - tables[earlier]).ravel().tolist())
        if 0 < abs(change) < minimum
    ]


def _difference(size: int, cell: int, less: int | None = None) -> Floats:
    target = np.zeros(size)
    target[cell] = 1
    if less is not None:
        target[less] = -1
    return target


def _hidden(shown: Shown) -> Flags:
    return np.array([count is None for row in shown for count in row])


def _require_table(table: Counts) -> None:
    if not len(table) or not len(table[0]) or any(len(row) != len(table[0]) for row in table):
        raise ValueError("a table has rows of equal length, and at least one cell")
    if any(count < 0 for row in table for count in row):
        raise ValueError("a count of people cannot be negative")
