"""Activity from the embed: this person was here today."""

from typing import Any

from marshmallow import Schema, fields

from feedback.http.api import Blueprint
from feedback.http.context import services
from feedback.partners.commands import mark_embed_seen
from feedback.partners.embed_gate import gate, guard
from feedback.seats.callers import bearer, speaker
from feedback.seats.commands import ActiveDay, record_activity

blueprint = Blueprint("embed-activity", __name__, description="Activity as the embed sees it.")
guard(blueprint)


class NothingSchema(Schema):
    """An empty object: who and when the server knows."""


class RecordedSchema(Schema):
    """Whether a day was recorded."""

    recorded = fields.Boolean(required=True)


@blueprint.post("/v1/embed/<key>/activity")
@blueprint.arguments(NothingSchema())
@blueprint.response(202, RecordedSchema())
@blueprint.doc(security=[{"person_token": []}])
def post_activity(_nothing: dict[str, Any], key: str) -> dict[str, bool]:  # noqa: ARG001
    """Record that the person in the token was active today. Without a token, or for a buyer, nothing is recorded."""
    now = services().clock()
    with services().database.transaction() as session:
        who = speaker(session, gate(), bearer(), now=now)
        recorded = who.respondent_id is not None and who.audience == "end_user" and who.live
        if recorded and who.respondent_id is not None:
            mark_embed_seen(who.partner, today=now.date())
            record_activity(session, [ActiveDay(who.partner.id, who.respondent_id, now.date())], "embed", now=now)
    return {"recorded": recorded}
