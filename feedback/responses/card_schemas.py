"""What the card and the page around it send, and what they are answered. Replies never carry a score or a comment."""

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from feedback.http.fields import Flag, Identifier, Moment, Text, Texts, Whole
from feedback.http.quick_schema import QuickSchema
from feedback.responses.answering import Answer
from feedback.responses.refusal import REASONS
from feedback.surveys.definition import MODES, POSITIONS

_LONGEST_COMMENT = 10_000
_LOCALE = r"^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,7}$"


@dataclass(frozen=True, slots=True)
class Wanted:
    """May this survey be shown now?"""

    survey: str
    version: int
    locales: list[str]


class AskSchema(QuickSchema):
    """The survey that could be due, and the languages of the person, best first."""

    survey = Text(80, required=True)
    version = Whole(1, 1_000_000, required=True)
    locales = Texts(Text(71, pattern=_LOCALE), 20, load_default=list)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Wanted:
        """A value instead of a dict."""
        return Wanted(**data)


class LookSchema(Schema):
    """What the page needs to know of the card's theme."""

    position = fields.String(required=True, validate=validate.OneOf(POSITIONS))
    radius_px = fields.Integer(required=True)
    mode = fields.String(required=True, validate=validate.OneOf(MODES))


class GrantSchema(Schema):
    """`due` true: show it, under this impression. False: why not, and when to ask again."""

    due = fields.Boolean(required=True)
    impression = fields.UUID()
    frame = fields.String(metadata={"description": "Path of the frame to show; not due: of one that sends the unsent."})
    look = fields.Nested(LookSchema)
    reason = fields.String(validate=validate.OneOf(REASONS))
    again_at = Moment(allow_none=True)


class MoveSchema(Schema):
    """What became of an impression."""

    state = fields.String(required=True, validate=validate.OneOf(["shown", "dismissed", "later", "left"]))


class MovedSchema(Schema):
    """The impression as it stands."""

    impression = fields.UUID(required=True)
    state = fields.String(required=True)


class AnswerSchema(QuickSchema):
    """An answer, which may grow: the score first, a comment later, each with a higher revision."""

    survey = Text(80, required=True)
    version = Whole(1, 1_000_000, required=True)
    impression = Identifier(required=True)
    score = Whole(
        0, 10, required=True, metadata={"description": "nps 0-10, csat 1-5, ces 1-7; of options the place, from 0."}
    )
    comment = Text(_LONGEST_COMMENT, low=0, allow_none=True, load_default=None)
    reason = Text(20, allow_none=True, load_default=None, metadata={"description": "One of the survey's `choices`."})
    contact = Text(
        254,
        allow_none=True,
        load_default=None,
        metadata={"description": "An e-mail address; kept where the survey asks and the partner's policy allows it."},
    )
    revision = Whole(1, 1_000_000, required=True)
    complete = Flag(required=True)
    answered_at = Moment(required=True)
    locale = Text(35, pattern=_LOCALE, allow_none=True, load_default=None)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Answer:
        """A value instead of a dict."""
        return Answer(**data)


class ObjectedSchema(Schema):
    """Whether somebody is known who objected."""

    objected = fields.Boolean(required=True)


class StandingSchema(Schema):
    """The answer's id and the revision that stands."""

    response = fields.UUID(required=True)
    revision = fields.Integer(required=True)
