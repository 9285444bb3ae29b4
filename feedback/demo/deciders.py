"""The buyers of a partner and what they answer, in a wave every quarter."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from feedback.core.months import first_day, month_of
from feedback.demo.cast import Member
from feedback.demo.deals import Deal
from feedback.demo.fates import HABITS
from feedback.demo.opinions import centre, quantiles, taps
from feedback.demo.phrases import BuyerMood, buyers_comment, language
from feedback.demo.season import Era, at_work

TITLES = (
    ("people-director", "People director", "decision_maker"),
    ("head-of-it", "Head of IT", "admin"),
    ("workplace", "Workplace manager", "champion"),
    ("procurement", "Procurement lead", "decision_maker"),
    ("finance", "Finance director", "decision_maker"),
)
_REASONS: tuple[BuyerMood, ...] = ("price", "value", "effort", "other")
_WAVE_MONTHS = 3
_ANSWERS = 0.85
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
    """All waves; a buyer holds much the same view from one to the next."""
    if not member.buyers:
        return []
    habits = HABITS[member.fate]
    views = rng.permutation(quantiles(member.buyers)) * _SPREAD
    made = []
    for day, months_ago in _waves(of, era):
        mean = centre(round(habits.buyers - habits.buyers_drift * months_ago, 1))
        scores = taps(mean + views + rng.normal(0, _PASSING_SPREAD, member.buyers)).tolist()
        for buyer, score in enumerate(scores):
            # One answers every time: a partner should not fall silent for a quarter by accident.
            if buyer == 0 or rng.random() < _ANSWERS:
                made.append(_answer(member, buyer, score, day, rng))
    return made


def _answer(member: Member, buyer: int, score: int, first: date, rng: np.random.Generator) -> BuyerAnswer:
    habits = HABITS[member.fate]
    reason: BuyerMood | None = None
    if score < 9 and rng.random() < _NAMES_A_REASON:
        reason = _REASONS[int(rng.choice(len(_REASONS), p=habits.doubts))]
    mood: BuyerMood | None = "fine" if score >= 9 else reason
    locale = member.locales[0]
    text = buyers_comment(language(locale), mood, rng) if mood and rng.random() < _COMMENTS else None
    day = first.toordinal() + int(rng.integers(18))
    return BuyerAnswer(buyer, at_work(day, rng), score, reason, text, locale)


def _waves(of: Deal, era: Era) -> list[tuple[date, int]]:
    """First days of the waves with how many months ago they were; the last one was last month."""
    latest = month_of(era.day(0)) - 1
    waves = []
    for months_ago in range(0, 14, _WAVE_MONTHS):
        day = first_day(latest - months_ago) + timedelta(days=4)
        if max(of.since, era.start) <= day and day + timedelta(days=18) <= of.until:
            waves.append((day, months_ago + 1))
    return waves[::-1]
