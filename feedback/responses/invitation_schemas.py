"""What the vendor's door for invitations takes and answers."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from feedback.buyers.models import BUYER_ROLES
from feedback.http.converters import SLUG_PATTERN
from feedback.http.fields import Moment, Text, Whole
from feedback.responses.invitations import MOST_DAYS, USUAL_DAYS, NewInvitation


class NewInvitationSchema(Schema):
    """Somebody to invite. `role` and `name` are those of a buyer, kept for them only."""

    partner = Text(80, pattern=f"^{SLUG_PATTERN}$", required=True, metadata={"example": "acme"})
    respondent = Text(
        200,
        required=True,
        metadata={"description": "Your id of the seat or the buyer; a seat's is not kept.", "example": "u-1042"},
    )
    role = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(BUYER_ROLES))
    name = Text(200, load_default=None, allow_none=True)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> NewInvitation:
        """A value instead of a dict."""
        return NewInvitation(**data)


class NewInvitationsSchema(Schema):
    """Up to a thousand people to invite, and for how many days their links work."""

    respondents = fields.List(
        fields.Nested(NewInvitationSchema), required=True, validate=validate.Length(min=1, max=1000)
    )
    days = Whole(1, MOST_DAYS, load_default=USUAL_DAYS)


class InvitationSchema(Schema):
    """A link, for this person and one answer."""

    partner = fields.String(required=True)
    respondent = fields.String(required=True)
    link = fields.String(required=True, metadata={"description": "Shown this once; only its hash is kept."})
    expires_at = Moment(required=True)


class NotInvitedSchema(Schema):
    """Somebody for whom there is no link."""

    place = fields.Integer(required=True, metadata={"description": "In `respondents`, from 0."})
    reason = fields.String(required=True)


class InvitationsSchema(Schema):
    """The links, in the order of the respondents, and who has none."""

    invitations = fields.List(fields.Nested(InvitationSchema), required=True)
    refused = fields.List(fields.Nested(NotInvitedSchema), required=True)
