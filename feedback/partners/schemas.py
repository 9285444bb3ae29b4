"""What the doors for partners, contracts and promotions take and answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from feedback.core.errors import Code, Problem
from feedback.http.converters import SLUG_PATTERN
from feedback.http.fields import Day, Flag, Moment, Text, Whole
from feedback.partners.commands import ContractTerms
from feedback.partners.models import OUTCOMES, ROLES_OF_DATA
from feedback.partners.money import clean_currency, minor_units

BRANDINGS = ("own", "co_branded", "white_label")
_MOST_LICENCES = 100_000_000


@dataclass(frozen=True, slots=True)
class NewPartner:
    """A partner to create; `policy`: what it allows, as far as it was said."""

    slug: str
    name: str
    policy: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PartnerChange:
    """What to change of a partner; None leaves it. `policy` holds the terms that change."""

    name: str | None = None
    left: bool | None = None
    policy: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NewContract:
    """A contract as it arrives. Money in minor units (cents) of `currency`, per year."""

    licences: int
    starts_on: date
    renews_on: date
    yearly_value_minor_units: int | None
    currency: str | None
    notice_on: date | None
    outcome: str
    decided_on: date | None
    renewed_licences: int | None
    renewed_value_minor_units: int | None

    def terms(self, partner_id: UUID, contract_id: str) -> ContractTerms:
        """The same, of this partner and under this id."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return ContractTerms(partner_id=partner_id, contract_id=contract_id, **values)


class Amount(fields.Field[str]):
    """Money as a decimal text or a number; the text."""

    def __init__(self, **kwargs: Any) -> None:
        about = {"type": ["string", "number"], "pattern": r"^[0-9]{1,15}(\.[0-9]{1,4})?$", "minimum": 0}
        super().__init__(metadata={**about, "description": "Per year, like `1200.50` or 1200.5."}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:  # noqa: ARG002
        text = str(value)
        if isinstance(value, bool) or not isinstance(value, str | int | float) or not _AMOUNT.fullmatch(text):
            raise ValidationError("Must be an amount like 1200.50, without sign and thousands separators.")
        return text


_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?")


class PolicySchema(Schema):
    """What a partner allows and on what ground. What was never said is the vendor's default."""

    role_of_data = fields.String(
        validate=validate.OneOf(ROLES_OF_DATA), allow_none=True, metadata={"description": "Of the vendor."}
    )
    controller = Text(200, allow_none=True, metadata={"description": "Who decides about the data, by name."})
    lawful_basis = Text(200, allow_none=True)
    notice_version = Text(
        80, allow_none=True, metadata={"description": "Its text is kept apart: `/v1/privacy-notices`."}
    )
    consulted = Text(2000, allow_none=True, metadata={"description": "Who was asked before: works council, ..."})
    hosting_region = Text(80, allow_none=True)
    may_ask = Flag()
    may_contact = Flag()
    may_replay = Flag()
    may_benchmark = Flag()
    may_share_back = Flag()
    branding = fields.String(validate=validate.OneOf(BRANDINGS))
    valid_until = Day(allow_none=True)


class NewPartnerSchema(Schema):
    """A partner to create."""

    slug = Text(80, pattern=f"^{SLUG_PATTERN}$", required=True, metadata={"example": "acme"})
    name = Text(200, required=True, metadata={"example": "Acme"})
    policy = fields.Nested(PolicySchema)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> NewPartner:
        """A value instead of a dict."""
        return NewPartner(**data)


class PartnerChangeSchema(Schema):
    """What to change; what is not named stays."""

    name = Text(200)
    left = Flag(metadata={"description": "true: the partner has left, from now; false: it is back."})
    policy = fields.Nested(PolicySchema)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> PartnerChange:
        """A value instead of a dict."""
        return PartnerChange(**data)


class ListedPartnerSchema(Schema):
    """A partner in a list."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    created_at = Moment(required=True)
    left_at = Moment(required=True, allow_none=True)
    embed_seen_on = Day(required=True, allow_none=True, metadata={"description": "First day the widget was seen."})


class PartnerSchema(ListedPartnerSchema):
    """A partner and what it allows now."""

    policy = fields.Nested(PolicySchema, required=True)


class PartnerPageSchema(Schema):
    """A page of partners, in the order in which they were created."""

    partners = fields.List(fields.Nested(ListedPartnerSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class NewContractSchema(Schema):
    """A contract. Amounts need `currency`."""

    licences = Whole(0, _MOST_LICENCES, required=True, metadata={"example": 200})
    starts_on = Day(required=True, metadata={"example": "2026-01-01"})
    renews_on = Day(required=True, metadata={"description": "After `starts_on`.", "example": "2027-01-01"})
    yearly_value = Amount(load_default=None, allow_none=True)
    currency = Text(3, low=3, load_default=None, allow_none=True, metadata={"description": "ISO 4217, like EUR."})
    notice_on = Day(load_default=None, allow_none=True)
    outcome = fields.String(load_default="open", validate=validate.OneOf(OUTCOMES))
    decided_on = Day(load_default=None, allow_none=True)
    renewed_licences = Whole(0, _MOST_LICENCES, load_default=None, allow_none=True)
    renewed_value = Amount(load_default=None, allow_none=True)

    @validates_schema(skip_on_field_errors=True)
    def fit(self, data: dict[str, Any], **_: Any) -> None:
        """What must fit together."""
        if data["renews_on"] <= data["starts_on"]:
            raise ValidationError("Must be after starts_on.", "renews_on")
        if data["currency"] is None and (data["yearly_value"] is not None or data["renewed_value"] is not None):
            raise ValidationError("An amount needs its currency.", "currency")

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> NewContract:
        """A value instead of a dict, money in minor units."""
        currency = None if data["currency"] is None else clean_currency(data["currency"])
        for name in ("yearly_value", "renewed_value"):
            text = data.pop(name)
            data[f"{name}_minor_units"] = None if text is None else _units(name, text, currency or "")
        return NewContract(**{**data, "currency": currency})


def _units(field: str, text: str, currency: str) -> int:
    try:
        return minor_units(text, currency)
    except Problem as problem:
        raise Problem(Code.INVALID, problem.detail, errors={field: [problem.detail]}) from problem


class ContractSchema(Schema):
    """A contract as it stands. Amounts as decimal texts."""

    contract_id = fields.String(required=True)
    licences = fields.Integer(required=True)
    starts_on = Day(required=True)
    renews_on = Day(required=True)
    yearly_value = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    notice_on = Day(required=True, allow_none=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    decided_on = Day(required=True, allow_none=True)
    renewed_licences = fields.Integer(required=True, allow_none=True)
    renewed_value = fields.String(required=True, allow_none=True)


class ContractListSchema(Schema):
    """All contracts of a partner, by start."""

    contracts = fields.List(fields.Nested(ContractSchema), required=True)


class PromotionSchema(Schema):
    """One time that a partner told its people about the product. Day and channel identify it."""

    day = Day(required=True)
    channel = Text(80, required=True, metadata={"example": "newsletter"})
    reach = Whole(0, 100_000_000, load_default=None, allow_none=True, metadata={"description": "People reached."})
    note = Text(2000, load_default=None, allow_none=True)


class PromotionListSchema(Schema):
    """All promotions of a partner, by day."""

    promotions = fields.List(fields.Nested(PromotionSchema), required=True)
