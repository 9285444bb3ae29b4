"""Doors for seats, their activity and the attributes that are declared for them."""

from datetime import timedelta
from typing import Any

from feedback.core.erasures import refuse_erased
from feedback.core.errors import Code, Problem
from feedback.http.api import Blueprint, large_body
from feedback.http.auth import caller, secret_key_required
from feedback.http.context import now, reading, services, transaction
from feedback.partners.queries import partner_by_slug
from feedback.seats import commands, queries
from feedback.seats.attributes import Declared
from feedback.seats.schemas import (
    ActivitySchema,
    ActivityTakenSchema,
    AttributeListSchema,
    AttributeSchema,
    NewAttributeSchema,
    SeatDay,
    SeatSchema,
    SeatTerms,
    SeatTermsSchema,
)
from feedback.staff.audit import record

blueprint = Blueprint("seats", __name__, description="People who use the product, under pseudonyms, and when.")


@blueprint.put("/v1/partners/<slug:partner>/seats/<external:external_id>")
@secret_key_required("write")
@blueprint.arguments(SeatTermsSchema())
@blueprint.response(200, SeatSchema())
def put_seat(terms: SeatTerms, partner: str, external_id: str) -> dict[str, Any]:
    """Deploy a seat, or say what is new about it. The id is yours; it is kept only as a pseudonym."""
    with transaction() as session:
        partner_id = partner_by_slug(session, partner).id
        seat = commands.seat_id(services().secrets.pepper, partner_id, external_id)
        refuse_erased(session, partner_id, seat)
        declared = Declared(session)
        if terms.attributes:
            declared.declare(terms.attributes, now=now())
            declared.learn(terms.attributes)
        new = commands.NewSeat(partner_id, seat, terms.deployed_on, terms.left_on, terms.attributes)
        commands.put_seats(session, [new], declared, now=now())
        # Without the external id: it names a person, and nothing that is kept may.
        record(session, caller().actor, "seat.recorded", partner, {"seat": str(seat)}, now())
        standing = queries.seats_by_key(session, [(partner_id, seat)])[partner_id, seat]
        attributes = queries.segments_by_id(session, [standing.segment_id])[standing.segment_id]
    return {"deployed_on": standing.deployed_on, "left_on": standing.left_on, "attributes": attributes}


@blueprint.post("/v1/partners/<slug:partner>/activity")
@secret_key_required("write")
@large_body
@blueprint.arguments(ActivitySchema())
@blueprint.response(200, ActivityTakenSchema())
def post_activity(activity: dict[str, list[SeatDay]], partner: str) -> dict[str, int]:
    """Record days on which seats were active. Seats that are not there yet are made.

    Nothing is recorded of people who objected or were erased.
    """
    tomorrow = now().date() + timedelta(days=1)
    ahead = {place: day for place, day in enumerate(activity["days"]) if day.day > tomorrow}
    if ahead:
        errors = {"days": {place: {"day": [f"Must not be later than {tomorrow}."]} for place in ahead}}
        raise Problem(Code.INVALID, "Nobody was active on a day to come.", errors=errors)
    with transaction() as session:
        partner_id = partner_by_slug(session, partner).id
        pepper = services().secrets.pepper
        days = [
            commands.ActiveDay(
                partner_id, commands.seat_id(pepper, partner_id, one.seat), one.day, one.onboarding, one.meaningful
            )
            for one in activity["days"]
        ]
        commands.record_activity(session, days, "vendor", now=now())
        record(session, caller().actor, "activity.recorded", partner, {"days": len(days)}, now())
    return {"days": len(days)}


@blueprint.get("/v1/attributes")
@secret_key_required("read")
@blueprint.response(200, AttributeListSchema())
def list_attributes() -> dict[str, Any]:
    """Declared attributes and the values that are told apart."""
    with reading() as session:
        return {"attributes": queries.attributes(session)}


@blueprint.post("/v1/attributes")
@secret_key_required("write")
@blueprint.arguments(NewAttributeSchema())
@blueprint.response(201, AttributeSchema())
def declare_attribute(new: dict[str, Any]) -> queries.DeclaredAttribute:
    """Declare an attribute, or tell more of its values apart while there is room."""
    with transaction() as session:
        commands.declare_attribute(session, new["name"], new["values"], now=now())
        record(session, caller().actor, "attribute.declared", new["name"], {"values": new["values"]}, now())
        return next(one for one in queries.attributes(session) if one.name == new["name"])
