"""What the door for flags takes and answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, post_load, validate

from feedback.flags import words
from feedback.flags.models import KINDS
from feedback.flags.queries import STATES, StandingFlag
from feedback.http.converters import SLUG_PATTERN
from feedback.http.fields import Day, Moment, Text
from feedback.http.pages import PageQuery, PageQuerySchema
from feedback.partners.queries import KnownPartner
from feedback.surveys.models import METRICS

_KINDS = "; ".join(f"{kind}: {text}" for kind, text in words.KINDS.items())


@dataclass(frozen=True, slots=True)
class FlagQuery:
    """Which flags, and which page of them."""

    partner: str | None
    kind: str | None
    state: str | None
    page: PageQuery


class FlagQuerySchema(PageQuerySchema):
    """Which flags, and which page of them."""

    partner = Text(80, pattern=f"^{SLUG_PATTERN}$", load_default=None, metadata={"description": "Slug."})
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))

    @post_load
    def freeze(self, data: dict[str, Any], **more: Any) -> FlagQuery:
        """A value instead of a dict."""
        page = super().freeze(data, **more)
        return FlagQuery(data["partner"], data["kind"], data["state"], page)


class ListedFlagSchema(Schema):
    """Something about answers of a partner's end users that honest ones would hardly ever do. No verdict."""

    flag = fields.UUID(required=True)
    partner = fields.String(required=True, metadata={"description": "Slug."})
    name = fields.String(required=True, metadata={"description": "The partner's."})
    kind = fields.String(required=True, validate=validate.OneOf(KINDS), metadata={"description": _KINDS})
    metric = fields.String(required=True, validate=validate.OneOf(METRICS))
    first_day = Day(required=True, metadata={"description": "Of the answers that it is about."})
    last_day = Day(required=True)
    raised_at = Moment(required=True)
    p_value = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Probability of so much or more among honest answers; null where there is none."},
    )
    evidence = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "The numbers; which ones depends on the kind."}
    )
    sentence = fields.String(required=True, metadata={"description": "The evidence in words."})
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    set_aside = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Answers that do not count because of it."}
    )
    decided_at = Moment(required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class FlagPageSchema(Schema):
    """A page of flags, in the order in which they were raised."""

    flags = fields.List(fields.Nested(ListedFlagSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


def listed(one: StandingFlag, partners: Mapping[UUID, KnownPartner]) -> dict[str, Any]:
    """A flag as `ListedFlagSchema` writes it."""
    names = ("kind", "metric", "first_day", "last_day", "raised_at", "p_value", "evidence", "sentence", "state")
    partner = partners[one.partner_id]
    aside = (one.aside_at, one.aside_by, one.aside_reason)
    settled = (one.settled_at, one.settled_by, one.settled_reason)
    decided = aside if one.state == "set_aside" else settled
    return {
        **{name: getattr(one, name) for name in names},
        **dict(zip(("decided_at", "decided_by", "reason"), decided, strict=True)),
        "flag": one.id,
        "partner": partner.slug,
        "name": partner.name,
        "set_aside": one.answers_aside,
    }
