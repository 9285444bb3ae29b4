"""A seat's own first days, found again where what was said of a day is taken back."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback.core.lookup import by_partner
from feedback.core.months import first_day
from feedback.seats.models import ActivityMonth, Seat

Key = tuple[UUID, UUID]
"""Partner and seat."""


def correct_first_days(
    session: Session, onboarding: Mapping[Key, Collection[date]], pointless: Mapping[Key, Collection[date]]
) -> None:
    """Where the first day after onboarding was onboarding, or the first meaningful one was not, find which was first.

    `onboarding`, `pointless`: for the same seats the days that turned out to be one or the other.
    """
    columns = Seat.id, Seat.first_activated_on, Seat.first_meaningful_on
    for partner_id, ids in by_partner(onboarding):
        own = Seat.partner_id == partner_id, Seat.id.in_(ids)
        wrong = [
            seat
            for seat, activated, meaningful in session.execute(select(*columns).where(*own))
            if activated in onboarding[partner_id, seat] or meaningful in pointless[partner_id, seat]
        ]
        if wrong:
            firsts = _firsts(session, partner_id, wrong)
            session.execute(update(Seat), [{"partner_id": partner_id, "id": seat, **firsts[seat]} for seat in wrong])


def _firsts(session: Session, partner_id: UUID, seats: Collection[UUID]) -> dict[UUID, dict[str, date | None]]:
    """What the daily activity of these seats says, all sources together."""
    own = ActivityMonth.partner_id == partner_id, ActivityMonth.seat_id.in_(seats)
    columns = ActivityMonth.seat_id, ActivityMonth.days, ActivityMonth.onboarding_days, ActivityMonth.meaningful_days
    firsts: dict[UUID, dict[str, date | None]] = {
        seat: {"first_activated_on": None, "first_meaningful_on": None} for seat in seats
    }
    rows = session.execute(select(ActivityMonth.month, *columns).where(*own))
    for month, seat, days, onboarding_days, meaningful_days in rows:
        found = {"first_activated_on": days & ~onboarding_days, "first_meaningful_on": meaningful_days}
        for name, bits in found.items():
            if bits:
                standing = firsts[seat][name]
                day = _first(month, bits)
                firsts[seat][name] = day if standing is None else min(day, standing)
    return firsts


def _first(month: int, days: int) -> date:
    """The day of the lowest bit that is set."""
    return first_day(month) + timedelta(days=(days & -days).bit_length() - 1)
