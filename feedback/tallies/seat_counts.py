"""Count seats as of a day: who was deployed, who came, who stayed. Pure: arrays in, arrays out, no database, no clock.

Days are proleptic ordinals (`date.toordinal`), months as in `feedback.core.months`. What lies after `today` is ignored.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feedback.core.months import NEVER

Integers = NDArray[np.int64]

NO_DAY = 9_999_999
"""Stands for a day that there is not; later than every day."""
LONGEST = 366
"""Days to the first meaningful action are counted up to this: a year and more."""
MOST_MONTHS = 120
"""How many months before the current one are counted."""
COUNTS = (
    "deployed",
    "active_once",
    "activated",
    "engaged",
    "never",
    "abandoned",
    "lapsed",
    "activated_abandoned",
    "meaningful",
    "objected",
)

_ENGAGED, _NEVER, _ABANDONED, _LAPSED = range(4)
_ACTIVATED, _MEANINGFUL, _OBJECTED = 4, 8, 16
_CODES = 32
_EPOCH_DAY, _EPOCH_MONTH = 719_163, 1970 * 12


@dataclass(frozen=True, slots=True)
class Seats:
    """One element per seat, in every array; `NO_DAY` where there is no such day."""

    deployed_on: Integers
    left_on: Integers
    seen_on: Integers
    first_active_on: Integers
    last_active_on: Integers
    first_activated_on: Integers
    first_meaningful_on: Integers
    last_purged_on: Integers
    """The last active day among those that are not in `Activity` any more."""
    objected_on: Integers
    segment_id: Integers


@dataclass(frozen=True, slots=True)
class Activity:
    """Days of a month as bits, bit 0 the first. `seat`: a place in the arrays of `Seats`, in any order and often."""

    seat: Integers
    month: Integers
    days: Integers
    shown_days: Integers


@dataclass(frozen=True, slots=True)
class SeatTallies:
    """What was counted. Rows of `counts` have the columns of `COUNTS`; rows of keys belong to them one by one."""

    months: Integers
    counted_on: Integers
    """The day as of which the month was counted: its last, or today."""
    counts: Integers
    segment_keys: Integers
    """Month and segment."""
    segment_counts: Integers
    cohort_keys: Integers
    """Month and month of deployment."""
    cohort_counts: Integers
    active: Integers
    """Month, next month in which the same seats were active (`NEVER` if none), and how many seats."""
    shown: Integers
    """The same of seats that were shown a survey."""
    first_value: Integers
    """Month of the first meaningful action, days to it from deployment, and how many seats."""


def count(seats: Seats, activity: Activity, *, today: int, engaged_days: int, abandoned_days: int) -> SeatTallies:
    """Count seats for every month from the first with a seat deployed, 120 before the current one at most, to this.

    A seat is deployed from its stated day on, or from its first activity if that was before; where no day is stated,
    from its first activity or the day it was first heard of. It counts until the day before it left. As of a day D,
    the first of these that fits is its fate: `engaged` (active on any of the last `engaged_days` days, D included),
    `never` (no activity up to D), `abandoned` (none up to D later than `abandoned_days` after the stated day of
    deployment, else after the first activity), `lapsed`. `activated`: active after onboarding by D.

    Distinct seats active or shown count whoever left as well.
    """
    rows = _until(activity, today)
    deployed = _deployment(seats)
    this_month = int(month_of(np.array([today]))[0])
    first = min([this_month, *month_of(deployed[deployed <= today]).tolist()])
    months = np.arange(max(first, this_month - MOST_MONTHS), this_month + 1)
    ends = np.minimum(first_day(months + 1) - 1, today)
    started = np.where(seats.deployed_on == NO_DAY, seats.first_active_on, seats.deployed_on)
    segments, segment = np.unique(seats.segment_id, return_inverse=True)
    cohorts, cohort = np.unique(month_of(deployed), return_inverse=True)
    by_segment, by_cohort = _Groups(segments), _Groups(cohorts)
    counts = np.zeros((len(months), len(COUNTS)), dtype=np.int64)
    for place, (end, last) in enumerate(zip(ends.tolist(), _last_active(seats, rows, months, ends), strict=True)):
        fate = np.select(
            [last > end - engaged_days, last == 0, last <= started + abandoned_days],
            [_ENGAGED, _NEVER, _ABANDONED],
            _LAPSED,
        )
        code = (
            fate
            + _ACTIVATED * (seats.first_activated_on <= end)
            + _MEANINGFUL * (seats.first_meaningful_on <= end)
            + _OBJECTED * (seats.objected_on <= end)
        )
        there = (deployed <= end) & (seats.left_on > end)
        counts[place] = by_segment.add(int(months[place]), segment[there], code[there])
        by_cohort.add(int(months[place]), cohort[there], code[there])
    return SeatTallies(
        months,
        ends,
        counts,
        *by_segment.result(),
        *by_cohort.result(),
        active=_reached(rows.seat, rows.month, rows.days),
        shown=_reached(rows.seat, rows.month, rows.shown_days),
        first_value=_first_value(seats, deployed, today),
    )


def month_of(days: Integers) -> Integers:
    """The months in which `days` lie."""
    moments = (days - _EPOCH_DAY).astype("datetime64[D]").astype("datetime64[M]")
    return moments.astype(np.int64) + _EPOCH_MONTH


def first_day(months: Integers) -> Integers:
    """The first days of `months`."""
    moments = (months - _EPOCH_MONTH).astype("datetime64[M]").astype("datetime64[D]")
    return moments.astype(np.int64) + _EPOCH_DAY


def _deployment(seats: Seats) -> Integers:
    stated = np.where(seats.deployed_on == NO_DAY, seats.seen_on, seats.deployed_on)
    return np.minimum(stated, seats.first_active_on)


def _until(activity: Activity, today: int) -> Activity:
    """Without what is said of days after `today`."""
    past_days = np.clip(today - first_day(activity.month) + 1, 0, 31)
    past = np.left_shift(1, past_days) - 1
    return Activity(activity.seat, activity.month, activity.days & past, activity.shown_days & past)


def _last_active(seats: Seats, rows: Activity, months: Integers, ends: Integers) -> Iterator[Integers]:
    """For each of `ends` the last day up to it on which each seat was active, 0 if none."""
    active = rows.days != 0
    order = np.argsort(rows.month[active], kind="stable")
    month, seat = rows.month[active][order], rows.seat[active][order]
    # frexp gives the exponent of the highest bit that is set, exactly.
    day = first_day(month) + np.frexp(rows.days[active][order].astype(np.float64))[1] - 1
    bounds = np.searchsorted(month, months, side="right").tolist()
    last = np.zeros(len(seats.seen_on), dtype=np.int64)
    begin = 0
    for end, bound in zip(ends.tolist(), bounds, strict=True):
        np.maximum.at(last, seat[begin:bound], day[begin:bound])
        begin = bound
        # The seat's own days outlive its daily activity.
        for own in (seats.first_active_on, seats.last_active_on, seats.last_purged_on):
            np.maximum(last, np.where(own <= end, own, 0), out=last)
        yield last


class _Groups:
    """Counts of one grouping of seats, month by month; groups without a seat are left out."""

    def __init__(self, values: Integers) -> None:
        self._values = values
        self._keys: list[Integers] = [np.empty((0, 2), dtype=np.int64)]
        self._counts: list[Integers] = [np.empty((0, len(COUNTS)), dtype=np.int64)]

    def add(self, month: int, group: Integers, code: Integers) -> Integers:
        """Count a month's seats by group; returns the total of all groups."""
        size = len(self._values)
        table = np.bincount(group * _CODES + code, minlength=size * _CODES).reshape(size, _CODES)
        filled = table.any(axis=1)
        counts: Integers = table[filled] @ _MEANING
        self._keys.append(np.column_stack([np.full(len(counts), month), self._values[filled]]))
        self._counts.append(counts)
        total: Integers = counts.sum(axis=0)
        return total

    def result(self) -> tuple[Integers, Integers]:
        """Keys (month, group) and counts."""
        return np.concatenate(self._keys), np.concatenate(self._counts)


def _reached(seat: Integers, month: Integers, days: Integers) -> Integers:
    reached = days != 0
    seats, months = _apart(np.unique(_together(seat[reached], month[reached])))
    following = np.full(len(months), NEVER, dtype=np.int64)
    same = seats[1:] == seats[:-1]
    following[:-1][same] = months[1:][same]
    cells, sizes = np.unique(_together(months, following), return_counts=True)
    return np.column_stack([*_apart(cells), sizes])


def _together(first: Integers, month: Integers) -> Integers:
    """Two numbers in one, which sorts twenty times faster than pairs. Months, and `NEVER`, have 20 bits."""
    return (first << 20) | month


def _apart(both: Integers) -> tuple[Integers, Integers]:
    return both >> 20, both & 0xF_FFFF


def _first_value(seats: Seats, deployed: Integers, today: int) -> Integers:
    known = seats.first_meaningful_on <= today
    first = seats.first_meaningful_on[known]
    days = np.clip(first - deployed[known], 0, LONGEST)
    cells, sizes = np.unique(_together(days, month_of(first)), return_counts=True)
    taken, months = _apart(cells)
    return np.column_stack([months, taken, sizes])


def _meaning() -> Integers:
    """Which of `COUNTS` a seat adds to, by its code."""
    code = np.arange(_CODES)
    fate = code % 4
    columns = {
        "deployed": code >= 0,
        "active_once": fate != _NEVER,
        "activated": code & _ACTIVATED != 0,
        "engaged": fate == _ENGAGED,
        "never": fate == _NEVER,
        "abandoned": fate == _ABANDONED,
        "lapsed": fate == _LAPSED,
        "activated_abandoned": (fate == _ABANDONED) & (code & _ACTIVATED != 0),
        "meaningful": code & _MEANINGFUL != 0,
        "objected": code & _OBJECTED != 0,
    }
    return np.column_stack([columns[name] for name in COUNTS]).astype(np.int64)


_MEANING = _meaning()
