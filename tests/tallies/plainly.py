"""The tallies of seats said plainly: person by person and day by day, as the words define them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from feedback.core.months import last_day, month_of

Counts = dict[tuple[int, ...], dict[str, int]]


@dataclass(frozen=True)
class Person:
    """What is known of one seat."""

    seen_on: date
    deployed_on: date | None = None
    left_on: date | None = None
    objected_on: date | None = None
    active: frozenset[date] = field(default_factory=frozenset)
    activated_on: date | None = None
    meaningful_on: date | None = None
    shown: frozenset[date] = field(default_factory=frozenset)
    segment: int = 0

    def deployment(self) -> date:
        """The day from which on it is deployed."""
        return min([self.deployed_on or self.seen_on, *self.active])

    def counts_on(self, day: date) -> bool:
        """Deployed, and not left."""
        return self.deployment() <= day and (self.left_on is None or self.left_on > day)

    def fate(self, day: date, engaged_days: int, abandoned_days: int) -> str:
        """Exactly one of the four."""
        so_far = [one for one in self.active if one <= day]
        if any((day - one).days < engaged_days for one in so_far):
            return "engaged"
        if not so_far:
            return "never"
        begin = self.deployed_on or min(so_far)
        return "abandoned" if all((one - begin).days <= abandoned_days for one in so_far) else "lapsed"

    def adds(self, day: date, engaged_days: int, abandoned_days: int) -> list[str]:
        """The counts that it is in as of `day`."""
        fate = self.fate(day, engaged_days, abandoned_days)
        activated = _by(self.activated_on, day)
        facts = {
            "deployed": True,
            "active_once": any(one <= day for one in self.active),
            "activated": activated,
            fate: True,
            "activated_abandoned": activated and fate == "abandoned",
            "meaningful": _by(self.meaningful_on, day),
            "objected": _by(self.objected_on, day),
        }
        return [name for name, true in facts.items() if true]


@dataclass(frozen=True)
class Plain:
    """What the tables of one partner ought to say; whatever is 0 is left out."""

    counted_on: dict[int, date]
    months: Counts
    segments: Counts
    cohorts: Counts
    first_value: dict[tuple[int, int], int]


def recount(people: list[Person], today: date, *, engaged_days: int, abandoned_days: int) -> Plain:
    """Everybody, as of the end of every month, and as of today."""
    this_month = month_of(today)
    first = min((month_of(one.deployment()) for one in people if one.deployment() <= today), default=this_month)
    months: Counts = {}
    segments: Counts = {}
    cohorts: Counts = {}
    counted_on = {month: min(last_day(month), today) for month in range(max(first, this_month - 120), this_month + 1)}
    for month, day in counted_on.items():
        for one in people:
            if one.counts_on(day):
                for name in one.adds(day, engaged_days, abandoned_days):
                    for table, key in (
                        (months, (month,)),
                        (segments, (month, one.segment)),
                        (cohorts, (month, month_of(one.deployment()))),
                    ):
                        table.setdefault(key, Counter())[name] += 1
    first_value = Counter(
        (month_of(one.meaningful_on), min((one.meaningful_on - one.deployment()).days, 366))
        for one in people
        if one.meaningful_on is not None and one.meaningful_on <= today
    )
    return Plain(counted_on, months, segments, cohorts, first_value)


def distinct(days: list[frozenset[date]], today: date, first: int, last: int) -> int:
    """How many of these have a day in the months `first` to `last`, today included, tomorrow not."""
    return sum(any(first <= month_of(day) <= last and day <= today for day in own) for own in days)


def days_of(month: int, bits: int) -> list[date]:
    """The days that `bits` stand for."""
    return [last_day(month).replace(day=1) + timedelta(days=place) for place in range(31) if bits >> place & 1]


def _by(day: date | None, end: date) -> bool:
    return day is not None and day <= end
