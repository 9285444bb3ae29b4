"""A score that may leave: rounded to ten points, capped, so that for nobody in the group any answer is ruled out.

Works on X, promoters minus detractors of n people. Whoever sees a rounded score knows an interval of X. Of three of
the people the onlooker may know the answer, because three of them can be the onlooker's own.
"""

from dataclasses import dataclass
from typing import Literal

KNOWN = 3
"""So many answers of a group may be known to whoever looks on, and still nothing follows for anybody else."""
MOST_POINTS = 80
"""No score is shown beyond, however large the group."""

End = Literal["", "more", "less"]


@dataclass(frozen=True, slots=True)
class ShownScore:
    """A score in points, a multiple of ten; `end` says that it may be `more` or `less`, because it is capped."""

    points: int
    end: End = ""


@dataclass(frozen=True, slots=True)
class Span:
    """What X can be in a group of `people`, both ends included."""

    people: int
    low: int
    high: int

    @classmethod
    def of(cls, people: int, shown: ShownScore | None) -> "Span":
        """What is known of X from the score that is shown; anything without one."""
        if shown is None:
            return cls(people, -people, people)
        low, high = _rounded_from(shown.points, people)
        return cls(people, -people if shown.end == "less" else low, people if shown.end == "more" else high)

    @property
    def leaves_open(self) -> bool:
        """Whether anybody but the known could have said anything: worst when all the known are at one end."""
        furthest = self.people - 2 * KNOWN - 2
        return self.low <= furthest and self.high >= -furthest


def shown_score(x: int, people: int) -> ShownScore | None:
    """The score of `people` whose promoters minus detractors are `x`; None where the group is too small for any."""
    most = cap(people)
    if most is None:
        return None
    points = _rounded(x, people)
    if abs(points) >= most:
        return ShownScore(most, "more") if points > 0 else ShownScore(-most, "less")
    return ShownScore(points)


def cap(people: int) -> int | None:
    """The score beyond which none of so many people is shown, in points. It depends on nobody's answer."""
    for points in range(MOST_POINTS, 0, -10):
        if Span.of(people, ShownScore(points, "more")).leaves_open:
            return points
    return None


def _rounded(x: int, people: int) -> int:
    """100 x / people to the nearest ten, halves away from zero."""
    tens = (20 * abs(x) + people) // (2 * people)
    return 10 * tens if x >= 0 else -10 * tens


def _rounded_from(points: int, people: int) -> tuple[int, int]:
    """The least and the greatest X that are rounded to `points`."""
    tens = abs(points) // 10
    nearest = -(-(2 * people * tens - people) // 20)
    furthest = min(people, -(-(2 * people * tens + people) // 20) - 1)
    if points == 0:
        return -furthest, furthest
    return (nearest, furthest) if points > 0 else (-furthest, -nearest)
