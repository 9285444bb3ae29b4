"""Seats: `partner,seat,deployed_on,left_on` and any `attr.NAME`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from feedback.core.erasures import REFUSED, erased
from feedback.imports import values
from feedback.imports.kinds.kind import Checking, Draft, Kind, Line, Merging, Plan, Row, Step, sort_out
from feedback.imports.values import RejectedError
from feedback.seats.attributes import LONGEST_VALUE
from feedback.seats.commands import NewSeat, put_seats, seat_id
from feedback.seats.queries import StandingSeat, seats_by_key, segments_by_id

LONGEST_SUBJECT = 200
_DAYS = ("deployed_on", "left_on")


def check(row: Row, checking: Checking) -> list[Draft]:
    """One seat."""
    cells = row.cells
    partner = checking.partner(cells)
    seat = seat_id(checking.pepper, partner, values.needed_text(cells, "seat", LONGEST_SUBJECT))
    deployed_on, left_on = values.day(cells, "deployed_on"), values.day(cells, "left_on")
    if deployed_on and left_on and left_on < deployed_on:
        raise RejectedError(f"left_on ({left_on}) lies before deployed_on ({deployed_on}).")
    content = {
        "partner": partner,
        "seat": seat,
        "deployed_on": deployed_on,
        "left_on": left_on,
        "attributes": checked_attributes(row),
    }
    return [Draft(0, f"{partner.hex}{seat.hex}", content)]


def checked_attributes(row: Row) -> dict[str, str]:
    """The attributes of a line; an empty value says that there is none. Raises RejectedError."""
    for name, value in row.attributes.items():
        if len(value) > LONGEST_VALUE:
            raise RejectedError(
                f"attr.{name} has {len(value)} characters; at most {LONGEST_VALUE} are kept. Shorten the value."
            )
    return dict(row.attributes)


def merge(merging: Merging, lines: Sequence[Line]) -> Plan:
    """Put seats. A column that the file has not leaves what is known; an empty cell takes it away."""
    gone = erased(merging.session, [(UUID(one["partner"]), UUID(one["seat"])) for _number, one in lines])
    arrived, rejected = [], []
    for number, one in lines:
        key = UUID(one["partner"]), UUID(one["seat"])
        if key in gone:
            rejected.append((number, REFUSED))
            continue
        days = _day(one["deployed_on"]), _day(one["left_on"])
        arrived.append(NewSeat(*key, *days, one["attributes"] or None))
    standing = seats_by_key(merging.session, [(one.partner_id, one.seat_id) for one in arrived])
    vectors = segments_by_id(merging.session, [found.segment_id for found in standing.values()])
    pairs = []
    for arrival in arrived:
        found = standing.get((arrival.partner_id, arrival.seat_id))
        known = vectors[found.segment_id] if found else {}
        pairs.append((_as_it_stands(found, known, arrival), _as_it_will_be(found, known, arrival, merging)))
    plan, changed = sort_out(pairs)
    plan.rejected = rejected
    given = merging.given.intersection(_DAYS)
    plan.apply = lambda: put_seats(merging.session, changed, merging.declared, now=merging.now, given=given)
    return plan


def _as_it_stands(found: StandingSeat | None, known: Mapping[str, str], one: NewSeat) -> NewSeat | None:
    if found is None:
        return None
    vector = None if one.attributes is None else known
    return NewSeat(one.partner_id, one.seat_id, found.deployed_on, found.left_on, vector)


def _as_it_will_be(found: StandingSeat | None, known: Mapping[str, str], one: NewSeat, merging: Merging) -> NewSeat:
    if one.attributes is not None:
        one = replace(one, attributes=merging.declared.vector({**known, **one.attributes}))
    if found is None:
        return one
    return replace(one, **{name: getattr(found, name) for name in _DAYS if name not in merging.given})


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


SEATS = Kind(
    name="seats",
    required=("partner", "seat"),
    optional=_DAYS,
    check=check,
    steps=(Step(merge),),
    takes_attributes=True,
)
