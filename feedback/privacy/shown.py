"""What may be shown to a partner: the only numbers that a released view has. People in tens, shares in tens of percent.

These values are stored as they are; a page has nothing else to show.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from feedback.privacy.scores import ShownScore


@dataclass(frozen=True, slots=True)
class Activated:
    """The share of people that used the product, in percent, at the end of `month`; older where it hardly moved."""

    percent: int
    month: int


@dataclass(frozen=True, slots=True)
class Bands:
    """Shares of those who answered, in percent, each rounded by itself."""

    detractors: int
    passives: int
    promoters: int


@dataclass(frozen=True, slots=True)
class Group:
    """Those who answered with one value of the released attribute."""

    value: str
    people: int
    score: ShownScore


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups that may be told apart; `complete`: nobody is in a group that is not shown."""

    attribute: str
    rows: tuple[Group, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One release. `people` answered, of `seats`; None where the number could tell of a few.

    Either the score of all (`score`, perhaps with `bands`) or those of `groups`: never both, because all less the other
    groups would tell of the last one.

    `reached_percent`, `answered_percent`: of the seats, who was shown a survey and who answered.
    """

    minimum: int
    seats: int
    people: int
    score: ShownScore | None
    reached_percent: int | None
    answered_percent: int | None
    activated: Activated | None
    bands: Bands | None
    groups: Groups | None


def as_json(shown: Shown) -> dict[str, Any]:
    """To be stored."""
    return asdict(shown)


def from_json(stored: Mapping[str, Any]) -> Shown:
    """What was stored."""
    groups, activated, bands = stored["groups"], stored["activated"], stored["bands"]
    return Shown(
        **{
            **stored,
            "score": _score(stored["score"]),
            "activated": None if activated is None else Activated(**activated),
            "bands": None if bands is None else Bands(**bands),
            "groups": None
            if groups is None
            else Groups(groups["attribute"], tuple(map(_group, groups["rows"])), groups["complete"]),
        }
    )


def tens(people: int) -> int:
    """To the nearest ten, never none."""
    return max(10, (people + 5) // 10 * 10)


def percent(part: int, whole: int) -> int:
    """To the nearest ten percent."""
    return (20 * part + whole) // (2 * whole) * 10


def _group(stored: Mapping[str, Any]) -> Group:
    return Group(stored["value"], stored["people"], ShownScore(**stored["score"]))


def _score(stored: Mapping[str, Any] | None) -> ShownScore | None:
    return None if stored is None else ShownScore(**stored)
