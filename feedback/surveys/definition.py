"""What a survey asks, when, and how often the same person: validated, frozen, the same from JSON and back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from feedback.core.errors import Code, Problem


@dataclass(frozen=True, slots=True)
class Quiet:
    """For how many days a person is left alone, across all surveys and devices of a seat."""

    first_use_days: int = 30
    answered_days: int = 90
    dismissed_days: int = 30
    later_days: int = 7


@dataclass(frozen=True, slots=True)
class Definition:
    """One survey version. `delay_s` None: asked by hand only. `texts`: the vendor's own words, by locale and key."""

    delay_s: int | None = None
    quiet: Quiet = field(default_factory=Quiet)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """What is stored and what `load` reads."""
        return asdict(self)


_DAYS = validate.Range(min=0, max=3650)
_LOCALE = validate.Regexp(r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$", error="A BCP 47 tag, for instance de or pt-BR.")


class QuietSchema(Schema):
    """Days of quiet."""

    first_use_days = fields.Integer(strict=True, load_default=30, validate=_DAYS)
    answered_days = fields.Integer(strict=True, load_default=90, validate=_DAYS)
    dismissed_days = fields.Integer(strict=True, load_default=30, validate=_DAYS)
    later_days = fields.Integer(strict=True, load_default=7, validate=_DAYS)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Quiet:
        """A value instead of a dict."""
        return Quiet(**data)


class DefinitionSchema(Schema):
    """A survey's definition."""

    delay_s = fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=validate.Range(min=0, max=86_400)
    )
    quiet = fields.Nested(QuietSchema, load_default=Quiet)
    texts = fields.Dict(
        keys=fields.String(validate=_LOCALE),
        values=fields.Dict(keys=fields.String(), values=fields.String(validate=validate.Length(min=1, max=1000))),
        load_default=dict,
    )

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Definition:
        """A value instead of a dict."""
        return Definition(**data)


_SCHEMA = DefinitionSchema()


def load(data: Mapping[str, Any]) -> Definition:
    """The definition in `data`. Raises INVALID with the fields that do not fit."""
    try:
        definition: Definition = _SCHEMA.load(data)
    except ValidationError as error:
        raise Problem(Code.INVALID, "The survey's definition does not fit.", errors=error.messages) from error
    return definition
