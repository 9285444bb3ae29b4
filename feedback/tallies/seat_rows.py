"""Read a partner's seats and activity as integers, in one statement: ids and dates would cost most of the time."""

from datetime import date
from itertools import chain
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Date, Integer, Table, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from feedback.seats.models import ActivityMonth, Seat
from feedback.tallies.seat_counts import NO_DAY, Activity, Seats

_SEATS: Table = Seat.__table__  # type: ignore[assignment]
_ACTIVITY: Table = ActivityMonth.__table__  # type: ignore[assignment]

_DAYS = (
    "deployed_on",
    "left_on",
    "seen_on",
    "first_active_on",
    "last_active_on",
    "first_activated_on",
    "first_meaningful_on",
    "last_purged_on",
    "objected_at",
)
_SEAT_FIELDS = (*_DAYS[:-1], "objected_on", "segment_id")
_BITS = ("month", "days", "shown_days")
_IS_SEAT = 0
_PLACE, _FIRST = 1, 2


def read(session: Session, partner_id: UUID) -> tuple[Seats, Activity]:
    """All seats of a partner and all their activity, both from the same moment."""
    dialect = session.get_bind().dialect.name
    place = func.row_number().over(order_by=_SEATS.c.id) - 1
    numbered = (
        select(
            _SEATS.c.id,
            place.label("place"),
            *(_ordinal(_SEATS.c[name], dialect).label(name) for name in _DAYS),
            _SEATS.c.segment_id,
        )
        .where(_SEATS.c.partner_id == partner_id)
        .cte("numbered")
    )
    columns = [numbered.c[name] for name in (*_DAYS, "segment_id")]
    # One statement, because on PostgreSQL two would see seats in other places when one was made between them.
    nothing = [literal(0)] * (len(columns) - len(_BITS))
    seats = select(literal(_IS_SEAT), numbered.c.place, *columns)
    activity = (
        select(literal(1), numbered.c.place, *(_ACTIVITY.c[name] for name in _BITS), *nothing)
        .join(numbered, numbered.c.id == _ACTIVITY.c.seat_id)
        .where(_ACTIVITY.c.partner_id == partner_id)
    )
    rows = session.execute(union_all(seats, activity)).all()
    width = _FIRST + len(columns)
    table = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=width * len(rows)).reshape(-1, width)
    is_seat = table[:, 0] == _IS_SEAT
    own = table[is_seat]
    by_place = np.ascontiguousarray(own[np.argsort(own[:, _PLACE]), _FIRST:].T)
    months = np.ascontiguousarray(table[~is_seat, _PLACE : _FIRST + len(_BITS)].T)
    return Seats(**dict(zip(_SEAT_FIELDS, by_place, strict=True))), Activity(*months)


def _ordinal(day: Any, dialect: str) -> Any:
    """A day, or the day of a moment in UTC, as `date.toordinal` has it; `NO_DAY` for none."""
    # A Julian day begins at noon.
    julian: Any = cast(func.julianday(day) + 0.5, Integer) - 1_721_425
    number = julian if dialect == "sqlite" else cast(day, Date) - literal(date.min, Date) + 1
    return case((day.is_(None), NO_DAY), else_=number)
