"""The buyers of a partner and what they answer, each once in a quarter."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from feedback.core.months import first_day, month_of
from feedback.demo.cast import Member
from feedback.demo.deals import Deal
from feedback.demo.fates import HABITS
from feedback.demo.opinions import centre, quantiles, taps
from feedback.demo.phrases import BuyerMood, buyers_comment, language
from feedback.demo.season import MONTHS, Era, at_work

TITLES = (
    ("people-director", "People director", "decision_maker"),
    ("head-of-it", "Head of IT", "admin"),
    ("workplace", "Workplace manager", "champion"),
    ("procurement", "Procurement lead", "decision_maker"),
    ("finance", "Finance director", "decision_maker"),
)
_REASONS: tuple[BuyerMood, ...] = ("price", "value", "effort", "other")
_TURN_MONTHS = 3
_BEGUN_DAYS = 8
_ANSWERS = 0.9
_SPREAD, _PASSING_SPREAD = 0.95, 0.3
_NAMES_A_REASON, _COMMENTS = 0.85, 0.55


@dataclass(frozen=True, slots=True)
class BuyerAnswer:
    """One buyer's score; `buyer` is a place in TITLES."""

    buyer: int
    answered_at: datetime
    score: int
    reason: str | None
    comment: str | None
    locale: str


def buyer_answers(member: Member, of: Deal, era: Era, rng: np.random.Generator) -> list[BuyerAnswer]:
    """Everything that the buyers said; each holds much the same view from one quarter to the next."""
    habits = HABITS[member.fate]
    views = rng.permutation(quantiles(member.buyers)) * _SPREAD
    made = []
    for buyer, view in enumerate(views.tolist()):
        for first, last, months_ago in _turns(of, era, rng):
            mean = centre(round(habits.buyers - habits.buyers_drift * months_ago, 1))
            score = int(taps(np.array([mean + view + rng.normal(0, _PASSING_SPREAD)]))[0])
            # One answers every time: a partner should not fall silent for a quarter by accident.
            if buyer == 0 or rng.random() < _ANSWERS:
                made.append(_answer(member, buyer, score, int(rng.integers(first, last + 1)), rng))
    return sorted(made, key=lambda one: one.answered_at)


def _answer(member: Member, buyer: int, score: int, day: int, rng: np.random.Generator) -> BuyerAnswer:
    habits = HABITS[member.fate]
    reason: BuyerMood | None = None
    if score < 9 and rng.random() < _NAMES_A_REASON:
        reason = _REASONS[int(rng.choice(len(_REASONS), p=habits.doubts))]
    mood: BuyerMood | None = "fine" if score >= 9 else reason
    locale = member.locales[0]
    text = buyers_comment(language(locale), mood, rng) if mood and rng.random() < _COMMENTS else None
    return BuyerAnswer(buyer, at_work(day, rng), score, reason, text, locale)


def _turns(of: Deal, era: Era, rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    """When a buyer is asked: first and last day (ordinals) and how many months ago that is.

    Once in every three months, in any of them: so each month has somebody's answer and the last three have
    everybody's. A month that has only begun is nobody's turn yet.
    """
    today = era.day(0)
    begun = 0 if today.day > _BEGUN_DAYS else 1
    for quarter in range(0, MONTHS, _TURN_MONTHS):
        months_ago = quarter + int(rng.integers(0 if quarter else begun, _TURN_MONTHS))
        first = first_day(month_of(today) - months_ago) + timedelta(days=1)
        last = min(first + timedelta(days=18), of.until)
        if max(of.since, era.start) <= first <= last:
            yield first.toordinal(), last.toordinal(), months_ago
