"""The partners of a report in one order, and arrays of the tallies brought into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from feedback.tallies.cube import Cube


@dataclass(frozen=True, slots=True)
class Order:
    """`partners` by place, and the same the other way round; `rows` of the cube, -1 for who has none."""

    partners: tuple[UUID, ...]
    places: Mapping[UUID, int]
    rows: NDArray[np.intp]

    def __call__(self, array: NDArray[Any]) -> NDArray[Any]:
        """From the cube's order to this one along the first axis; zeros for partners that the cube lacks."""
        nobody = np.zeros((1, *array.shape[1:]), dtype=array.dtype)
        return np.concatenate([array, nobody])[self.rows]


def order(cube: Cube, partners: Sequence[UUID]) -> Order:
    """`partners` in their order."""
    rows = np.array([cube.place.get(partner, -1) for partner in partners], dtype=np.intp)
    return Order(tuple(partners), {partner: place for place, partner in enumerate(partners)}, rows)
