"""Somebody who has every page of a year, knows who works there and who answered when, and answers as three of them.

What a page says is what some sums can be, so what follows from all pages together is worked out by integer programming:
nothing that adding, subtracting, overlapping or agreement could find is missed.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

Answer = Hashable
"""Somebody's answer of some month; or somebody, for who thinks that nobody ever changes their mind."""
SCORE, PROMOTERS, DETRACTORS, PASSIVES = (1, -1), (1, 0), (0, 1), (-1, -1)
"""How a promoter and a detractor count; a passive counts as nothing. Passives: everybody less the two."""
_LOOKS = 6


@dataclass(frozen=True, slots=True)
class Known:
    """Of these answers together the sum is `low` to `high`, counted as `what` says."""

    answers: frozenset[Answer]
    what: tuple[int, int]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Found:
    """What follows: each answer as 1, 0 or -1. `contradicts`: what was taken for granted cannot be."""

    answers: Mapping[Answer, int]
    contradicts: bool = False


def attack(pages: Sequence[Known], own: Mapping[Answer, int]) -> Found:
    """All answers that follow from the pages for who knows `own`; these are not among them."""
    kinds = _kinds(pages, own)
    if not kinds:
        return Found({})
    of = _Kinds(kinds, pages, own)
    random = np.random.default_rng(1)
    worlds = [of.world(random.normal(size=2 * of.number)) for _ in range(_LOOKS)]
    if any(one is None for one in worlds):
        return Found({}, contradicts=True)
    found: dict[Answer, int] = {}
    for place, answers in enumerate(kinds.values()):
        for said in (1, 0, -1):
            if all(of.all_say(one, place, said) for one in worlds) and of.all_say(of.least(place, said), place, said):
                found |= dict.fromkeys(answers, said)
    return Found(found)


class _Kinds:
    """Answers that are in the same pages cannot be told apart: of each kind, how many are 1 and how many -1."""

    def __init__(
        self, kinds: Mapping[frozenset[int], Sequence[Answer]], pages: Sequence[Known], own: Mapping[Answer, int]
    ) -> None:
        self.number = len(kinds)
        self.sizes = np.array([len(answers) for answers in kinds.values()])
        rows, low, high = [], [], []
        for number, page in enumerate(pages):
            within = np.array([number in kind for kind in kinds], dtype=float)
            rows.append(np.concatenate([page.what[0] * within, page.what[1] * within]))
            # Everybody less promoters and detractors: passives are counted from the size of the group.
            constant = len(page.answers) if page.what == PASSIVES else 0
            said = [own[one] for one in page.answers if one in own]
            constant += page.what[0] * said.count(1) + page.what[1] * said.count(-1)
            low.append(page.low - constant)
            high.append(page.high - constant)
        rows += list(np.hstack([np.eye(self.number)] * 2))
        self._limits = LinearConstraint(
            np.array(rows), np.array([*low, *np.zeros(self.number)]), np.array([*high, *self.sizes])
        )

    def world(self, cost: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The cheapest that agrees with all pages; None if nothing does."""
        upmost = np.concatenate([self.sizes, self.sizes])
        done = milp(cost, integrality=np.ones(len(cost)), bounds=Bounds(0, upmost), constraints=self._limits)
        return None if done.x is None else np.round(done.x)

    def least(self, place: int, said: int) -> NDArray[np.float64] | None:
        """The world in which the fewest of this kind said so."""
        cost = np.zeros(2 * self.number)
        if said:
            cost[place if said > 0 else self.number + place] = 1
        else:
            cost[[place, self.number + place]] = -1
        return self.world(cost)

    def all_say(self, world: NDArray[np.float64] | None, place: int, said: int) -> bool:
        """Whether in this world everybody of this kind said so."""
        if world is None:
            return False
        high, low = world[place], world[self.number + place]
        return bool({1: high, -1: low, 0: self.sizes[place] - high - low}[said] == self.sizes[place])


def _kinds(pages: Sequence[Known], own: Mapping[Answer, int]) -> dict[frozenset[int], list[Answer]]:
    of: dict[Answer, set[int]] = {}
    for number, page in enumerate(pages):
        for answer in page.answers:
            if answer not in own:
                of.setdefault(answer, set()).add(number)
    kinds: dict[frozenset[int], list[Answer]] = {}
    for answer, numbers in of.items():
        kinds.setdefault(frozenset(numbers), []).append(answer)
    return kinds
