"""What the doors for surveys take and answer."""

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from feedback.http.converters import SLUG_PATTERN
from feedback.http.fields import Moment, Text
from feedback.surveys.definition import Definition, DefinitionSchema
from feedback.surveys.models import AUDIENCES, SCALES

STATES = ("draft", "live", "paused", "builtin")


@dataclass(frozen=True, slots=True)
class NewSurvey:
    """A survey to create as a draft."""

    name: str
    audience: str
    metric: str
    definition: Definition


class NewSurveySchema(Schema):
    """A survey to create. Audience and metric stay for good."""

    name = Text(
        80,
        pattern=f"^{SLUG_PATTERN}$",
        required=True,
        metadata={"description": "Not beginning `imported-`: those are built in.", "example": "end-user-nps"},
    )
    audience = fields.String(required=True, validate=validate.OneOf(AUDIENCES))
    metric = fields.String(required=True, validate=validate.OneOf(tuple(SCALES)))
    definition = fields.Nested(DefinitionSchema, load_default=Definition)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> NewSurvey:
        """A value instead of a dict."""
        return NewSurvey(**data)


class SurveyChangeSchema(Schema):
    """A new draft, which replaces the old one whole; published versions stay as they are."""

    definition = fields.Nested(DefinitionSchema, required=True)


class SurveySummarySchema(Schema):
    """A survey. `version`: the latest published one; null while there is none."""

    name = fields.String(required=True)
    audience = fields.String(required=True, validate=validate.OneOf(AUDIENCES))
    metric = fields.String(required=True, validate=validate.OneOf(tuple(SCALES)))
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    version = fields.Integer(required=True, allow_none=True)
    created_at = Moment(required=True)


class SurveyListSchema(Schema):
    """All surveys by name, built-in ones last."""

    surveys = fields.List(fields.Nested(SurveySummarySchema), required=True)


class PublishedVersionSchema(Schema):
    """A published version, which never changes."""

    version = fields.Integer(required=True)
    published_at = Moment(required=True)
    definition = fields.Nested(DefinitionSchema, required=True)


class SurveySchema(SurveySummarySchema):
    """A survey with its draft and its published versions, oldest first."""

    definition = fields.Nested(DefinitionSchema, required=True, metadata={"description": "The draft."})
    versions = fields.List(fields.Nested(PublishedVersionSchema), required=True)


class TemplateSchema(Schema):
    """A survey ready to publish."""

    name = fields.String(required=True)
    purpose = fields.String(required=True)
    audience = fields.String(required=True, validate=validate.OneOf(AUDIENCES))
    metric = fields.String(required=True, validate=validate.OneOf(tuple(SCALES)))
    definition = fields.Nested(DefinitionSchema, required=True)


class TemplateListSchema(Schema):
    """Every template."""

    templates = fields.List(fields.Nested(TemplateSchema), required=True)
