"""The door that says under which terms an answer was given."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from feedback.http.api import Blueprint
from feedback.http.auth import caller, secret_key_required
from feedback.http.context import now, transaction
from feedback.http.fields import Moment
from feedback.partners.queries import partner_by_slug
from feedback.partners.schemas import PolicySchema
from feedback.responses.terms_shown import answer_terms
from feedback.staff.audit import record

blueprint = Blueprint("answer-terms", __name__, description="Under which terms an answer was given.")


class CardSchema(Schema):
    """The words on the card, in the language in which it was shown."""

    locale = fields.String(required=True)
    texts = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class AnswerTermsSchema(Schema):
    """Which policy held when the person was asked, what its notice says, and what stood on the card."""

    asked_at = Moment(required=True, metadata={"description": "Without a card: when the answer was received first."})
    policy = fields.Nested(PolicySchema, required=True)
    policy_recorded_at = Moment(
        required=True, allow_none=True, metadata={"description": "null: nothing was recorded, the default held."}
    )
    notice_version = fields.String(required=True, allow_none=True)
    notice = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "Its text by language, as far as it was published."},
    )
    card = fields.Nested(
        CardSchema, required=True, allow_none=True, metadata={"description": "null: no card of ours asked."}
    )


@blueprint.get("/v1/partners/<slug:partner>/responses/<uuid:response>/terms")
@secret_key_required("read")
@blueprint.response(200, AnswerTermsSchema())
def get_terms(partner: str, response: UUID) -> dict[str, Any]:
    """Under which terms an answer was given: policy, notice, words of the card. Reading is recorded."""
    with transaction() as session:
        found = answer_terms(session, partner_by_slug(session, partner).id, response)
        record(session, caller().actor, "response.terms_read", partner, {"response": str(response)}, now())
        return found.as_json()
