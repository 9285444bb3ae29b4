"""Write seats, their attributes and their activity."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from feedback.core.ids import pseudonym
from feedback.core.lookup import by_partner
from feedback.core.months import first_day, month_of
from feedback.core.upsert import upsert
from feedback.seats.attributes import Declared
from feedback.seats.models import ActivityMonth, Seat, SeatAttributes
from feedback.seats.queries import seats_by_key


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


def declare_attribute(session: Session, name: str, values: Sequence[str], *, now: datetime) -> None:
    """Declare an attribute and tell these values of it apart, while there is room. Raises CONFLICT, INVALID."""
    declared = Declared(session)
    declared.declare([name], now=now)
    for value in values:
        declared.learn({name: value})


def put_seats(
    session: Session, seats: Sequence[NewSeat], declared: Declared, *, now: datetime, given: Collection[str] = ()
) -> None:
    """Insert or update seats; each at most once in `seats`. A change of attributes is kept in their history.

    `given`: those of deployed_on and left_on whose None says that there is no such day, instead of nothing.
    """
    standing = seats_by_key(session, [(one.partner_id, one.seat_id) for one in seats])
    known: dict[tuple[tuple[str, str], ...], int] = {}
    rows, history = [], []
    for one in seats:
        found = standing.get((one.partner_id, one.seat_id))
        before = found.segment_id if found else 0
        segment = before
        if one.attributes is not None:
            vector = tuple(sorted(one.attributes.items()))
            segment = known[vector] if vector in known else known.setdefault(vector, declared.segment(one.attributes))
        if segment != before:
            history.append({"partner_id": one.partner_id, "seat_id": one.seat_id, "since": now, "segment_id": segment})
        rows.append(_seat_row(one, now, segment))
    keep = lambda column, incoming: func.coalesce(incoming, column)  # noqa: E731
    days = {name: None if name in given else keep for name in ("deployed_on", "left_on")}
    upsert(session, Seat, rows, change={**days, "segment_id": None, "changed_at": None})
    upsert(session, SeatAttributes, history, change={"segment_id": None})


def record_activity(
    session: Session, days: Sequence[ActiveDay], source: str, *, now: datetime, revise: bool = False
) -> None:
    """Mark seats active on days; the same day twice is one day. `source`: `vendor` or `embed`.

    Seats that are not there yet are made. Seats whose person objected are left out. `revise`: what is said of a day
    replaces what this source said of it before, instead of adding to it.
    """
    months: dict[tuple[UUID, UUID, int], dict[str, Any]] = {}
    seats: dict[tuple[UUID, UUID], list[ActiveDay]] = {}
    for one in days:
        seats.setdefault((one.partner_id, one.seat_id), []).append(one)
    for key, found in seats_by_key(session, seats).items():
        if found.objected_at is not None:
            del seats[key]
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
    both = lambda column, incoming: column.bitwise_or(incoming)  # noqa: E731
    instead = lambda column, incoming: column.bitwise_and(incoming.table.c.days.bitwise_not()).bitwise_or(incoming)  # noqa: E731
    flags = instead if revise else both
    # Ordered, so that two transactions with the same seats lock them in the same order.
    ordered = [months[key] for key in sorted(months)]
    upsert(session, ActivityMonth, ordered, change={"days": both, "onboarding_days": flags, "meaningful_days": flags})
    _touch_seats(session, seats, now)
    if revise:
        _find_first_activations(session, seats)


def _find_first_activations(session: Session, seats: Mapping[tuple[UUID, UUID], list[ActiveDay]]) -> None:
    """Where the first day after onboarding turned out to be onboarding, find the one that was the first."""
    onboarding = {key: {one.day for one in own if one.onboarding} for key, own in seats.items()}
    for partner_id, ids in by_partner(key for key, days in onboarding.items() if days):
        found = session.scalars(select(Seat).where(Seat.partner_id == partner_id, Seat.id.in_(ids)))
        wrong = {seat.id: seat for seat in found if seat.first_activated_on in onboarding[partner_id, seat.id]}
        own = ActivityMonth.partner_id == partner_id, ActivityMonth.seat_id.in_(wrong)
        firsts: dict[UUID, date] = {}
        for row in session.scalars(select(ActivityMonth).where(*own).execution_options(populate_existing=True)):
            after = row.days & ~row.onboarding_days
            if after:
                # The lowest bit that is set.
                day = first_day(row.month) + timedelta(days=(after & -after).bit_length() - 1)
                firsts[row.seat_id] = min(day, firsts.get(row.seat_id, day))
        for seat in wrong.values():
            seat.first_activated_on = firsts.get(seat.id)


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
