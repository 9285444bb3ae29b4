"""How many people stand between what can be worked out of sums and any one of them.

Sums over groups are known, and each person has one value in all of them. Whoever adds and subtracts sums, with any
factors, learns one person's value but for what the others weigh in it. The least that all can weigh together, where
that person weighs 1, is the crowd in which the person stands: of one group its size, of two that overlap the number of
people by which they differ.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from typing import Any

import numpy as np
import scipy  # parts of it on first use: `scipy.optimize` is slow to import, and most processes never need it
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array, eye_array

Floats = NDArray[np.float64]
_TOLERANCE = 1e-6


def all_in_crowds(
    groups: Sequence[Collection[Hashable]], fewest: float, before: Sequence[Collection[Hashable]] = ()
) -> bool:
    """Whether everybody stands in a crowd of `fewest` people or more, now that sums over `groups` are known as well.

    Who stood in a smaller one by what was known `before` may stand in that still.
    """
    members, sizes = _kinds([*before, *groups])
    exposed = np.flatnonzero(_exposed(members, sizes, fewest)).tolist()
    if all(crowd(members, sizes, kind) > fewest - _TOLERANCE for kind in exposed):
        return True
    known = members[: len(before)]
    for kind in range(len(sizes)):
        least = crowd(members, sizes, kind)
        if least < fewest - _TOLERANCE and not (
            known[:, kind].any() and crowd(known, sizes, kind) < least + _TOLERANCE
        ):
            return False
    return True


def crowd(members: Floats, sizes: Floats, kind: int) -> float:
    """The crowd around somebody of this kind, in people. `members`: groups x kinds, 0 or 1; `sizes`: of the kinds."""
    rows, kinds = members.shape
    sums, weights = csr_array(members.T), eye_array(kinds)
    above: Any = block_array([[sums, -weights], [-sums, -weights]])
    this_one: Any = csr_array(np.concatenate([members[:, kind], np.zeros(kinds)])[None, :])
    limits: list[tuple[float | None, float | None]] = [(None, None)] * rows + [(0, None)] * kinds
    found: Any = scipy.optimize.linprog(
        np.concatenate([np.zeros(rows), sizes]),
        A_ub=above,
        b_ub=np.zeros(2 * kinds),
        A_eq=this_one,
        b_eq=np.ones(1),
        bounds=limits,
        method="highs",
    )
    if found.x is None:
        raise ArithmeticError("everybody here is in a group, so some sum holds them")
    return float(found.fun)


def _kinds(groups: Sequence[Collection[Hashable]]) -> tuple[Floats, Floats]:
    """Which groups (rows) each kind of people is in, and how many there are: people in the same groups are one kind."""
    of: dict[Hashable, int] = {}
    for number, group in enumerate(groups):
        for person in group:
            of[person] = of.get(person, 0) | 1 << number
    found = Counter(of.values())
    members = [[kind >> number & 1 for kind in found] for number in range(len(groups))]
    return np.array(members, dtype=np.float64).reshape(len(groups), len(found)), np.array([*found.values()], np.float64)


def _exposed(members: Floats, sizes: Floats, fewest: float) -> NDArray[np.bool_]:
    """The kinds among which anybody is who stands in a smaller crowd, if anybody does.

    Let v be the weights of the smallest crowd, and somebody of kind k weigh most in it. Their crowd is not larger:
    divide v by their weight. Then nobody weighs more than 1, so that the crowd, the sum of |v|, is at least the sum of
    v squared, and the least of that, where k weighs 1, is one by the leverage of k in a regression on the groups.
    """
    inverse = np.linalg.pinv(members * sizes @ members.T, hermitian=True)
    leverage = np.einsum("ij,ik,kj->j", members, inverse, members)
    return np.asarray(leverage * fewest > 1 + _TOLERANCE)
