"""Those who did not answer: how far they could move the score, and whether those who did are like them."""

from collections.abc import Hashable, Mapping
from math import sqrt
from typing import TypeVar

from feedback.stats.interval import Interval
from feedback.stats.tally import Tally

Group = TypeVar("Group", bound=Hashable)


def bounds(tally: Tally, eligible: int) -> Interval | None:
    """The score if everyone silent had given the worst answer, and the best, in points. Manski (1990).

    `eligible` is people who could have answered; whoever answered could. None for an empty tally.
    Raises ValueError when `eligible` is negative.
    """
    answered = _answered(tally, eligible)
    if answered is None:
        return None
    mean, silent = tally.total / tally.count, 1 - answered
    return Interval(100 * (answered * mean + silent * tally.LOWEST), 100 * (answered * mean + silent))


def sensitivity(tally: Tally, eligible: int, spread_points: float) -> Interval | None:
    """The score if those who are silent differ from those who answered by up to `spread_points`, in points.

    Never beyond `bounds`: the silent have a score on the same scale. None for an empty tally.
    Raises ValueError when `eligible` or `spread_points` is negative.
    """
    if spread_points < 0:
        raise ValueError(f"a spread cannot be negative: {spread_points}")
    worst_case = bounds(tally, eligible)
    answered = _answered(tally, eligible)
    if worst_case is None or answered is None:
        return None
    points, reach = 100 * tally.total / tally.count, spread_points * (1 - answered)
    return Interval(max(worst_case.low, points - reach), min(worst_case.high, points + reach))


def r_indicator(population: Mapping[Group, int], respondents: Mapping[Group, int]) -> float | None:
    """How alike the chances to be heard are, from 0 (some groups all, others not at all) to 1 (all alike).

    R = 1 - 2 S, S being the standard deviation over all people of their group's share of respondents. Both arguments
    count people by group; whoever answered belongs to the population. None when the population is empty.
    Everyone is known here, so S divides by the number of people, not by one less: R stays within 0..1.
    With groups of a few people chance alone takes R well below 1.
    Raises ValueError for negative counts. Schouten, Cobben and Bethlehem (2009), Survey Methodology 35, 101-113.
    """
    if min((*population.values(), *respondents.values()), default=0) < 0:
        raise ValueError("a group cannot have fewer than no people")
    people = {
        group: max(population.get(group, 0), respondents.get(group, 0)) for group in {**population, **respondents}
    }
    everyone = sum(people.values())
    if not everyone:
        return None
    overall = sum(respondents.values()) / everyone
    squares = (count * (respondents.get(group, 0) / count - overall) ** 2 for group, count in people.items() if count)
    return max(0.0, 1 - 2 * sqrt(sum(squares) / everyone))


def _answered(tally: Tally, eligible: int) -> float | None:
    """The share of those eligible who answered; None when nobody did."""
    if eligible < 0:
        raise ValueError(f"eligible people cannot be fewer than none: {eligible}")
    return tally.count / max(eligible, tally.count) if tally.count else None
