"""Write seats, their attributes and their activity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select, tuple_
from sqlalchemy.orm import Session

from feedback.core.ids import pseudonym
from feedback.core.months import month_of
from feedback.core.upsert import upsert
from feedback.seats.attributes import Declared
from feedback.seats.models import ActivityMonth, Seat, SeatAttributes


@dataclass(frozen=True, slots=True)
class NewSeat:
    """A seat as the vendor deploys it; None leaves what is known."""

    partner_id: UUID
    seat_id: UUID
    deployed_on: date | None = None
    left_on: date | None = None
    attributes: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ActiveDay:
    """A seat was active on a day; `onboarding`: only to get started; `meaningful`: did what the product is for."""

    partner_id: UUID
    seat_id: UUID
    day: date
    onboarding: bool = False
    meaningful: bool = False


def seat_id(pepper: bytes, partner_id: UUID, subject: str) -> UUID:
    """The pseudonym of a seat; `subject` (external id, token `sub`) is not stored anywhere."""
    return pseudonym(pepper, partner_id, "end_user", subject)


def put_seats(session: Session, seats: Sequence[NewSeat], declared: Declared, *, now: datetime) -> None:
    """Insert or update seats; each at most once in `seats`. A change of attributes is kept in their history."""
    standing = _segments_of(session, [(one.partner_id, one.seat_id) for one in seats])
    known: dict[tuple[tuple[str, str], ...], int] = {}
    rows, history = [], []
    for one in seats:
        before = standing.get((one.partner_id, one.seat_id))
        segment = before or 0
        if one.attributes is not None:
            vector = tuple(sorted(one.attributes.items()))
            segment = known[vector] if vector in known else known.setdefault(vector, declared.segment(one.attributes))
        if segment != (before or 0):
            history.append({"partner_id": one.partner_id, "seat_id": one.seat_id, "since": now, "segment_id": segment})
        rows.append(_seat_row(one, now, segment))
    keep = lambda column, incoming: func.coalesce(incoming, column)  # noqa: E731
    change = {"deployed_on": keep, "left_on": keep, "segment_id": None, "changed_at": None}
    upsert(session, Seat, rows, change=change)
    upsert(session, SeatAttributes, history, change={"segment_id": None})


def record_activity(session: Session, days: Sequence[ActiveDay], source: str, *, now: datetime) -> None:
    """Mark seats active on days; the same day twice is one day. `source`: `vendor` or `embed`.

    Seats that are not there yet are made. Seats whose person objected are left out.
    """
    months: dict[tuple[UUID, UUID, int], dict[str, Any]] = {}
    seats: dict[tuple[UUID, UUID], list[ActiveDay]] = {}
    for one in days:
        seats.setdefault((one.partner_id, one.seat_id), []).append(one)
    for objector in _objected(session, list(seats)):
        del seats[objector]
    for (partner_id, seat), own in seats.items():
        for one in own:
            row = months.setdefault(
                (partner_id, seat, month_of(one.day)),
                {
                    "partner_id": partner_id,
                    "seat_id": seat,
                    "month": month_of(one.day),
                    "source": source,
                    "days": 0,
                    "onboarding_days": 0,
                    "meaningful_days": 0,
                },
            )
            bit = 1 << (one.day.day - 1)
            row["days"] |= bit
            row["onboarding_days"] |= bit if one.onboarding else 0
            row["meaningful_days"] |= bit if one.meaningful else 0
    both = lambda column, incoming: column.op("|")(incoming)  # noqa: E731
    bits = {"days": both, "onboarding_days": both, "meaningful_days": both}
    # Ordered, so that two transactions with the same seats lock them in the same order.
    upsert(session, ActivityMonth, [months[key] for key in sorted(months)], change=bits)
    _touch_seats(session, seats, now)


def _touch_seats(session: Session, seats: Mapping[tuple[UUID, UUID], list[ActiveDay]], now: datetime) -> None:
    rows = []
    for (partner_id, seat), own in sorted(seats.items()):
        after_onboarding = [one.day for one in own if not one.onboarding]
        rows.append(
            {
                **_seat_row(NewSeat(partner_id, seat), now, 0),
                "first_active_on": min(one.day for one in own),
                "last_active_on": max(one.day for one in own),
                "first_activated_on": min(after_onboarding) if after_onboarding else None,
            }
        )
    earliest = lambda column, incoming: case(  # noqa: E731
        (column.is_(None), incoming), (incoming < column, incoming), else_=column
    )
    latest = lambda column, incoming: case((column.is_(None), incoming), (incoming > column, incoming), else_=column)  # noqa: E731
    change = {"first_active_on": earliest, "last_active_on": latest, "first_activated_on": earliest}
    upsert(session, Seat, rows, change=change)


def _seat_row(one: NewSeat, now: datetime, segment: int) -> dict[str, Any]:
    return {
        "partner_id": one.partner_id,
        "id": one.seat_id,
        "deployed_on": one.deployed_on,
        "left_on": one.left_on,
        "seen_on": now.date(),
        "segment_id": segment,
        "changed_at": now,
    }


def _segments_of(session: Session, keys: list[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
    found: dict[tuple[UUID, UUID], int] = {}
    for start in range(0, len(keys), 500):
        chosen = tuple_(Seat.partner_id, Seat.id).in_(keys[start : start + 500])
        for partner_id, seat, segment in session.execute(
            select(Seat.partner_id, Seat.id, Seat.segment_id).where(chosen)
        ):
            found[partner_id, seat] = segment
    return found


def _objected(session: Session, keys: list[tuple[UUID, UUID]]) -> list[tuple[UUID, UUID]]:
    found: list[tuple[UUID, UUID]] = []
    for start in range(0, len(keys), 500):
        chosen = tuple_(Seat.partner_id, Seat.id).in_(keys[start : start + 500])
        statement = select(Seat.partner_id, Seat.id).where(chosen, Seat.objected_at.is_not(None))
        found += [(partner_id, seat) for partner_id, seat in session.execute(statement)]
    return found
