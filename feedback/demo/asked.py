"""Who was shown the question, and when: whoever answered, and more who did not: in a quarter one in two answers."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from feedback.demo.answers import Answer, days_of_use
from feedback.demo.people import Person
from feedback.demo.season import Era

_PER_ANSWER = (2.0, 4.0)
"""How often somebody is asked in vain for one answer: from, to; every partner has its own."""
_QUIET_DAYS = 30
_ANSWERED_DAYS = 90


def asked(
    everybody: Sequence[Person], given: Sequence[Answer], when: Era, rng: np.random.Generator
) -> list[tuple[int, date]]:
    """Places in `everybody` and the days on which they were shown the question, as the service would have shown it.

    Answers that nobody vouches for belong to nobody.
    """
    answered: dict[int, list[int]] = {}
    for answer in given:
        if answer.trust != "none":
            answered.setdefault(answer.person, []).append(answer.answered_at.toordinal())
    made = [(place, day) for place, days in answered.items() for day in days]
    days, places = days_of_use(everybody, when)
    wanted = len(made) + round(len(made) * float(rng.uniform(*_PER_ANSWER)))
    # Somebody who is there every day is not asked more often than somebody who is there every week.
    rarely = np.bincount(places, minlength=len(everybody))[places] ** 0.8
    order = np.argsort(rng.exponential(size=len(days)) * rarely)
    shown: dict[int, list[int]] = {}
    for index in order.tolist():
        if len(made) >= wanted:
            break
        place, day = int(places[index]), int(days[index])
        own = shown.setdefault(place, [])
        if _may_be_asked(day, own, answered.get(place, [])):
            own.append(day)
            made.append((place, day))
    return [(place, date.fromordinal(day)) for place, day in made]


def _may_be_asked(day: int, shown: Sequence[int], answered: Sequence[int]) -> bool:
    """Nobody is asked again soon, nor for a quarter after an answer; nor in vain shortly before one."""
    soon = any(abs(day - other) < _QUIET_DAYS for other in (*shown, *answered))
    return not soon and not any(0 <= day - other < _ANSWERED_DAYS for other in answered)
