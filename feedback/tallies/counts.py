"""What is counted, by partner, as arrays in memory, and the sums over it that reports are made from."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from functools import cached_property
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from feedback.core.months import NEVER
from feedback.responses.models import REASONS
from feedback.surveys.models import AUDIENCES, METRICS
from feedback.tallies.kept import kept
from feedback.tallies.layers import Integers, Layer, Rows, summed
from feedback.tallies.models import SCORES, SeatCounts
from feedback.tallies.seat_counts import LONGEST

TRUSTS = ("vendor", "partner", "none", "aside")
"""Who vouches for voices, and those that were set aside: no report counts these."""
REACHED = ("active", "shown")
SEAT_COUNTS = tuple(SeatCounts.__annotations__)
"""The names of what is counted of seats: the last axis of `Cube.seats`."""
SEAT = {name: number for number, name in enumerate(SEAT_COUNTS)}
"""Where each of them stands."""

_SCORES = len(SCORES)
_AUDIENCES = len(AUDIENCES)


@dataclass(frozen=True)
class Layers:
    """The tables of the cube, one layer each. Keys that are words are places in the tuple of those words."""

    people: Layer
    """Keys audience, metric, trust, month, next_month, next_vendor_month; counts of scores 0 to 10 and comments."""
    reasons: Layer
    """The same with the key reason."""
    seats: Layer
    """Key month; counts: counted_on, which is no count but a proleptic ordinal, and SEAT_COUNTS."""
    reached: Layer
    """Keys kind, month, next_month; seats."""
    first_values: Layer
    """Keys month and days; seats."""
    buyers: Layer
    """Keys metric, trust, month, next_month, next_vendor_month and day; one buyer each."""


@dataclass(frozen=True)
class Cube:
    """Counts by partner. Along the first axis of every result stand `partners`, in that order.

    Months are those of `feedback.core.months`; windows include both ends. Audiences stand in the order of AUDIENCES.
    `trust` is who must vouch for a voice. People are counted once, at their latest voice of the window: for that a
    `trust` with `partner` and without `vendor` raises ValueError, because it cannot be counted.
    """

    partners: tuple[UUID, ...]
    layers: Layers

    @cached_property
    def place(self) -> dict[UUID, int]:
        """Where each partner stands."""
        return {partner: number for number, partner in enumerate(self.partners)}

    @cached_property
    def active_since(self) -> int:
        """The first month in which anybody was active; NEVER without any activity."""
        cells = self.layers.reached
        return int(cells["month"][cells["kind"] == REACHED.index("active")].min(initial=NEVER))

    def only(self, partner_id: UUID) -> "Cube":
        """The cube of one partner alone, whether or not anything is counted there."""
        place = self.place.get(partner_id)
        own = (getattr(self.layers, field.name).only(place) for field in fields(Layers))
        return Cube((partner_id,), Layers(*own))

    @kept
    def people(self, metric: str, first_month: int, last_month: int, trust: Collection[str]) -> Integers:
        """People by score. Shape: partners, audiences, scores 0 to 10."""
        cells = self.layers.people
        rows = _latest(cells, metric, first_month, last_month, trust)
        groups = self._side(cells, rows)
        return summed(cells.counts.take(rows, axis=0), groups, (len(self.partners), _AUDIENCES))[..., :_SCORES]

    @kept
    def people_by_trust(self, metric: str, first_month: int, last_month: int) -> Integers:
        """People of everybody, by who vouches for their latest voice. Shape: partners, audiences, TRUSTS, scores."""
        cells = self.layers.people
        rows = _latest(cells, metric, first_month, last_month, TRUSTS)
        groups = self._side(cells, rows) * len(TRUSTS) + cells["trust"][rows]
        shape = (len(self.partners), _AUDIENCES, len(TRUSTS))
        return summed(cells.counts.take(rows, axis=0), groups, shape)[..., :_SCORES]

    @kept
    def voices_by_month(self, metric: str, first_month: int, last_month: int, trust: Collection[str]) -> Integers:
        """Voices: who answered in three months counts in each. Shape: partners, audiences, months, scores."""
        cells, months = self.layers.people, last_month - first_month + 1
        rows = np.flatnonzero(_within(cells, metric, first_month, last_month) & _vouched(cells, trust))
        groups = self._side(cells, rows) * months + (cells["month"][rows] - first_month)
        shape = (len(self.partners), _AUDIENCES, months)
        return summed(cells.counts.take(rows, axis=0), groups, shape)[..., :_SCORES]

    @kept
    def people_at_month_ends(self, metric: str, months: range, window_months: int, trust: Collection[str]) -> Integers:
        """For every month of `months` the people of the `window_months` that end with it.

        Shape: partners, audiences, months, scores.
        """
        cells = self.layers.people
        month, following = cells["month"], _following(cells, trust)
        # A voice is its respondent's latest in the windows that end from its month on, until the next voice or
        # until the window has passed it by: a run of months, which two changes per cell say.
        begins = np.maximum(month, months.start)
        ends = np.minimum(np.minimum(month + window_months, following), months.stop)
        chosen = (cells["metric"] == METRICS.index(metric)) & _vouched(cells, trust) & (begins < ends)
        rows = np.flatnonzero(chosen)
        line = self._side(cells, rows) * (len(months) + 1) - months.start
        shape = (len(self.partners), _AUDIENCES, len(months) + 1)
        counts = cells.counts.take(rows, axis=0)
        runs = summed(counts, line + begins[rows], shape, until=line + ends[rows])
        return runs[:, :, :-1, :_SCORES]

    @kept
    def commented(self, metric: str, first_month: int, last_month: int, trust: Collection[str]) -> Integers:
        """People whose latest voice has a comment. Shape: partners, audiences."""
        cells = self.layers.people
        rows = _latest(cells, metric, first_month, last_month, trust)
        counts = cells.counts[rows, _SCORES:]
        return summed(counts, self._side(cells, rows), (len(self.partners), _AUDIENCES))[..., 0]

    @kept
    def reasons(
        self, metric: str, first_month: int, last_month: int, trust: Collection[str], audience: str
    ) -> Integers:
        """People whose latest voice gives a reason, by reason. Shape: partners, REASONS."""
        cells = self.layers.reasons
        rows = _latest(cells, metric, first_month, last_month, trust)
        rows = rows[cells["audience"][rows] == AUDIENCES.index(audience)]
        people = cells.counts[rows, :_SCORES].sum(axis=1, keepdims=True)
        groups = cells.place[rows] * len(REASONS) + cells["reason"][rows]
        return summed(people, groups, (len(self.partners), len(REASONS)))[..., 0]

    def seats(self, month: int) -> Integers:
        """Seats at the end of the month, as in `seats_by_month`. Shape: partners, SEAT_COUNTS."""
        return self.seats_by_month(month, month)[:, 0]

    @kept
    def seats_by_month(self, first_month: int, last_month: int) -> Integers:
        """Seats at the end of every month. Shape: partners, months, SEAT_COUNTS.

        Of months behind the last that was counted: as they were then, because a month that has just begun is not
        one without seats. Zeros where nothing was counted before.
        """
        cells, months = self.layers.seats, np.arange(first_month, last_month + 1)
        found = np.zeros((len(self.partners), len(months), len(SEAT_COUNTS)), np.int64)
        rows = np.flatnonzero((cells["month"] >= first_month) & (cells["month"] <= last_month))
        found[cells.place[rows], cells["month"][rows] - first_month] = cells.counts[rows, 1:]
        rows = self._last_counted(last_month)
        later, behind = np.nonzero(months > cells["month"][rows][:, None])
        found[cells.place[rows[later]], behind] = cells.counts[rows[later], 1:]
        return found

    @kept
    def counted_on(self, month: int) -> Integers:
        """As of which day the seats of the month were counted last, a proleptic ordinal; 0: never. Shape: partners.

        Where the month was not counted yet, the last one before it.
        """
        cells, rows = self.layers.seats, self._last_counted(month)
        found = np.zeros(len(self.partners), np.int64)
        found[cells.place[rows]] = cells.counts[rows, 0]
        return found

    @kept
    def reached(self, kind: str, first_month: int, last_month: int) -> Integers:
        """Distinct seats of the window that were active, or were shown a survey (REACHED). Shape: partners."""
        cells = self.layers.reached
        within = (cells["month"] >= first_month) & (cells["month"] <= last_month) & (cells["next_month"] > last_month)
        rows = np.flatnonzero(within & (cells["kind"] == REACHED.index(kind)))
        return summed(cells.counts[rows], cells.place[rows], (len(self.partners),))[..., 0]

    @kept
    def reached_by_month(self, kind: str, first_month: int, last_month: int) -> Integers:
        """The same of every month as a window of its own. Shape: partners, months."""
        cells, months = self.layers.reached, last_month - first_month + 1
        within = (cells["month"] >= first_month) & (cells["month"] <= last_month)
        rows = np.flatnonzero(within & (cells["kind"] == REACHED.index(kind)))
        groups = cells.place[rows] * months + (cells["month"][rows] - first_month)
        return summed(cells.counts[rows], groups, (len(self.partners), months))[..., 0]

    @kept
    def first_value_days(self, month: int) -> Integers:
        """Seats by the days from deployment to the first meaningful action, if that came by the end of the month.

        Shape: partners, days 0 to LONGEST.
        """
        cells, days = self.layers.first_values, LONGEST + 1
        rows = np.flatnonzero(cells["month"] <= month)
        groups = cells.place[rows] * np.int64(days) + cells["days"][rows]
        seats = np.bincount(groups, cells.counts[rows, 0], len(self.partners) * days)
        return seats.astype(np.int64).reshape(-1, days)

    def buyer_days(self, metric: str, first_month: int, last_month: int, trust: Collection[str]) -> tuple[Rows, Rows]:
        """Each buyer's day of their latest voice, a proleptic ordinal: place of the partner, day."""
        cells = self.layers.buyers
        rows = _latest(cells, metric, first_month, last_month, trust)
        return cells.place[rows], cells["day"][rows]

    def _side(self, cells: Layer, rows: NDArray[np.intp]) -> Rows:
        return cells.place[rows] * _AUDIENCES + cells["audience"][rows]

    def _last_counted(self, month: int) -> NDArray[np.intp]:
        """Of every partner whose seats were counted for this month or one before it, the row of the last."""
        cells = self.layers.seats
        rows = np.flatnonzero(cells["month"] <= month)
        last = np.zeros(len(self.partners), np.int32)
        np.maximum.at(last, cells.place[rows], cells["month"][rows])
        latest: NDArray[np.bool_] = cells["month"][rows] == last[cells.place[rows]]
        return rows[latest]


def _within(cells: Layer, metric: str, first_month: int, last_month: int) -> NDArray[np.bool_]:
    month = cells["month"]
    within: NDArray[np.bool_] = (cells["metric"] == METRICS.index(metric)) & (month >= first_month)
    return within & (month <= last_month)


def _vouched(cells: Layer, trust: Collection[str]) -> NDArray[np.bool_]:
    chosen: NDArray[np.bool_] = np.array([name in trust for name in TRUSTS])
    return chosen[cells["trust"]]


def _following(cells: Layer, trust: Collection[str]) -> Rows:
    """The month of the same respondent's next voice that counts; a cell knows it for two sets of trust."""
    if "partner" in trust and "vendor" not in trust:
        raise ValueError("voices that partners vouch for are counted together with the vendor's only")
    return cells["next_month" if "partner" in trust else "next_vendor_month"]


def _latest(cells: Layer, metric: str, first_month: int, last_month: int, trust: Collection[str]) -> NDArray[np.intp]:
    """Rows of the voices that no later one of the same respondent in the window replaces."""
    latest = _following(cells, trust) > last_month
    return np.flatnonzero(_within(cells, metric, first_month, last_month) & _vouched(cells, trust) & latest)
