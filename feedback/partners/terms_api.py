"""Doors for what was ever allowed, and for the notices that people are told by."""

from typing import Any

from marshmallow import Schema, fields, post_load

from feedback.http.api import Blueprint
from feedback.http.auth import caller, secret_key_required
from feedback.http.context import now, reading, transaction
from feedback.http.fields import Moment, Text
from feedback.partners import queries
from feedback.partners.models import NoticeText
from feedback.partners.notice_texts import NewNotice, notices, publish_notice
from feedback.partners.policies import recorded_policies
from feedback.partners.schemas import PolicySchema
from feedback.staff.audit import record

blueprint = Blueprint("terms", __name__, description="What partners allowed, and what people were told.")

LONGEST = 100_000
"""Characters of a notice."""


class RecordedPolicySchema(PolicySchema):
    """A policy and since when it held: until the next one was recorded."""

    recorded_at = Moment(required=True)


class PolicyHistorySchema(Schema):
    """Everything that was recorded, newest first; before the first the vendor's default held."""

    policies = fields.List(fields.Nested(RecordedPolicySchema), required=True)


class NewNoticeSchema(Schema):
    """A notice to publish."""

    version = Text(80, required=True, metadata={"example": "employees-2026-11"})
    locale = Text(35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", required=True, metadata={"example": "de"})
    text = Text(LONGEST, required=True)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> NewNotice:
        """A value instead of a dict."""
        return NewNotice(**data)


class NoticeSchema(Schema):
    """A notice as it was published."""

    version = fields.String(required=True)
    locale = fields.String(required=True)
    text = fields.String(required=True)
    published_at = Moment(required=True)


class NoticeListSchema(Schema):
    """Everything that was published, the newest first."""

    notices = fields.List(fields.Nested(NoticeSchema), required=True)


@blueprint.get("/v1/partners/<slug:partner>/policies")
@secret_key_required("read")
@blueprint.response(200, PolicyHistorySchema())
def list_policies(partner: str) -> dict[str, Any]:
    """Every policy that was recorded for a partner, with the time from which it held. None is ever changed."""
    with reading() as session:
        rows = recorded_policies(session, queries.partner_by_slug(session, partner).id)
    return {"policies": rows}


@blueprint.get("/v1/privacy-notices")
@secret_key_required("read")
@blueprint.response(200, NoticeListSchema())
def list_notices() -> dict[str, Any]:
    """Every privacy notice that was published, whole."""
    with reading() as session:
        return {"notices": notices(session)}


@blueprint.post("/v1/privacy-notices")
@secret_key_required("write")
@blueprint.arguments(NewNoticeSchema())
@blueprint.response(201, NoticeSchema())
@blueprint.alt_response(200, schema=NoticeSchema, description="It was published before, word for word.")
def post_notice(new: NewNotice) -> tuple[NoticeText, int]:
    """Publish a version of a notice in one language, for good. Saying something else under its name is a conflict."""
    with transaction() as session:
        row, is_new = publish_notice(session, new, actor=caller().actor, now=now())
        if is_new:
            record(session, caller().actor, "notice.published", new.version, {"locale": new.locale}, now())
    return row, 201 if is_new else 200
