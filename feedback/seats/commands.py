"""Write seats, their attributes and their activity."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, case, delete, func, select, update
from sqlalchemy.orm import Session

from feedback.core.bulk import insert_many
from feedback.core.erasures import erased
from feedback.core.ids import pseudonym
from feedback.core.months import first_day, month_of
from feedback.core.upsert import upsert
from feedback.seats.attributes import Declared
from feedback.seats.first_days import correct_first_days
from feedback.seats.models import ActivityMonth, Seat, SeatAttributes, SeatChange
from feedback.seats.queries import seats_by_key

_CHANGES: Table = SeatChange.__table__  # type: ignore[assignment]


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

    Left out: seats that are not there because their person was erased.
    `given`: those of deployed_on and left_on whose None says that there is no such day, instead of nothing.
    """
    standing = seats_by_key(session, [(one.partner_id, one.seat_id) for one in seats])
    known: dict[tuple[tuple[str, str], ...], int] = {}
    told: list[dict[str, Any]] = []
    not_told: list[dict[str, Any]] = []
    history, changed = [], set()
    gone = erased(session, [key for one in seats if (key := (one.partner_id, one.seat_id)) not in standing])
    for one in seats:
        if (one.partner_id, one.seat_id) in gone:
            continue
        found = standing.get((one.partner_id, one.seat_id))
        if given or found is None or (one.deployed_on, one.left_on, one.attributes) != (None, None, None):
            changed.add(one.partner_id)
        if one.attributes is None:
            not_told.append(_seat_row(one, now, 0))
            continue
        vector = tuple(sorted(one.attributes.items()))
        segment = known[vector] if vector in known else known.setdefault(vector, declared.segment(one.attributes))
        if segment != (found.segment_id if found else 0):
            history.append({"partner_id": one.partner_id, "seat_id": one.seat_id, "since": now, "segment_id": segment})
        told.append(_seat_row(one, now, segment))
    days = {name: None if name in given else _keep for name in ("deployed_on", "left_on")}
    upsert(session, Seat, told, change={**days, "segment_id": None, "changed_at": None})
    # Without the segment: who says nothing of attributes must not take back what another says of them meanwhile.
    upsert(session, Seat, not_told, change={**days, "changed_at": None})
    upsert(session, SeatAttributes, history, change={"segment_id": None})
    note_changes(session, changed)


def record_activity(
    session: Session, days: Sequence[ActiveDay], source: str, *, now: datetime, revise: bool = False
) -> None:
    """Mark seats active on days; the same day twice is one day. `source`: `vendor` or `embed`.

    Seats that are not there yet are made. Left out: seats whose person objected or was erased. `revise`: what is said
    of a day replaces what this source said of it before, instead of adding to it.
    """
    months: dict[tuple[UUID, UUID, int], dict[str, Any]] = {}
    seats: dict[tuple[UUID, UUID], list[ActiveDay]] = {}
    for one in days:
        seats.setdefault((one.partner_id, one.seat_id), []).append(one)
    standing = seats_by_key(session, seats)
    objected = [key for key, found in standing.items() if found.objected_at is not None]
    # Whoever was erased has no seat, so of those that have one nobody needs to ask.
    for key in (*objected, *erased(session, [key for key in seats if key not in standing])):
        del seats[key]
    for (partner_id, seat), own in seats.items():
        for one in own:
            row = _month_row(months, partner_id, seat, month_of(one.day), source)
            bit = 1 << (one.day.day - 1)
            row["days"] |= bit
            row["onboarding_days"] |= bit if one.onboarding else 0
            row["meaningful_days"] |= bit if one.meaningful else 0
    flags = _instead if revise else _both
    # Ordered, so that two transactions with the same seats lock them in the same order.
    ordered = [months[key] for key in sorted(months)]
    change = {"days": _both, "onboarding_days": flags, "meaningful_days": flags}
    if not upsert(session, ActivityMonth, ordered, change=change, leave_same=True):
        return
    _touch_seats(session, seats, now)
    if revise:
        onboarding = {key: {one.day for one in own if one.onboarding} for key, own in seats.items()}
        pointless = {key: {one.day for one in own if not one.meaningful} for key, own in seats.items()}
        correct_first_days(session, onboarding, pointless)
    note_changes(session, {partner_id for partner_id, _seat in seats})


def record_shown(session: Session, shown: Iterable[tuple[UUID, UUID, date]]) -> None:
    """Mark days on which seats (partner, seat, day) were shown a survey; being shown one is no activity.

    Left out: seats that are not there (who is asked is known before), and those whose person objected.
    """
    asked = sorted(set(shown))
    standing = seats_by_key(session, {(partner_id, seat) for partner_id, seat, _day in asked})
    months: dict[tuple[UUID, UUID, int], dict[str, Any]] = {}
    for partner_id, seat, day in asked:
        found = standing.get((partner_id, seat))
        if found is not None and found.objected_at is None:
            row = _month_row(months, partner_id, seat, month_of(day), "embed")
            row["shown_days"] |= 1 << (day.day - 1)
    if upsert(session, ActivityMonth, list(months.values()), change={"shown_days": _both}, leave_same=True):
        note_changes(session, {partner_id for partner_id, _seat, _month in months})


def object_to(session: Session, partner_id: UUID, seat: UUID, *, now: datetime) -> None:
    """Never ask this person again, and record no more activity. A seat that is not there yet is made."""
    row = {**_seat_row(NewSeat(partner_id, seat), now, 0), "objected_at": now}
    upsert(session, Seat, [row], change={"objected_at": _stay, "changed_at": None})
    note_changes(session, [partner_id])


def forget_activity(session: Session, partner_id: UUID, before: int) -> None:
    """Delete the daily activity of months before `before`; each seat keeps the last active day among it."""
    own = ActivityMonth.partner_id == partner_id, ActivityMonth.month < before
    rows = session.execute(select(ActivityMonth.seat_id, ActivityMonth.month, ActivityMonth.days).where(*own))
    last: dict[UUID, date] = {}
    for seat, month, days in rows:
        if days:
            day = first_day(month) + timedelta(days=days.bit_length() - 1)
            last[seat] = max(day, last.get(seat, day))
    known = session.execute(select(Seat.id, Seat.last_purged_on).where(Seat.partner_id == partner_id))
    later = {seat: last[seat] for seat, purged in known if seat in last and (purged is None or purged < last[seat])}
    rows_of = [{"partner_id": partner_id, "id": seat, "last_purged_on": later[seat]} for seat in sorted(later)]
    if rows_of:
        session.execute(update(Seat), rows_of)
    session.execute(delete(ActivityMonth).where(*own), execution_options={"synchronize_session": False})


def note_changes(session: Session, partners: Collection[UUID]) -> None:
    """Say that seats of these partners changed, so that they are counted anew. Same transaction as the change."""
    if partners:
        insert_many(session, _CHANGES, ("partner_id",), [(one,) for one in sorted(partners)])


def _touch_seats(session: Session, seats: Mapping[tuple[UUID, UUID], list[ActiveDay]], now: datetime) -> None:
    rows = []
    for (partner_id, seat), own in sorted(seats.items()):
        days = [one.day for one in own]
        rows.append(
            {
                **_seat_row(NewSeat(partner_id, seat), now, 0),
                "first_active_on": min(days),
                "last_active_on": max(days),
                "first_activated_on": min((one.day for one in own if not one.onboarding), default=None),
                "first_meaningful_on": min((one.day for one in own if one.meaningful), default=None),
            }
        )
    firsts = ("first_active_on", "first_activated_on", "first_meaningful_on")
    upsert(session, Seat, rows, change={**dict.fromkeys(firsts, _earliest), "last_active_on": _latest})


def _month_row(
    months: dict[tuple[UUID, UUID, int], dict[str, Any]], partner_id: UUID, seat: UUID, month: int, source: str
) -> dict[str, Any]:
    """The row of a seat's month among `months`, made with no day in it when it is not there."""
    row = months.get((partner_id, seat, month))
    if row is None:
        bits = dict.fromkeys(("days", "onboarding_days", "meaningful_days", "shown_days"), 0)
        row = {"partner_id": partner_id, "seat_id": seat, "month": month, "source": source, **bits}
        months[partner_id, seat, month] = row
    return row


def _keep(column: Any, incoming: Any) -> ColumnElement[Any]:
    return func.coalesce(incoming, column)


def _stay(column: Any, incoming: Any) -> ColumnElement[Any]:
    return func.coalesce(column, incoming)


def _instead(column: Any, incoming: Any) -> ColumnElement[Any]:
    """What is said of the days replaces what was said of them before."""
    unsaid = column.bitwise_and(incoming.table.c.days.bitwise_not())
    return cast("ColumnElement[Any]", unsaid.bitwise_or(incoming))


def _earliest(column: Any, incoming: Any) -> ColumnElement[Any]:
    return case((column.is_(None), incoming), (incoming < column, incoming), else_=column)


def _latest(column: Any, incoming: Any) -> ColumnElement[Any]:
    return case((column.is_(None), incoming), (incoming > column, incoming), else_=column)


def _both(column: Any, incoming: Any) -> ColumnElement[Any]:
    return cast("ColumnElement[Any]", column.bitwise_or(incoming))


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
