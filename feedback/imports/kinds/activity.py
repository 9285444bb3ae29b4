"""Activity: `partner,seat,day,onboarding,meaningful`."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from feedback.core.erasures import REFUSED, erased
from feedback.core.months import month_of
from feedback.imports import values
from feedback.imports.kinds.kind import Checking, Draft, Kind, Line, Merging, Plan, Row, Step, sort_out
from feedback.imports.kinds.seats import LONGEST_SUBJECT
from feedback.responses.seals import seals, too_old
from feedback.seats.commands import ActiveDay, record_activity, seat_id
from feedback.seats.queries import MonthBits, activity_by_key, seats_by_key

OBJECTED = "This person objected to being asked and recorded; leave the line out."
_SOURCE = "vendor"


def check(row: Row, checking: Checking) -> list[Draft]:
    """One seat on one day."""
    cells = row.cells
    partner = checking.partner(cells)
    seat = seat_id(checking.pepper, partner, values.needed_text(cells, "seat", LONGEST_SUBJECT))
    day = values.past_day(cells, "day", now=checking.now).isoformat()
    content = {
        "partner": partner,
        "seat": seat,
        "day": day,
        "onboarding": values.flag(cells, "onboarding"),
        "meaningful": values.flag(cells, "meaningful"),
    }
    return [Draft(0, f"{partner.hex}{seat.hex}{day}", content)]


def merge(merging: Merging, lines: Sequence[Line]) -> Plan:
    """Record active days. What a line says of a day replaces what an earlier file or the backend said of it."""
    keys = {(UUID(one["partner"]), UUID(one["seat"])) for _number, one in lines}
    gone, sealed = erased(merging.session, keys), seals(merging.session, {partner for partner, _seat in keys})
    objected = {key for key, seat in seats_by_key(merging.session, keys).items() if seat.objected_at is not None}
    days = {date.fromisoformat(one["day"]) for _number, one in lines}
    standing = activity_by_key(merging.session, keys, {month_of(day) for day in days}, _SOURCE)
    pairs, rejected = [], []
    for number, content in lines:
        partner, seat, day = UUID(content["partner"]), UUID(content["seat"]), date.fromisoformat(content["day"])
        if (partner, seat) in gone or (partner, seat) in objected:
            rejected.append((number, REFUSED if (partner, seat) in gone else OBJECTED))
            continue
        if month_of(day) < sealed[partner].seats:
            rejected.append((number, too_old(sealed[partner].seats)))
            continue
        bits = standing.get((partner, seat, month_of(day)))
        found = _day_of(partner, seat, day, bits)
        pairs.append((found, _revised(found, ActiveDay(partner, seat, day, **_flags(content)), merging)))
    plan, changed = sort_out(pairs)
    plan.rejected = rejected
    plan.apply = lambda: record_activity(merging.session, changed, _SOURCE, now=merging.now, revise=True)
    return plan


def _flags(content: dict[str, Any]) -> dict[str, bool]:
    return {name: content[name] for name in ("onboarding", "meaningful")}


def _day_of(partner: UUID, seat: UUID, day: date, bits: MonthBits | None) -> ActiveDay | None:
    bit = 1 << (day.day - 1)
    if bits is None or not bits.days & bit:
        return None
    return ActiveDay(partner, seat, day, bool(bits.onboarding_days & bit), bool(bits.meaningful_days & bit))


def _revised(found: ActiveDay | None, one: ActiveDay, merging: Merging) -> ActiveDay:
    if found is None:
        return one
    onboarding = one.onboarding if "onboarding" in merging.given else found.onboarding
    meaningful = one.meaningful if "meaningful" in merging.given else found.meaningful
    return ActiveDay(one.partner_id, one.seat_id, one.day, onboarding, meaningful)


ACTIVITY = Kind(
    name="activity",
    required=("partner", "seat", "day"),
    optional=("onboarding", "meaningful"),
    check=check,
    steps=(Step(merge),),
)
