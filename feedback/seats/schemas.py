"""What the doors for seats, activity and attributes take and answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from feedback.http.fields import Day, Flag, Moment, Text, Texts
from feedback.seats.attributes import LONGEST_NAME, LONGEST_VALUE, MOST_ATTRIBUTES, MOST_VALUES

ATTRIBUTE_NAME = Text(LONGEST_NAME, pattern="^[A-Za-z0-9_-]+$")
SUBJECT_DESCRIPTION = "The vendor's own id of the person; kept only as a pseudonym."


def _few(attributes: Mapping[str, str]) -> None:
    if len(attributes) > MOST_ATTRIBUTES:
        raise ValidationError(f"At most {MOST_ATTRIBUTES} attributes.")


class Attributes(fields.Dict):
    """Attributes of a seat by name; names that are new are declared, up to six."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            keys=ATTRIBUTE_NAME,
            values=Text(LONGEST_VALUE),
            validate=_few,
            metadata={
                "maxProperties": MOST_ATTRIBUTES,
                "description": f"Declared as they come, at most {MOST_ATTRIBUTES}; names of letters, digits, - and _.",
                "example": {"department": "Nursing", "country": "CH"},
            },
            **kwargs,
        )


@dataclass(frozen=True, slots=True)
class SeatTerms:
    """A seat as it arrives; None leaves what is known."""

    deployed_on: date | None = None
    left_on: date | None = None
    attributes: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SeatDay:
    """A seat, by its external id, was active on a day."""

    seat: str
    day: date
    onboarding: bool
    meaningful: bool


class SeatTermsSchema(Schema):
    """A seat. What is left out stays as it is known."""

    deployed_on = Day(metadata={"description": "When the person got access."})
    left_on = Day(metadata={"description": "When the person lost access."})
    attributes = Attributes()

    @validates_schema(skip_on_field_errors=True)
    def fit(self, data: dict[str, Any], **_: Any) -> None:
        """What must fit together."""
        if "deployed_on" in data and "left_on" in data and data["left_on"] < data["deployed_on"]:
            raise ValidationError("Must not be before deployed_on.", "left_on")

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> SeatTerms:
        """A value instead of a dict."""
        return SeatTerms(**data)


class SeatSchema(Schema):
    """What is known of a seat. Attribute values that are not told apart are `other`."""

    deployed_on = Day(required=True, allow_none=True)
    left_on = Day(required=True, allow_none=True)
    attributes = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class SeatDaySchema(Schema):
    """A seat was active on a day."""

    seat = Text(200, required=True, metadata={"description": SUBJECT_DESCRIPTION, "example": "u-1042"})
    day = Day(required=True, metadata={"description": "In UTC; not later than tomorrow."})
    onboarding = Flag(load_default=False, metadata={"description": "Only to get started."})
    meaningful = Flag(load_default=False, metadata={"description": "Did what the product is for."})

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> SeatDay:
        """A value instead of a dict."""
        return SeatDay(**data)


class ActivitySchema(Schema):
    """Up to a thousand days on which seats were active; a day that is known already does no harm."""

    days = fields.List(fields.Nested(SeatDaySchema), required=True, validate=validate.Length(min=1, max=1000))


class ActivityTakenSchema(Schema):
    """How many days were taken."""

    days = fields.Integer(required=True)


class NewAttributeSchema(Schema):
    """An attribute to declare, and values of it to tell apart."""

    name = Text(LONGEST_NAME, pattern="^[A-Za-z0-9_-]+$", required=True, metadata={"example": "department"})
    values = Texts(Text(LONGEST_VALUE), MOST_VALUES, load_default=list)


class AttributeSchema(Schema):
    """A declared attribute and the values that are told apart; all others count as `other`."""

    name = fields.String(required=True)
    values = fields.List(fields.String(), required=True)
    created_at = Moment(required=True)


class AttributeListSchema(Schema):
    """All declared attributes; at most six."""

    attributes = fields.List(fields.Nested(AttributeSchema), required=True)
