"""What someone who knows linear programming can work out about hidden cells of tables whose totals are shown.

All releases of one table stand side by side, one vector of cells after the other: what is hidden in one may follow
from another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy  # parts of it on first use: `scipy.optimize` is slow to import, and most processes never need it
from numpy.typing import NDArray
from scipy.sparse import block_array, block_diag, csr_array, eye_array, kron

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What can be known of the cells of all releases, `counts`, besides those that are shown.

    No cell is below 0, `totals @ cells` is shown, and `growth @ cells` is at least 0: where people only joined from
    one release to the next, no cell shrank, and whoever looks on may know that.
    """

    counts: Floats
    totals: csr_array
    growth: csr_array

    @classmethod
    def of(cls, tables: Sequence[NDArray[np.int64]]) -> "Knowledge":
        """From the true tables of all releases, all of one shape, the earliest first."""
        rows, columns = tables[0].shape
        lines = [np.ones((1, rows * columns))]
        if columns > 1:
            lines.append(np.kron(np.eye(rows), np.ones((1, columns))))
        if rows > 1:  # a column of one cell has no total of its own
            lines.append(np.kron(np.ones((1, rows)), np.eye(columns)))
        differences = np.zeros((0, len(tables)))
        for earlier, (before, after) in enumerate(pairwise(tables)):
            if (after >= before).all():
                row = np.eye(len(tables))[earlier + 1] - np.eye(len(tables))[earlier]
                differences = np.vstack([differences, row])
        return cls(
            counts=np.concatenate([table.ravel() for table in tables]).astype(float),
            totals=csr_array(block_diag([np.vstack(lines)] * len(tables))),
            growth=csr_array(kron(csr_array(differences), eye_array(rows * columns))),
        )

    def furthest(self, hidden: Flags, direction: Floats) -> Floats:
        """Cells that agree with all that is shown, and are furthest in `direction`."""
        found = _least(
            -direction,
            equal=(self.totals, self.totals @ self.counts),
            at_most=(-self.growth, np.zeros(self.growth.shape[0])),
            limits=self._limits(hidden),
        )
        if found is None:
            raise ArithmeticError("the true counts must agree with what is shown of them, yet nothing does")
        return found

    def cover(self, hidden: Flags, may_hide: Flags, target: Floats, width: float) -> Flags | None:
        """Which of `may_hide` to hide too, so that `target @ cells` can differ by `width`; None if none can do.

        Two worlds are looked for that are so far apart, agree with the totals and change least of what is shown:
        few cells, and rather small ones.
        """
        size, movable = len(self.counts), np.flatnonzero(may_hide & ~hidden)
        low, high = self._limits(hidden | may_hide)
        chosen, moves = csr_array(eye_array(size, format="csr")[movable]), csr_array(eye_array(len(movable)))
        no_totals = csr_array((self.totals.shape[0], len(movable)))
        no_growth = csr_array((self.growth.shape[0], len(movable)))
        apart = csr_array(target[None, :])
        both: list[list[csr_array | None]] = [[self.totals, None, no_totals], [None, self.totals, no_totals]]
        bounded: list[list[csr_array | None]] = [
            [chosen, None, -moves],
            [-chosen, None, -moves],
            [None, chosen, -moves],
            [None, -chosen, -moves],
            [-self.growth, None, no_growth],
            [None, -self.growth, no_growth],
            [-apart, apart, None],
        ]
        shown, still = self.counts[movable], np.zeros(2 * self.growth.shape[0])
        found = _least(
            np.concatenate([np.zeros(2 * size), 1 + shown / max(1.0, self.counts.max())]),
            equal=(block_array(both), np.tile(self.totals @ self.counts, 2)),
            at_most=(block_array(bounded), np.concatenate([shown, -shown, shown, -shown, still, [-width]])),
            limits=(
                np.concatenate([low, low, np.zeros(len(movable))]),
                np.concatenate([high, high, np.full(len(movable), np.inf)]),
            ),
        )
        if found is None:
            return None
        covering = np.zeros(size, dtype=bool)
        covering[movable] = found[2 * size :] > _TOLERANCE
        return covering

    def _limits(self, hidden: Flags) -> tuple[Floats, Floats]:
        return np.where(hidden, 0.0, self.counts), np.where(hidden, np.inf, self.counts)


class Narrowest:
    """Looks for targets whose range is too narrow, and remembers how far apart it has already seen worlds.

    Hiding more only adds worlds, so what was seen once stays possible, and most targets need no programme of their
    own.
    """

    def __init__(self, knowledge: Knowledge, wider_than: float) -> None:
        self._knowledge = knowledge
        self._wider_than = wider_than + _TOLERANCE
        self._worlds = knowledge.counts[None, :]

    def first(self, hidden: Flags, targets: Sequence[Floats]) -> Floats | None:
        """The first target that cannot range more widely than allowed; None when all can."""
        for target in targets:
            for direction in (target, -target):
                if np.ptp(self._worlds @ target) > self._wider_than:
                    break
                self._worlds = np.vstack([self._worlds, self._knowledge.furthest(hidden, direction)])
            if np.ptp(self._worlds @ target) <= self._wider_than:
                return target
        return None


def _least(
    cost: Floats, equal: tuple[Any, Floats], at_most: tuple[Any, Floats], limits: tuple[Floats, Floats]
) -> Floats | None:
    """Where `cost` is least, under sparse equalities and inequalities; None when nothing satisfies them."""
    found: Any = scipy.optimize.linprog(
        cost,
        A_eq=equal[0],
        b_eq=equal[1],
        A_ub=at_most[0],
        b_ub=at_most[1],
        bounds=list(zip(limits[0].tolist(), limits[1].tolist(), strict=True)),
        method="highs",
    )
    return None if found.x is None else np.asarray(found.x, dtype=float)
