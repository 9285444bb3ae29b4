"""The people of a partner: who they are, when they were given the product, on which days they used it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from feedback.demo.cast import Member
from feedback.demo.fates import HABITS, Habits
from feedback.demo.season import Ordinals, busyness
from feedback.demo.traits import ATTRIBUTES

USES = ("never", "abandoned", "lapsed", "engaged")
_LEAN_OF_USE = {"never": 0.0, "abandoned": -0.35, "lapsed": -0.25, "engaged": 0.08}
_PERSONAL_SPREAD = 0.68
_READINESS_SHAPE = 0.6
_ABANDONED_DAYS = 14
_LAPSED_DAYS = 30
_LEAVES = 0.05
_ROLLOUT_DAYS = 70
_QUIET = 0.3
_COLLAPSE = -2.0
"""Points per month: where the mood falls like this, people stop now and not early on."""


@dataclass(frozen=True, slots=True)
class Person:
    """One seat. `lean` is how far this person's opinion lies from what the partner's people think on the whole."""

    subject: str
    attributes: Mapping[str, str]
    deployed_on: date
    left_on: date | None
    use: str
    days: Ordinals
    """Active days, ascending; the first `onboarding` of them were only to get started."""
    onboarding: int
    meaningful: NDArray[np.bool_]
    readiness: float
    """How gladly this person answers; many hardly ever do."""
    lean: float
    signed_by_partner: bool

    def dated(self) -> Iterator[tuple[date, bool]]:
        """Active days with whether something meaningful was done."""
        for day, meaningful in zip(self.days.tolist(), self.meaningful.tolist(), strict=True):
            yield date.fromordinal(day), meaningful


def people(member: Member, count: int, since: date, until: date, rng: np.random.Generator) -> list[Person]:
    """`count` people of a partner that had the product from `since` until `until`."""
    habits = HABITS[member.fate]
    calendar = np.arange(since.toordinal(), until.toordinal() + 1)
    busy = busyness(calendar, friday_is_weekend=member.locales[0] in ("ar", "he"))
    columns = {
        name: rng.choice(list(values), size=count, p=_shares(values, rng)).tolist()
        for name, values in ATTRIBUTES.items()
    }
    uses = rng.choice(USES, size=count, p=habits.use).tolist()
    made = []
    for place in range(count):
        attributes = {name: str(column[place]) for name, column in columns.items()}
        made.append(
            _person(f"{member.slug}-{place + 1:05d}", attributes, uses[place], member, habits, calendar, busy, rng)
        )
    return made


def _person(
    subject: str,
    attributes: Mapping[str, str],
    use: str,
    member: Member,
    habits: Habits,
    calendar: Ordinals,
    busy: NDArray[np.float64],
    rng: np.random.Generator,
) -> Person:
    first, last = int(calendar[0]), int(calendar[-1])
    deployed = _deployed(first, last, rng)
    left = _left(deployed, last, rng)
    chance = np.zeros(len(calendar))
    begin, end = _spell(use, deployed, last if left is None else left, habits, rng)
    inside = slice(max(0, begin - first), max(0, end - first + 1))
    personal_rhythm = habits.rhythm * (2.2 if use == "abandoned" else float(rng.uniform(0.4, 1.6)))
    chance[inside] = np.minimum(busy[inside] * personal_rhythm, 0.95)
    days = calendar[rng.random(len(calendar)) < chance]
    if use != "never" and begin <= end:
        # The spell is what makes the fate: its first and last working day are days of use.
        ends = [begin + _to_working_day(busy[inside])]
        if use != "abandoned":
            ends.append(end - _to_working_day(busy[inside][::-1]))
        days = np.union1d(days, ends)
    lean = sum(ATTRIBUTES[name][value][1] for name, value in attributes.items())
    return Person(
        subject=subject,
        attributes=attributes,
        deployed_on=date.fromordinal(deployed),
        left_on=None if left is None else date.fromordinal(left),
        use=use if len(days) else "never",
        days=days,
        onboarding=int(rng.integers(1, 6)) if use == "abandoned" else int(rng.integers(0, 3)),
        meaningful=rng.random(len(days)) < (0.15 if use == "abandoned" else 0.6),
        readiness=float(rng.gamma(_READINESS_SHAPE)),
        lean=lean + _LEAN_OF_USE[use] + float(rng.normal(0, _PERSONAL_SPREAD)),
        signed_by_partner=bool(rng.random() < member.signed_by_partner),
    )


def _spell(use: str, deployed: int, last: int, habits: Habits, rng: np.random.Generator) -> tuple[int, int]:
    """First and last day of use; empty (first after last) for somebody who never starts."""
    if use == "never":
        return deployed, deployed - 1
    if use == "abandoned":
        begin = deployed + int(rng.integers(0, 7))
        return begin, min(last, deployed + _ABANDONED_DAYS - 1)
    begin = deployed + int(rng.exponential(12))
    earliest, latest = deployed + _ABANDONED_DAYS + 5, last - _LAPSED_DAYS - 5
    if use == "engaged" or latest < earliest:
        return begin, last - min(int(rng.exponential(5)), 20)
    if habits.users_drift < _COLLAPSE:
        return begin, max(earliest, latest - int(rng.exponential(45)))
    return begin, min(latest, earliest + int(rng.exponential(110)))


def _to_working_day(busy: NDArray[np.float64]) -> int:
    """How many days it is to the first working day; 0 when there is none."""
    return int(np.argmax(busy > _QUIET))


def _deployed(first: int, last: int, rng: np.random.Generator) -> int:
    """Two of three in the first weeks, the others as they join."""
    room = max(1, last - first)
    reach = min(_ROLLOUT_DAYS, room) if rng.random() < 0.66 else room
    return first + int(rng.integers(reach))


def _left(deployed: int, last: int, rng: np.random.Generator) -> int | None:
    if rng.random() >= _LEAVES or last - deployed < 2 * _LAPSED_DAYS:
        return None
    return int(rng.integers(deployed + _LAPSED_DAYS, last))


def _shares(values: Mapping[str, tuple[float, float]], rng: np.random.Generator) -> NDArray[np.float64]:
    """Every partner has its own mix around the usual one."""
    return rng.dirichlet([40 * share for share, _ in values.values()])
