"""The made-up people, partners and years that the page reckons with."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from feedback.stats import nps, states, trend
from feedback.tallies.seat_counts import COUNTS, NO_DAY, Activity, Seats, count

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

PEOPLE = nps.Tally(8, 13, 15)
ONE_HAPPY, FIVE_HAPPY, ONE_BETWEEN = nps.Tally(0, 0, 1), nps.Tally(0, 0, 5), nps.Tally(0, 1, 0)

USERS_OF_A_PARTNER = nps.Tally(20, 15, 15)
BUYERS = {1: nps.Tally(0, 0, 1), 2: nps.Tally(0, 1, 1), 4: nps.Tally(0, 2, 2), 20: nps.Tally(0, 10, 10)}

PARTNERS = {
    "A": (nps.Tally(2, 3, 5), 40),
    "B": (nps.Tally(6, 2, 2), 25),
    "C": (nps.Tally(1, 1, 8), 100),
    "D": (nps.Tally(0, 2, 1), 10),
    "E": (nps.Tally(10, 20, 30), 400),
    "F": (nps.Tally(3, 0, 1), 15),
}
"""Answers and licences."""

AS_OF, ENGAGED_DAYS, ABANDONED_DAYS = date(2026, 11, 30), 30, 14
LICENCES = 400


class Seat(NamedTuple):
    """Days of one seat; `activated`: the first active day after onboarding."""

    deployed: date | None
    first: date | None
    last: date | None
    activated: date | None


_SEPTEMBER = date(2026, 9, 1)
SEATS = (
    Seat(_SEPTEMBER, date(2026, 9, 3), date(2026, 11, 20), date(2026, 9, 4)),
    Seat(_SEPTEMBER, None, None, None),
    Seat(_SEPTEMBER, date(2026, 9, 3), date(2026, 9, 10), date(2026, 9, 10)),
    Seat(_SEPTEMBER, date(2026, 9, 3), date(2026, 10, 12), date(2026, 9, 4)),
    Seat(None, date(2026, 9, 5), date(2026, 9, 18), None),
)
"""One of each fate, and one whose day of deployment nobody stated."""
_EVERYONE = (
    *[SEATS[0]] * 132,
    *[SEATS[0]._replace(activated=None)] * 8,
    *[SEATS[1]] * 60,
    *[SEATS[2]] * 38,
    *[SEATS[2]._replace(activated=None)] * 62,
    *[SEATS[3]] * 45,
    *[SEATS[3]._replace(activated=None)] * 15,
)


def fates(seats: tuple[Seat, ...] = _EVERYONE) -> dict[str, int]:
    """How many of `seats` are what, as of the example's day."""
    none = np.full(len(seats), NO_DAY)
    known = Seats(
        deployed_on=_days([seat.deployed for seat in seats]),
        left_on=none,
        seen_on=_days([seat.deployed or seat.first for seat in seats]),
        first_active_on=_days([seat.first for seat in seats]),
        last_active_on=_days([seat.last for seat in seats]),
        first_activated_on=_days([seat.activated for seat in seats]),
        first_meaningful_on=none,
        last_purged_on=none,
        objected_on=none,
        segment_id=np.zeros(len(seats), dtype=np.int64),
    )
    empty = np.zeros(0, dtype=np.int64)
    counted = count(
        known,
        Activity(empty, empty, empty, empty),
        today=AS_OF.toordinal(),
        engaged_days=ENGAGED_DAYS,
        abandoned_days=ABANDONED_DAYS,
    )
    return dict(zip(COUNTS, counted.counts[-1].tolist(), strict=True))


def _days(days: list[date | None]) -> Whole:
    return np.array([NO_DAY if day is None else day.toordinal() for day in days])


class PartnerMonth(NamedTuple):
    """What is known of one partner at a month's end."""

    activated: int
    licences: int
    buyers: nps.Tally
    fact: bool | None = None


_HAPPY = nps.Tally(0, 1, 3)
STORY = (
    PartnerMonth(24, 40, _HAPPY),
    PartnerMonth(26, 48, _HAPPY),
    PartnerMonth(27, 53, _HAPPY),
    PartnerMonth(28, 64, _HAPPY),
    PartnerMonth(30, 64, _HAPPY),
    PartnerMonth(30, 64, ONE_BETWEEN),
    PartnerMonth(28, 64, ONE_BETWEEN, fact=False),
    PartnerMonth(30, 64, ONE_BETWEEN, fact=False),
)
"""A partner that buys licences faster than its people begin; at last it gives notice."""


@dataclass(frozen=True, slots=True)
class Told:
    """One month of the story, judged."""

    month: PartnerMonth
    users: float
    buyers: float | None
    quadrants: dict[str, float] | None
    state: str
    side: str


def story() -> list[Told]:
    """The example partner, month by month."""
    users = [states.share_above(one.activated, one.licences, 0.5) or 0.0 for one in STORY]
    buyers = [states.buyers_fine(one.buyers, one.fact) for one in STORY]
    quadrants = [states.quadrants(*both) for both in zip(users, buyers, strict=True)]
    walked = states.walk(quadrants)
    sides = states.side_at_risk(zip(users, buyers, strict=True))
    known = zip(STORY, users, buyers, quadrants, strict=True)
    return [Told(*own, state.name, side.name) for own, state, side in zip(known, walked, sides, strict=True)]


@lru_cache
def many_partners() -> tuple[Whole, Floats]:
    """Tallies (partners, 3) of eighty partners from 2 to 300 answers, and their true scores in points."""
    random = np.random.default_rng(5)
    people = np.round(np.exp(np.linspace(np.log(2), np.log(300), 80))).astype(np.int64)
    shares = random.dirichlet(25 * np.array([0.25, 0.33, 0.42]), len(people))
    return random.multinomial(people, shares), 100 * (shares[:, 2] - shares[:, 0])


QUIET, TRUE_POINTS, A_DAY, YEARS = (0.2, 0.35, 0.45), 25.0, 3, 2000


@lru_cache
def quiet_years() -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Many years in which nothing changes, as read at every day's end: fixed low and high, sequence low and high, mean.

    Each of shape (years, days), in points; nan before the first answer.
    """
    random = np.random.default_rng(1)
    days = random.multinomial(random.poisson(A_DAY, (YEARS, 365)), QUIET).cumsum(axis=1)
    tallies = nps.Tallies(*np.moveaxis(days, -1, 0))
    low, high = tallies.limits(0.95)
    detractors, _, promoters = tallies.parts
    ends = trend.confidence_sequences(tallies.count, promoters - detractors, promoters + detractors)
    return 100 * low, 100 * high, *ends, 100 * tallies.means


def misses(low: Floats, high: Floats) -> NDArray[np.bool_]:
    """On which days an interval does not hold the true score."""
    return (low > TRUE_POINTS) | (high < TRUE_POINTS)


@lru_cache
def a_drop() -> tuple[Whole, trend.Changed]:
    """Answers by month (months, 3) of a partner whose users turned in the seventh, and the change that was found."""
    random = np.random.default_rng(3)
    months = np.concatenate(
        [random.multinomial(40, QUIET, size=6), random.multinomial(40, (0.45, 0.30, 0.25), size=4)]
    ).astype(np.int64)
    changed = trend.change(months.sum(axis=1), months[:, 2] - months[:, 0], months[:, 2] + months[:, 0])
    if changed is None:
        raise ArithmeticError("the example must have a change in it")
    return months, changed


ELIGIBLE = 120
FUNNEL = (("licences", 400), ("deployed", 360), ("active", 140), ("eligible", ELIGIBLE), ("shown", 75), ("scored", 36))
REPRESENTED = {"office": (200, 26), "field": (160, 10)}
"""Deployed seats and those of them who answered, by an attribute."""
ANSWERS_BY_PLACE = {("office",): nps.Tally(3, 10, 13), ("field",): nps.Tally(5, 3, 2)}

BEFORE_SCORES, AFTER_SCORES = (40, -10), (45, -5)
WEIGHTS = {"large": (0.8, 0.4), "small": (0.2, 0.6)}


def mixed(people: int) -> tuple[dict[str, nps.Tally], dict[str, nps.Tally]]:
    """Two segments before and after, with so many hundred answers in each."""
    before = {"large": nps.Tally(20, 20, 60), "small": nps.Tally(40, 30, 30)}
    after = {"large": nps.Tally(15, 25, 60), "small": nps.Tally(35, 35, 30)}
    return _times(before, people), _times(after, people)


def _times(tallies: dict[str, nps.Tally], people: int) -> dict[str, nps.Tally]:
    return {name: nps.Tally(*(people * part for part in tally.parts)) for name, tally in tallies.items()}


SERIES = (
    nps.Tally(9, 14, 17),
    nps.Tally(10, 13, 17),
    nps.Tally(11, 14, 15),
    nps.Tally(12, 14, 14),
    nps.Tally(14, 13, 13),
    nps.Tally(15, 14, 11),
)
