"""The tallies of seats: how many were deployed, came and stayed, counted anew per partner when something changed.

Whoever changes seats leaves a `SeatChange` in the same transaction. A recount takes these away, counts from the seats
as they then are, and writes what differs: run twice, late or after a crash, it ends in the same tallies. The day
changes what counts too, so every partner is counted once a day, and each month a last time when it has ended.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, bindparam, delete, func, select, union
from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.core.preferences import in_force
from feedback.core.upsert import upsert
from feedback.responses.seals import Sealed, seals
from feedback.seats.models import Seat, SeatChange
from feedback.settings import Settings
from feedback.tallies import seat_counts
from feedback.tallies.commands import lock
from feedback.tallies.generations import next_generation
from feedback.tallies.models import CohortSeats, FirstValueDays, PartnerSeats, ReachedSeats, SegmentSeats
from feedback.tallies.seat_rows import read
from feedback.tallies.verify import Difference

_SHOWN = 20
_AT_ONCE = 4
"""Partners per transaction: few, because on SQLite nobody else can write meanwhile."""

Rows = dict[tuple[Any, ...], tuple[Any, ...]]
"""One partner's rows of a table: key (without the partner) to counts."""


@dataclass(frozen=True, slots=True)
class _Cells:
    """A table of seat tallies; `keys` follow the partner in its primary key, `counts` are the other columns."""

    model: Any
    keys: tuple[str, ...]
    counts: tuple[str, ...]

    @property
    def table(self) -> Table:
        table: Table = self.model.__table__
        return table


_PARTNER = _Cells(PartnerSeats, ("month",), ("counted_on", *seat_counts.COUNTS))
_SEGMENT = _Cells(SegmentSeats, ("month", "segment_id"), seat_counts.COUNTS)
_COHORT = _Cells(CohortSeats, ("month", "cohort_month"), seat_counts.COUNTS)
_REACHED = _Cells(ReachedSeats, ("kind", "month", "next_month"), ("seats",))
_FIRST_VALUE = _Cells(FirstValueDays, ("month", "days"), ("seats",))
_ALL = (_PARTNER, _SEGMENT, _COHORT, _REACHED, _FIRST_VALUE)


def _since(cells: _Cells, sealed: Sealed) -> int:
    """The first month that is counted anew; first values are found in the seats' own days, which outlive activity."""
    return sealed.tallies if cells is _FIRST_VALUE else sealed.seats


def recount_all(database: Database, settings: Settings, *, now: datetime) -> int:
    """Count every partner anew whose seats changed or whose day did, few per transaction; returns how many.

    What changes meanwhile waits for the next time, so that this ends however busy the service is.
    """
    with database.reading() as session:
        waiting = due(session, now.date())
    for start in range(0, len(waiting), _AT_ONCE):
        with database.transaction() as session:
            recount(session, settings, waiting[start : start + _AT_ONCE], now=now)
    return len(waiting)


def rebuild(session: Session, settings: Settings, *, now: datetime) -> None:
    """Count every partner anew, also those of whom nothing is known to have changed."""
    recount(session, settings, session.scalars(everybody()).all(), now=now)


def due(session: Session, today: date) -> list[UUID]:
    """Partners whose seats changed since they were counted, or that were not counted today."""
    changed = select(SeatChange.partner_id)
    table = PartnerSeats.__table__
    old = select(table.c.partner_id).group_by(table.c.partner_id).having(func.max(table.c.counted_on) < today)
    return sorted(session.scalars(union(changed, old)))


def recount(session: Session, settings: Settings, partners: Collection[UUID], *, now: datetime) -> None:
    """Count the seats of `partners` anew, as of today. The generation moves on for those of whom anything differs."""
    lock(session)
    settings = in_force(session, settings)
    # First: what is committed after this statement may be missing below, but then its row is still there.
    session.execute(delete(SeatChange).where(SeatChange.partner_id.in_(partners)))
    differs = []
    sealed = seals(session, partners)
    for partner_id in partners:
        wanted = _count(session, settings, partner_id, now.date())
        firsts = [_since(cells, sealed[partner_id]) for cells in _ALL]
        made = [
            _make(session, cells, partner_id, wanted[cells.model], first)
            for cells, first in zip(_ALL, firsts, strict=True)
        ]
        if any(made):
            differs.append(partner_id)
    if differs:
        next_generation(session, differs, now=now)


def verify(session: Session, settings: Settings, *, now: datetime) -> tuple[Difference, ...]:
    """Count what is due, then recount every partner and compare; up to 20 differences per table.

    Runs in a write transaction of the caller's, so that nothing is counted meanwhile.
    """
    recount(session, settings, due(session, now.date()), now=now)
    settings = in_force(session, settings)
    found: dict[Any, list[Difference]] = {cells: [] for cells in _ALL}
    partners = session.scalars(everybody()).all()
    sealed = seals(session, partners)
    for partner_id in partners:
        wanted = _count(session, settings, partner_id, now.date())
        for cells in _ALL:
            first = _since(cells, sealed[partner_id])
            standing, ought = _standing(session, cells, partner_id, first), _from(cells, wanted[cells.model], first)
            for key in sorted(key for key in {**standing, **ought} if standing.get(key) != ought.get(key)):
                named = {"partner_id": partner_id, **dict(zip(cells.keys, key, strict=True))}
                problem = f"recount {_named(cells, ought.get(key))}, standing {_named(cells, standing.get(key))}"
                found[cells].append(Difference(cells.table.name, named, problem))
    return tuple(one for own in found.values() for one in own[:_SHOWN])


def everybody() -> Any:
    """Partners that have seats or tallies of seats."""
    return union(select(Seat.partner_id), *(select(cells.table.c.partner_id) for cells in _ALL))


def _named(cells: _Cells, counts: tuple[Any, ...] | None) -> str:
    if counts is None:
        return "nobody"
    return ", ".join(f"{name} {value}" for name, value in zip(cells.counts, counts, strict=True) if value)


def _count(session: Session, settings: Settings, partner_id: UUID, today: date) -> dict[Any, Rows]:
    """What the tables ought to hold of a partner."""
    seats, activity = read(session, partner_id)
    if not len(seats.seen_on):
        return {cells.model: {} for cells in _ALL}
    found = seat_counts.count(
        seats,
        activity,
        today=today.toordinal(),
        engaged_days=settings.engaged_days,
        abandoned_days=settings.abandoned_days,
    )
    months = zip(found.months.tolist(), found.counted_on.tolist(), found.counts.tolist(), strict=True)
    reached = {"active": found.active.tolist(), "shown": found.shown.tolist()}
    return {
        PartnerSeats: {(month,): (date.fromordinal(day), *counts) for month, day, counts in months},
        SegmentSeats: _rows(found.segment_keys.tolist(), found.segment_counts.tolist()),
        CohortSeats: _rows(found.cohort_keys.tolist(), found.cohort_counts.tolist()),
        ReachedSeats: {
            (kind, month, following): (seats_reached,)
            for kind, cells in reached.items()
            for month, following, seats_reached in cells
        },
        FirstValueDays: {(month, days): (first,) for month, days, first in found.first_value.tolist()},
    }


def _rows(keys: Iterable[list[int]], counts: Iterable[list[int]]) -> Rows:
    return {tuple(key): tuple(values) for key, values in zip(keys, counts, strict=True)}


def _make(session: Session, cells: _Cells, partner_id: UUID, counted: Rows, first: int) -> bool:
    """Make a partner's rows from the month `first` on equal to what was counted; whether anything differed."""
    standing, wanted = _standing(session, cells, partner_id, first), _from(cells, counted, first)
    gone = standing.keys() - wanted.keys()
    changed = [(key, counts) for key, counts in wanted.items() if standing.get(key) != counts]
    if gone:
        own = and_(*(cells.table.c[name] == bindparam(f"own_{name}") for name in ("partner_id", *cells.keys)))
        names = [f"own_{name}" for name in cells.keys]
        rows = [{"own_partner_id": partner_id, **dict(zip(names, key, strict=True))} for key in gone]
        session.connection().execute(delete(cells.table).where(own), rows)
    columns = (*cells.keys, *cells.counts)
    rows = [{"partner_id": partner_id, **dict(zip(columns, key + counts, strict=True))} for key, counts in changed]
    upsert(session, cells.model, rows, change=dict.fromkeys(cells.counts))
    return bool(gone or changed)


def _from(cells: _Cells, rows: Rows, first: int) -> Rows:
    """Those of the month `first` and later."""
    place = cells.keys.index("month")
    return {key: counts for key, counts in rows.items() if key[place] >= first} if first else rows


def _standing(session: Session, cells: _Cells, partner_id: UUID, first: int) -> Rows:
    table, size = cells.table, len(cells.keys)
    columns = (table.c[name] for name in (*cells.keys, *cells.counts))
    rows = session.execute(select(*columns).where(table.c.partner_id == partner_id, table.c.month >= first)).all()
    return {tuple(row[:size]): tuple(row[size:]) for row in rows}
