"""Activity from the embed: this person was here today."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from feedback.http.api import Blueprint
from feedback.http.quick_schema import QuickSchema
from feedback.partners.embed_gate import Visit, guard, visit
from feedback.partners.quick_door import QuickDoor
from feedback.seats.callers import speaker
from feedback.seats.pings import pings

blueprint = Blueprint("embed-activity", __name__, description="Activity as the embed sees it.")
guard(blueprint)


class NothingSchema(QuickSchema):
    """An empty object: who and when the server knows."""


class RecordedSchema(Schema):
    """Whether a day was recorded."""

    recorded = fields.Boolean(required=True)


def record(visit: Visit, _nothing: Mapping[str, Any]) -> tuple[dict[str, bool], int]:
    """Gather that the person in the token was active today; 202: what is acknowledged may still wait half a second."""
    who = speaker(visit)
    recorded = who.respondent_id is not None and who.audience == "end_user" and who.live
    if recorded and who.respondent_id is not None:
        pings(visit.services).add(who.partner, who.respondent_id, visit.now.date())
    return {"recorded": recorded}, 202


@blueprint.post("/v1/embed/<key>/activity")
@blueprint.arguments(NothingSchema())
@blueprint.response(202, RecordedSchema())
@blueprint.doc(security=[{"person_token": []}])
def post_activity(nothing: dict[str, Any], key: str) -> Any:  # noqa: ARG001
    """Record that the person in the token was active today. Without a token, or for a buyer, nothing is recorded."""
    return record(visit(), nothing)


QUICK = (QuickDoor("POST", "/v1/embed/<key>/activity", NothingSchema(), record),)
