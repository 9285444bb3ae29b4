"""What end users answer, and when: on a day on which they used the product, at most once in a quarter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from feedback.demo.cast import Member
from feedback.demo.fates import HABITS
from feedback.demo.opinions import centre, taps
from feedback.demo.people import Person
from feedback.demo.phrases import Mood, comment, language
from feedback.demo.season import Era, Ordinals, at_work, busyness

_QUIET_DAYS = 90
_READINESS = {"engaged": 1.0, "lapsed": 0.6, "abandoned": 0.45, "never": 0.0}
_AT_HAND = {"Headquarters": 1.25, "Branch": 1.0, "Field": 0.6, "Home office": 1.1}
_PASSING_SPREAD = 0.62
_DAYS_IN_MONTH = 30.44
_ROSIER = 0.55
"""What it does to an opinion when the partner vouches, and may have chosen, who answers."""
_COMMENTS: dict[Mood, float] = {"detractor": 0.44, "passive": 0.24, "promoter": 0.31}


@dataclass(frozen=True, slots=True)
class Answer:
    """One end user's answer. `person` is a place in the list of people."""

    person: int
    answered_at: datetime
    score: int
    comment: str | None
    locale: str
    trust: str


def answers(
    member: Member, everybody: Sequence[Person], count: int, era: Era, rng: np.random.Generator
) -> list[Answer]:
    """Up to `count` answers, in the order of time; fewer when people were not there to be asked."""
    chosen = _moments(everybody, count, era, rng)
    if not chosen:
        return []
    opinions = _opinions(member, everybody, chosen, era, rng)
    made = []
    for (day, place), score in zip(chosen, taps(opinions).tolist(), strict=True):
        person = everybody[place]
        locale = member.locales[int(rng.integers(len(member.locales)))]
        mood: Mood = "detractor" if score <= 6 else "passive" if score <= 8 else "promoter"
        text = comment(language(locale), mood, rng) if rng.random() < _COMMENTS[mood] else None
        trust = "partner" if person.signed_by_partner else "vendor"
        if rng.random() < member.unsigned:
            trust = "none"
        made.append(Answer(place, at_work(day, rng), score, text, locale, trust))
    return made


def _moments(everybody: Sequence[Person], count: int, era: Era, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Days and people, drawn without replacement from all days of use; sorted."""
    days, places = days_of_use(everybody, era)
    if not len(days) or not count:
        return []
    per_person = np.bincount(places, minlength=len(everybody))
    ready = np.array([one.readiness * _READINESS[one.use] * _AT_HAND[one.attributes["site"]] for one in everybody])
    # Somebody who is there every day is not asked more often than somebody who is there every week.
    weights = ready[places] / per_person[places] ** 0.8 * busyness(days, friday_is_weekend=False) * _known(days, era)
    order = np.argsort(rng.exponential(size=len(days)) / np.maximum(weights, 1e-12))
    taken: dict[int, list[int]] = {}
    chosen = []
    for index in order.tolist():
        day, place = int(days[index]), int(places[index])
        own = taken.setdefault(place, [])
        if all(abs(day - other) >= _QUIET_DAYS for other in own):
            own.append(day)
            chosen.append((day, place))
            if len(chosen) == count:
                break
    return sorted(chosen)


def _known(days: Ordinals, era: Era) -> NDArray[np.float64]:
    """Asking got known over time: from half of what it is today in the first month."""
    start, end = era.start.toordinal(), era.end.toordinal()
    return 0.5 + 0.5 * (days - start) / (end - start)


def days_of_use(everybody: Sequence[Person], era: Era) -> tuple[Ordinals, Ordinals]:
    """All days of the era on which anybody used the product, with the places of who did."""
    inside = [person.days[person.days >= era.start.toordinal()] for person in everybody]
    places = np.repeat(np.arange(len(everybody)), [len(days) for days in inside])
    return np.concatenate([np.empty(0, dtype=np.int64), *inside]).astype(np.int64), places


def _opinions(
    member: Member,
    everybody: Sequence[Person],
    chosen: Sequence[tuple[int, int]],
    era: Era,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    habits = HABITS[member.fate]
    end = era.end.toordinal()
    means = [centre(round(habits.users - habits.users_drift * (end - day) / _DAYS_IN_MONTH, 1)) for day, _ in chosen]
    leans = [everybody[place].lean + _ROSIER * everybody[place].signed_by_partner for _, place in chosen]
    passing: NDArray[np.float64] = rng.normal(0, _PASSING_SPREAD, len(chosen))
    return passing + means + leans
