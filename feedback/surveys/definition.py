"""What a survey asks, whom, when, and how often the same person: validated, frozen, the same from JSON and back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from feedback.core.errors import Code, Problem
from feedback.http.fields import Flag, Share

DEVICES = ("desktop", "tablet", "mobile")
POSITIONS = ("bottom-end", "bottom-start", "top-end", "top-start")
MODES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class Quiet:
    """For how many days a person is left alone, across all surveys and devices of a seat.

    A person may be asked from `first_use_days` after first use on, until `first_use_until_days` (None: without an end).
    """

    first_use_days: int = 30
    first_use_until_days: int | None = None
    answered_days: int = 90
    dismissed_days: int = 30
    later_days: int = 7


@dataclass(frozen=True, slots=True)
class Theme:
    """How the card looks. `font` names fonts that the device has; `position` is where in the window it stands."""

    accent: str = "#0b6f6a"
    radius_px: int = 14
    font: str = "system-ui, sans-serif"
    position: str = "bottom-end"
    mode: str = "auto"


@dataclass(frozen=True, slots=True)
class Definition:
    """One survey version.

    `delay_s`: seconds after the trigger; None: asked by hand or by link only. `on`: the trigger, one of `event`,
    `scroll_percent`, `exit_intent`, `click` with its value; None: the page itself. `pages`: the rule that the page's
    address must meet, see `surveys.pages`. `devices`, `partners` (slugs): none named are all. `seats`: by attribute,
    the values of those who are asked. `sample`: the share of people who are in, drawn anew for another `wave`.
    `daily_cap`: people asked per partner and day. `wording`: which built-in words; None: those of the audience and
    metric. `choices`: keys of the second, closed question. `contact`: ask for an address, where the partner's policy
    allows it. `texts`: the vendor's own words, by locale and key.
    """

    delay_s: int | None = None
    on: Mapping[str, Any] | None = None
    pages: Mapping[str, Any] | None = None
    devices: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    seats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sample: float = 1.0
    wave: str = ""
    daily_cap: int | None = None
    quiet: Quiet = field(default_factory=Quiet)
    wording: str | None = None
    choices: tuple[str, ...] = ()
    contact: bool = False
    theme: Theme = field(default_factory=Theme)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """What is stored and what `load` reads."""
        plain = asdict(self)
        listed = {name: list(getattr(self, name)) for name in _LISTED}
        return plain | listed | {"seats": {name: list(values) for name, values in self.seats.items()}}


_LISTED = ("devices", "partners", "choices")
_DAYS = validate.Range(min=0, max=3650)
_LOCALE = validate.Regexp(r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$", error="A BCP 47 tag, for instance de or pt-BR.")
_NAME = validate.Regexp(r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$", error="1 to 80 of letters, digits and . _ : -")
_SLUG = validate.Regexp(r"^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$", error="The slug of a partner, for instance acme.")
_KEY = validate.Regexp(r"^[a-z][a-z0-9_]{0,19}$", error="1 to 20 of a-z, 0-9 and _, beginning with a letter.")
_HEX = validate.Regexp(r"^#[0-9a-fA-F]{6}$", error="A colour like #0b6f6a.")
# No blank of its own after the comma: read in two ways, a list that does not fit takes for ever to be refused.
_FONT = validate.Regexp(
    r"^[A-Za-z0-9 '\"_-]+(,[A-Za-z0-9 '\"_-]+)*$", error="Names of fonts, with commas between them."
)


class QuietSchema(Schema):
    """Days of quiet."""

    first_use_days = fields.Integer(strict=True, load_default=30, validate=_DAYS)
    first_use_until_days = fields.Integer(strict=True, allow_none=True, load_default=None, validate=_DAYS)
    answered_days = fields.Integer(strict=True, load_default=90, validate=_DAYS)
    dismissed_days = fields.Integer(strict=True, load_default=30, validate=_DAYS)
    later_days = fields.Integer(strict=True, load_default=7, validate=_DAYS)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Quiet:
        """A value instead of a dict."""
        return Quiet(**data)


class OnSchema(Schema):
    """What begins the delay; one of them."""

    event = fields.String(validate=_NAME, metadata={"description": 'As in `feedback("track", name)`.'})
    scroll_percent = fields.Integer(strict=True, validate=validate.Range(min=1, max=100))
    exit_intent = Flag(validate=validate.OneOf([True]), metadata={"description": "The pointer leaves upwards."})
    click = fields.String(validate=validate.Length(min=1, max=200), metadata={"description": "A CSS selector."})

    @validates_schema
    def is_one(self, data: dict[str, Any], **_: Any) -> None:
        """Two triggers would be two surveys."""
        if len(data) != 1:
            raise ValidationError("Name one of event, scroll_percent, exit_intent, click.")


class ThemeSchema(Schema):
    """How the card looks."""

    accent = fields.String(load_default=Theme().accent, validate=_HEX)
    radius_px = fields.Integer(strict=True, load_default=14, validate=validate.Range(min=0, max=28))
    font = fields.String(load_default=Theme().font, validate=[_FONT, validate.Length(max=200)])
    position = fields.String(load_default=Theme().position, validate=validate.OneOf(POSITIONS))
    mode = fields.String(load_default=Theme().mode, validate=validate.OneOf(MODES))

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Theme:
        """A value instead of a dict."""
        return Theme(**data)


class DefinitionSchema(Schema):
    """A survey's definition."""

    delay_s = fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=validate.Range(min=0, max=86_400)
    )
    on = fields.Nested(OnSchema, allow_none=True, load_default=None)
    pages = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
    devices = fields.List(fields.String(validate=validate.OneOf(DEVICES)), load_default=list)
    partners = fields.List(fields.String(validate=_SLUG), load_default=list, validate=validate.Length(max=1000))
    seats = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1, max=40)),
        values=fields.List(fields.String(validate=validate.Length(min=1, max=80)), validate=validate.Length(min=1)),
        load_default=dict,
    )
    sample = Share(load_default=1.0)
    wave = fields.String(load_default="", validate=validate.Length(max=80))
    daily_cap = fields.Integer(strict=True, allow_none=True, load_default=None, validate=validate.Range(min=1))
    quiet = fields.Nested(QuietSchema, load_default=Quiet)
    wording = fields.String(allow_none=True, load_default=None, validate=validate.Length(max=40))
    choices = fields.List(fields.String(validate=_KEY), load_default=list, validate=validate.Length(max=8))
    contact = Flag(load_default=False)
    theme = fields.Nested(ThemeSchema, load_default=Theme)
    texts = fields.Dict(
        keys=fields.String(validate=_LOCALE),
        values=fields.Dict(keys=fields.String(), values=fields.String(validate=validate.Length(min=1, max=1000))),
        load_default=dict,
    )

    @validates_schema
    def fits_together(self, data: dict[str, Any], **_: Any) -> None:
        """What single fields cannot tell."""
        if data["on"] is not None and data["delay_s"] is None:
            raise ValidationError("With a trigger `delay_s` is a number, 0 for at once.", "delay_s")
        for name in ("choices", "partners"):
            if len(set(data[name])) != len(data[name]):
                raise ValidationError(f"Each of the {name} once.", name)
        quiet: Quiet = data["quiet"]
        if quiet.first_use_until_days is not None and quiet.first_use_until_days < quiet.first_use_days:
            raise ValidationError("It is before first_use_days: nobody would be asked.", "quiet")

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Definition:
        """A value instead of a dict."""
        listed = {name: tuple(data[name]) for name in _LISTED}
        seats = {name: tuple(values) for name, values in data["seats"].items()}
        return Definition(**{**data, **listed, "seats": seats})


_SCHEMA = DefinitionSchema()


def load(data: Mapping[str, Any]) -> Definition:
    """The definition in `data`. Raises INVALID with the fields that do not fit."""
    try:
        definition: Definition = _SCHEMA.load(data)
    except ValidationError as error:
        raise Problem(Code.INVALID, "The survey's definition does not fit.", errors=error.messages) from error
    return definition
