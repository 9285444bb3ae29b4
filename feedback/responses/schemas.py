"""What the vendor's doors for responses take and answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from feedback.http.converters import SLUG_PATTERN
from feedback.http.fields import Flag, Moment, Text, Whole
from feedback.responses.models import REASONS
from feedback.seats.schemas import Attributes
from feedback.surveys.models import AUDIENCES, SCALES

LONGEST_COMMENT = 10_000


@dataclass(frozen=True, slots=True)
class VouchedAnswer:
    """A response as the vendor's backend sends it; `version` and `answered_at` None: as they stand, else current."""

    survey: str
    respondent: str
    score: int
    audience: str | None
    version: int | None
    comment: str | None
    reason: str | None
    revision: int
    complete: bool
    answered_at: datetime | None
    locale: str | None
    attributes: Mapping[str, str] | None


class VouchedAnswerSchema(Schema):
    """An answer that the vendor vouches for. It may grow: send it again under its id with a higher `revision`."""

    survey = Text(80, pattern=f"^{SLUG_PATTERN}$", required=True, metadata={"example": "end-user-nps"})
    respondent = Text(
        200,
        required=True,
        metadata={"description": "Your id of the seat or the buyer; a seat's is not kept.", "example": "u-1042"},
    )
    score = Whole(
        0,
        10,
        required=True,
        metadata={"description": "On the metric's scale: nps 0-10, csat 1-5, ces 1-7.", "example": 9},
    )
    audience = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(AUDIENCES),
        metadata={"description": "The survey's; sent, it must be that."},
    )
    version = Whole(
        1,
        1_000_000,
        load_default=None,
        allow_none=True,
        metadata={"description": "null: that of the standing revision, else the latest."},
    )
    comment = Text(LONGEST_COMMENT, low=0, load_default=None, allow_none=True)
    reason = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(REASONS))
    revision = Whole(1, 1_000_000, load_default=1)
    complete = Flag(load_default=True)
    answered_at = Moment(
        load_default=None,
        allow_none=True,
        metadata={"description": "null: that of the standing revision, else now. Never later than now."},
    )
    locale = Text(35, pattern="^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,7}$", load_default=None, allow_none=True)
    attributes = Attributes(load_default=None, allow_none=True)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> VouchedAnswer:
        """A value instead of a dict."""
        return VouchedAnswer(**data)


class ListedResponseSchema(Schema):
    """An answer at its latest revision."""

    response = fields.UUID(required=True)
    revision = fields.Integer(required=True)
    survey = fields.String(required=True)
    version = fields.Integer(required=True)
    audience = fields.String(required=True, validate=validate.OneOf(AUDIENCES))
    metric = fields.String(required=True, validate=validate.OneOf(tuple(SCALES)))
    respondent = fields.UUID(
        required=True, metadata={"description": "Pseudonym: the same person at the same partner is the same."}
    )
    score = fields.Integer(required=True)
    comment = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    complete = fields.Boolean(required=True)
    locale = fields.String(required=True, allow_none=True)
    attributes = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, metadata={"description": "As they were then."}
    )
    trust = fields.String(required=True)
    answered_at = Moment(required=True)
    received_at = Moment(required=True)


class ResponsePageSchema(Schema):
    """A page of answers, in the order of their receipt."""

    responses = fields.List(fields.Nested(ListedResponseSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
