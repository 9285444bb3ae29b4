"""Rows of small integers by partner: how the cube keeps a table, sums over it and puts new rows into a copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

Integers = NDArray[np.int64]
Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Layer:
    """One table: per row the place of its partner, its keys and its counts. Never changed once made.

    Rows are sorted by place: those of place p are `starts[p]:starts[p + 1]`.
    """

    names: tuple[str, ...]
    starts: Integers
    place: Rows
    keys: tuple[Rows, ...]
    counts: Rows

    def __post_init__(self) -> None:
        columns: list[NDArray[Any]] = [self.starts, self.place, *self.keys, self.counts]
        for column in columns:
            column.flags.writeable = False

    @classmethod
    def of(cls, names: tuple[str, ...], places: int, place: Rows, values: Rows) -> Self:
        """A layer of rows in any order: `values` has a column per name of `names`, then the counts.

        Rows that count nothing are left out: they are cells that were emptied. Raises ValueError for a negative key.
        """
        if (values[:, : len(names)] < 0).any():
            raise ValueError(f"the keys {', '.join(names)} are never negative")
        filled = np.flatnonzero(values[:, len(names) :].any(axis=1))
        order = filled[np.argsort(place[filled], kind="stable")]
        place, values = place[order], values[order]
        starts = np.searchsorted(place, np.arange(places + 1))
        keys = tuple(np.ascontiguousarray(values[:, number]) for number in range(len(names)))
        return cls(names, starts, place, keys, np.ascontiguousarray(values[:, len(names) :]))

    def __getitem__(self, name: str) -> Rows:
        """The column of that key."""
        return self.keys[self.names.index(name)]

    def replaced(self, new: "Layer", changed: Sequence[int]) -> "Layer":
        """A copy in which the rows of the places in `changed` are those of `new`, which may know more places."""
        known = len(self.starts) - 1
        cuts = [-1, *sorted(place for place in changed if place < known), known]
        pieces: list[tuple[Layer, slice]] = []
        for before, after in pairwise(cuts):
            if before >= 0:
                pieces.append((new, slice(new.starts[before], new.starts[before + 1])))
            pieces.append((self, slice(self.starts[before + 1], self.starts[after])))
        pieces.append((new, slice(new.starts[known], None)))
        sizes = np.diff(new.starts)
        sizes[:known] = np.where(np.isin(np.arange(known), changed), sizes[:known], np.diff(self.starts))
        return Layer(
            self.names,
            np.concatenate([[0], np.cumsum(sizes)]),
            np.concatenate([layer.place[rows] for layer, rows in pieces]),
            tuple(
                np.concatenate([layer.keys[number][rows] for layer, rows in pieces]) for number in range(len(self.keys))
            ),
            np.concatenate([layer.counts[rows] for layer, rows in pieces]),
        )

    def only(self, place: int | None) -> "Layer":
        """The rows of one place, which is 0 in the result; None: no rows."""
        first, last = (0, 0) if place is None else (int(self.starts[place]), int(self.starts[place + 1]))
        rows = slice(first, last)
        keys = tuple(column[rows] for column in self.keys)
        return Layer(self.names, np.array([0, last - first]), np.zeros(last - first, np.int32), keys, self.counts[rows])


def summed(counts: Rows, groups: Rows, shape: tuple[int, ...], *, until: Rows | None = None) -> Integers:
    """Rows of `counts` added up by group. `groups` are flat indices into `shape`, which the columns are added to.

    With `until` a row counts along the last axis of `shape` from its group up to, not including, its `until`, which
    lies in the same line of that axis.
    """
    rows, size = len(groups), prod(shape)
    # Multiplying with a sparse matrix of ones is eight times faster than a bincount per column.
    each = np.ones(rows, np.int32)
    if until is None:
        ones = csc_array((each, groups, np.arange(rows + 1, dtype=np.int32)), shape=(size, rows))
        return _dense(ones, counts, shape)
    changes = csc_array(
        (
            np.column_stack([each, -each]).ravel(),
            np.column_stack([groups, until]).ravel(),
            np.arange(0, 2 * rows + 1, 2, dtype=np.int32),
        ),
        shape=(size, rows),
    )
    return _dense(changes, counts, shape).cumsum(axis=-2)


def _dense(matrix: csc_array, counts: Rows, shape: tuple[int, ...]) -> Integers:
    sums: Rows = matrix @ counts
    return sums.astype(np.int64).reshape(*shape, counts.shape[1])
