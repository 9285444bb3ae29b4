"""A score weighted so that those who answered look like those who could have: beside the plain one, never instead."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from feedback.stats.interval import normal_quantile
from feedback.stats.tally import Tally, require_one_kind

Floats = NDArray[np.float64]
Cell = TypeVar("Cell", bound=tuple[Hashable, ...])

# No answer weighs more than so many times the median one: a lone voice must not speak for a department.
HEAVIEST = 5.0
_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Weighted:
    """A weighted score in points with its interval, and what the weighting cost.

    `n` is people who answered, `effective_n` how many equally weighted ones would tell as much (Kish 1965).
    `weights` are per answer of a cell; their mean over answers is 1. `trimmed` people had theirs cut. `off_by` is the
    largest difference that is left between a weighted share and that of the population, `unheard` the largest share
    of the population whose value of an attribute nobody who answered has; both 0..1.
    """

    points: float
    low: float
    high: float
    n: int
    effective_n: float
    weights: Mapping[tuple[Hashable, ...], float]
    trimmed: int
    off_by: float
    unheard: float


def rake(
    answers: Mapping[Cell, Tally], population: Sequence[Mapping[Any, int]], level: float = 0.95
) -> Weighted | None:
    """Weight answers until each attribute's shares are those of the population, one attribute after the other.

    `answers` are by cell, one value per attribute; `population` has for each attribute, in the same order, the
    people by value. Whoever answered belongs to the population; values nobody who answered has cannot be made up for
    and are left out. Weights are then trimmed at `HEAVIEST` times the median. The interval is the adjusted
    Wald one for `effective_n` people, widened to hold the score where that leaves it out. None when nobody answered.
    Raises ValueError for cells of another number of attributes, negative counts and tallies of different kinds.
    Deming and Stephan (1940), Annals of Mathematical Statistics 11, 427-444.
    """
    require_one_kind(answers.values())
    if any(len(cell) != len(population) for cell in answers):
        raise ValueError(f"every cell has {len(population)} attributes, as the population has")
    if any(count < 0 for people in population for count in people.values()):
        raise ValueError("a group cannot have fewer than no people")
    heard = {cell: tally for cell, tally in answers.items() if tally.count}
    if not heard:
        return None
    tallies = list(heard.values())
    counts = np.array([tally.count for tally in tallies], dtype=float)
    margins = [_margin([cell[place] for cell in heard], counts, people) for place, people in enumerate(population)]
    weights, cut = _weights(counts, margins)
    masses = counts * weights
    effective_n = float(masses.sum() ** 2 / (masses @ weights))
    parts = masses @ (np.array([tally.parts for tally in tallies]) / counts[:, None]) / masses.sum()
    points, low, high = _score(parts, effective_n, tallies[0], level)
    return Weighted(
        points=points,
        low=low,
        high=high,
        n=int(counts.sum()),
        effective_n=effective_n,
        weights=dict(zip(heard, weights.tolist(), strict=True)),
        trimmed=int(counts[cut].sum()),
        off_by=max((margin.off_by(masses) for margin in margins), default=0.0),
        unheard=max((margin.unheard for margin in margins), default=0.0),
    )


@dataclass(frozen=True, slots=True)
class _Margin:
    """One attribute: which of its values each cell has, and the shares those values should get."""

    value_of_cell: NDArray[np.intp]
    target: Floats
    unheard: float

    def shares(self, masses: Floats) -> Floats:
        by_value = np.bincount(self.value_of_cell, weights=masses, minlength=len(self.target))
        return np.asarray(by_value / masses.sum(), dtype=float)

    def off_by(self, masses: Floats) -> float:
        return float(np.abs(self.shares(masses) - self.target).max())


def _margin(values: Sequence[Hashable], counts: Floats, people: Mapping[Any, int]) -> _Margin:
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    value_of_cell = np.array([places[value] for value in values])
    answered = np.bincount(value_of_cell, weights=counts)
    present = np.maximum(answered, [people.get(value, 0) for value in places])
    silent = sum(count for value, count in people.items() if value not in places)
    return _Margin(value_of_cell, present / present.sum(), silent / (silent + float(present.sum())))


def _weights(counts: Floats, margins: Sequence[_Margin]) -> tuple[Floats, NDArray[np.bool_]]:
    """Weights per answer with a mean of 1, and which of them were cut.

    Cut once, after raking: raking what was cut would push the excess onto whoever is left, round after round.
    """
    weights = np.ones_like(counts)
    for _ in range(_ROUNDS):
        before = weights
        for margin in margins:
            weights = weights * (margin.target / margin.shares(counts * weights))[margin.value_of_cell]
        if np.abs(weights - before).max() < 1e-12:
            break
    heaviest = HEAVIEST * _median(weights, counts)
    trimmed = np.minimum(weights, heaviest)
    return trimmed * (counts.sum() / (counts @ trimmed)), weights > heaviest


def _median(weights: Floats, counts: Floats) -> float:
    """The weight that half of the answers do not exceed."""
    order = np.argsort(weights)
    reached = np.cumsum(counts[order])
    return float(weights[order][np.searchsorted(reached, reached[-1] / 2)])


def _score(parts: Floats, effective_n: float, tally: Tally, level: float) -> tuple[float, float, float]:
    """Points, low and high for weighted shares of answers."""
    values, added = np.array(tally.VALUES, dtype=float), np.array(tally.ADDED)
    mean = float(parts @ values)
    smoothed = (parts * effective_n + added) / (effective_n + added.sum())
    centre = float(smoothed @ values)
    variance = (float(smoothed @ values**2) - centre**2) / (effective_n + float(added.sum()))
    half_width = normal_quantile(level) * sqrt(variance)
    low, high = max(tally.LOWEST, centre - half_width), min(1.0, centre + half_width)
    return 100 * mean, 100 * min(mean, low), 100 * max(mean, high)
