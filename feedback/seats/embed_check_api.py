"""The door of the check of a partner's embeds."""

from typing import Any

from marshmallow import Schema, fields, validate

from feedback.http.api import Blueprint
from feedback.http.auth import secret_key_required
from feedback.http.context import now, reading, services
from feedback.http.fields import Moment
from feedback.partners.keys import clean_origin
from feedback.partners.sightings import LOADED, SIGNED, UNSIGNED
from feedback.seats.embed_check import SUBJECTS_WITHIN, EmbedCheck, Seen, check
from feedback.seats.embed_findings import Level, findings

blueprint = Blueprint("embed-check", __name__, description="Whether a partner's pages are wired up, and what is not.")


class SpanSchema(Schema):
    """When something was seen."""

    first_at = Moment(required=True)
    last_at = Moment(required=True)


class _SeenSchema(SpanSchema):
    """Something seen on pages of an origin."""

    key = fields.String(required=True)
    origin = fields.String(
        required=True, metadata={"description": "Empty: the frame, a server, or pages of this service itself."}
    )
    partner_known = fields.Boolean(
        required=True, metadata={"description": "false: with a vendor-wide key, and nobody said of which partner."}
    )


class PageSchema(_SeenSchema):
    """Pages of one origin; `signed` means that they brought a token that is accepted."""

    what = fields.String(required=True, validate=validate.OneOf([LOADED, SIGNED, UNSIGNED]))


class RefusalSchema(_SeenSchema):
    """Tokens that were refused, and why."""

    reason = fields.String(required=True)


class TurnedAwaySchema(_SeenSchema):
    """Pages whose origin is not on the key's list."""


class ViolationSchema(_SeenSchema):
    """What a page's policy blocked, as browsers reported it."""

    directive = fields.String(required=True)
    ours = fields.Boolean(required=True, metadata={"description": "What was blocked is this service's."})


class CheckedKeySchema(Schema):
    """A key in use that this partner's pages can have."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    vendor_wide = fields.Boolean(required=True)
    live = fields.Boolean(required=True)
    origins = fields.List(fields.String(), required=True)


class TokensSchema(Schema):
    """What became of tokens; null: never."""

    signed = fields.Nested(SpanSchema, required=True, allow_none=True)
    unsigned = fields.Nested(SpanSchema, required=True, allow_none=True)
    refused = fields.List(fields.Nested(RefusalSchema), required=True)


class SubjectsSchema(Schema):
    """People whom tokens named, and those of them that the vendor's own files or backend know."""

    days = fields.Integer(required=True)
    seen = fields.Integer(required=True)
    known = fields.Integer(required=True)
    on_file = fields.Integer(required=True, metadata={"description": "All whom those files and that backend know."})
    share = fields.Float(required=True, allow_none=True, metadata={"description": "From 0 to 1; null: nobody seen."})


class FindingSchema(Schema):
    """What it means, in words."""

    level = fields.String(required=True, validate=validate.OneOf([level.value for level in Level]))
    text = fields.String(required=True)


class EmbedCheckSchema(Schema):
    """What was seen of a partner's embeds. Nothing of answers."""

    partner = fields.String(required=True)
    checked_at = Moment(required=True)
    findings = fields.List(fields.Nested(FindingSchema), required=True)
    keys = fields.List(fields.Nested(CheckedKeySchema), required=True)
    origins = fields.List(fields.Nested(PageSchema), required=True)
    turned_away = fields.List(fields.Nested(TurnedAwaySchema), required=True)
    tokens = fields.Nested(TokensSchema, required=True)
    subjects = fields.Nested(SubjectsSchema, required=True)
    violations = fields.List(fields.Nested(ViolationSchema), required=True)


@blueprint.get("/v1/partners/<slug:partner>/embed-check")
@secret_key_required("read")
@blueprint.response(200, EmbedCheckSchema())
def embed_check(partner: str) -> dict[str, Any]:
    """See from which pages a partner's embed was seen, whether its tokens are valid, and what to do."""
    with reading() as session:
        found = check(session, partner, now=now())
    told = findings(found, clean_origin(services().settings.public_url))
    return {**_body(found), "findings": [{"level": one.level.value, "text": one.text} for one in told]}


def _body(found: EmbedCheck) -> dict[str, Any]:
    subjects = found.subjects
    return {
        "partner": found.partner.slug,
        "checked_at": found.checked_at,
        "keys": [
            {
                "key": key.key,
                "name": key.name,
                "vendor_wide": key.partner_id is None,
                "live": key.live,
                "origins": key.origins,
            }
            for key in found.keys
        ],
        "origins": [{**_seen(one), "what": one.what} for one in found.seen],
        "turned_away": [_seen(one) for one in found.turned_away],
        "tokens": {
            "signed": found.span(SIGNED),
            "unsigned": found.span(UNSIGNED),
            "refused": [{**_seen(one), "reason": one.what} for one in found.refused],
        },
        "subjects": {
            "days": SUBJECTS_WITHIN.days,
            **subjects._asdict(),
            "share": round(subjects.known / subjects.seen, 4) if subjects.seen else None,
        },
        "violations": [{**_seen(one), "directive": one.what, "ours": one.ours} for one in found.violations],
    }


def _seen(one: Seen) -> dict[str, Any]:
    about = {"key": one.key, "origin": one.origin, "partner_known": one.partner_known}
    return {**about, "first_at": one.span.first_at, "last_at": one.span.last_at}
