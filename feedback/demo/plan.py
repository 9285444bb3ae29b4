"""How many seats each partner has and how many of its people's answers there are, known before anything is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from feedback.demo.cast import Member
from feedback.demo.fates import HABITS
from feedback.demo.season import Era

ANSWERS = 10_000
_FEWEST_SEATS = 6


@dataclass(frozen=True, slots=True)
class Share:
    """One partner's part of the world."""

    seats: int
    answers: int


def shares(cast: Sequence[Member], scale: float, when: Era) -> list[Share]:
    """The parts of all partners, in the order of `cast`; answers add up to 10,000 times `scale`."""
    seats = [max(min(member.seats, _FEWEST_SEATS), round(member.seats * scale)) for member in cast]
    weights = [_weight(member, count, when) for member, count in zip(cast, seats, strict=True)]
    wanted = [ANSWERS * scale * weight / sum(weights) for weight in weights]
    answers = [int(number) for number in wanted]
    by_remainder = sorted(range(len(cast)), key=lambda place: answers[place] - wanted[place])
    for place in by_remainder[: round(ANSWERS * scale) - sum(answers)]:
        answers[place] += 1
    return [Share(*pair) for pair in zip(seats, answers, strict=True)]


def _weight(member: Member, seats: int, when: Era) -> float:
    habits = HABITS[member.fate]
    voice = habits.voice * member.voice
    return voice * seats * (1 - habits.use[0]) * _exposure(member, when)


def _exposure(member: Member, when: Era) -> float:
    """The share of the era in which the partner's people had the product."""
    whole = (when.end - when.start).days
    first, last = when.start, when.end
    if member.fate == "new":
        first = when.day(member.renews_in_days - 365)
    if member.outcome == "churned":
        last = when.day(member.renews_in_days - 1)
    return max(0, _days(first, last)) / whole


def _days(first: date, last: date) -> int:
    return (last - first).days
