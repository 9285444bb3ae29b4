"""Read what is known of many seats at once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Engine, Table, and_, case, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from feedback.core.lookup import ByKeys, by_partner
from feedback.core.months import first_day, last_day, month_of
from feedback.seats.models import ActivityMonth, Attribute, AttributeValue, Seat, SeatChange, Segment

_CHANGES: Table = SeatChange.__table__  # type: ignore[assignment]
_ALL_DAYS = (1 << 31) - 1
PARTNERS_WAITING = select(func.count(_CHANGES.c.partner_id.distinct())).scalar_subquery()
"""How many partners have seats that changed since they were counted, as part of a larger question."""
_STANDING = ByKeys(
    lambda wanted: select(
        wanted.place,
        Seat.deployed_on,
        Seat.left_on,
        Seat.segment_id,
        Seat.objected_at,
        Seat.first_active_on,
    ).where(Seat.partner_id == wanted.partner, Seat.id == wanted.second)
)
_SEGMENTS: WeakKeyDictionary[Engine, dict[int, Mapping[str, str]]] = WeakKeyDictionary()


class StandingSeat(NamedTuple):
    """What is known of a seat."""

    deployed_on: date | None
    left_on: date | None
    segment_id: int
    objected_at: datetime | None
    first_active_on: date | None


class MonthBits(NamedTuple):
    """Days of a month as bits, bit 0 the first day: active, active to get started, active with purpose."""

    days: int
    onboarding_days: int
    meaningful_days: int


class TokenSubjects(NamedTuple):
    """People whom tokens named, how many of them the vendor's own files or backend know, and whom those know at all."""

    seen: int
    known: int
    on_file: int


class DeclaredAttribute(NamedTuple):
    """A declared attribute and the values that are told apart."""

    name: str
    values: list[str]
    created_at: datetime


def seats_by_key(session: Session, keys: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], StandingSeat]:
    """Those of `keys` (partner, seat) that are known."""
    wanted = list(keys)
    found = standing_seats(session, wanted)
    return {key: seat for key, seat in zip(wanted, found, strict=True) if seat is not None}


def standing_seats(session: Session, keys: Sequence[tuple[UUID, UUID]]) -> list[StandingSeat | None]:
    """What is known of each of `keys` (partner, seat), in their order."""
    return [None if row is None else StandingSeat._make(row) for row in _STANDING.in_order(session, keys)]


def activity_by_key(
    session: Session, keys: Iterable[tuple[UUID, UUID]], months: Iterable[int], source: str
) -> dict[tuple[UUID, UUID, int], MonthBits]:
    """What `source` said of the activity of these seats (partner, seat) in these months."""
    own = ActivityMonth
    columns = own.seat_id, own.month, own.days, own.onboarding_days, own.meaningful_days
    chosen = own.source == source, own.month.in_(set(months))
    found = {}
    for partner_id, ids in by_partner(keys):
        statement = select(*columns).where(own.partner_id == partner_id, own.seat_id.in_(ids), *chosen)
        for seat, month, *bits in session.execute(statement):
            found[partner_id, seat, month] = MonthBits(*bits)
    return found


def segments_by_id(session: Session, ids: Iterable[int]) -> Mapping[int, Mapping[str, str]]:
    """The vectors of these segments, and perhaps of others; 0, the empty one, included.

    A segment never changes, so a process reads each one once.
    """
    known = _SEGMENTS.setdefault(session.get_bind().engine, {0: {}})
    missing = sorted(set(ids) - known.keys())
    for start in range(0, len(missing), 500):
        chosen = Segment.id.in_(missing[start : start + 500])
        for identifier, values in session.execute(select(Segment.id, Segment.values).where(chosen)):
            known[identifier] = values
    return known


def token_subjects(session: Session, partner_id: UUID, since: date) -> TokenSubjects:
    """Seats that the widget saw active since that day; known are those deployed or active by the vendor's word."""
    own, month = ActivityMonth, month_of(since)
    in_first_month = own.days.bitwise_and(~((1 << (since.day - 1)) - 1) & _ALL_DAYS) != 0
    seen = select(own.seat_id).where(
        own.partner_id == partner_id,
        own.source == "embed",
        or_(and_(own.month > month, own.days != 0), and_(own.month == month, in_first_month)),
    )
    by_vendor = select(own.seat_id).where(own.partner_id == partner_id, own.source == "vendor", own.days != 0)
    known = or_(Seat.deployed_on.is_not(None), Seat.id.in_(by_vendor))
    is_seen = Seat.id.in_(seen)
    counts = (func.count(case((one, 1))) for one in (is_seen, and_(is_seen, known), known))
    return TokenSubjects._make(session.execute(select(*counts).where(Seat.partner_id == partner_id)).one())


def known_by_the_vendor(partner_id: Any, seat_id: Any) -> ColumnElement[bool]:
    """Of columns of a larger question: whether the vendor's own files or backend know that seat at that partner.

    They do if they said that it was deployed, or that it was active; the widget's word and a partner's do not count.
    """
    own = ActivityMonth
    deployed = Seat.partner_id == partner_id, Seat.id == seat_id, Seat.deployed_on.is_not(None)
    active = own.partner_id == partner_id, own.seat_id == seat_id, own.source == "vendor", own.days != 0
    return or_(exists().where(*deployed), exists().where(*active))


def seats_on_file(session: Session, month: int) -> dict[UUID, int]:
    """By partner, how many seats the vendor's own files or backend know that were there on some day of that month."""
    own = ActivityMonth
    active = select(own.partner_id, own.seat_id).where(own.source == "vendor", own.days != 0, own.month <= month)
    there = or_(Seat.left_on.is_(None), Seat.left_on >= first_day(month))
    on_file = or_(Seat.deployed_on <= last_day(month), tuple_(Seat.partner_id, Seat.id).in_(active))
    statement = select(Seat.partner_id, func.count()).where(there, on_file).group_by(Seat.partner_id)
    return {partner: seats for partner, seats in session.execute(statement)}  # noqa: C416


def attributes(session: Session) -> list[DeclaredAttribute]:
    """Every declared attribute with the values that are told apart, oldest first."""
    values: dict[str, list[str]] = {}
    for name, value in session.execute(
        select(AttributeValue.name, AttributeValue.value).order_by(AttributeValue.value)
    ):
        values.setdefault(name, []).append(value)
    rows = session.scalars(select(Attribute).order_by(Attribute.created_at, Attribute.name))
    return [DeclaredAttribute(row.name, values.get(row.name, []), row.created_at) for row in rows]
