"""What the door for buyers takes and answers."""

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from feedback.buyers.models import BUYER_ROLES
from feedback.http.fields import Text


@dataclass(frozen=True, slots=True)
class BuyerTerms:
    """A buyer as he or she arrives; None leaves what is known."""

    role: str | None = None
    name: str | None = None


class BuyerTermsSchema(Schema):
    """A buyer. What is left out stays as it is known."""

    role = fields.String(validate=validate.OneOf(BUYER_ROLES))
    name = Text(200)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> BuyerTerms:
        """A value instead of a dict."""
        return BuyerTerms(**data)


class BuyerSchema(Schema):
    """What is known of a buyer."""

    buyer = fields.String(required=True, attribute="external_id")
    role = fields.String(required=True, allow_none=True, validate=validate.OneOf(BUYER_ROLES))
    name = fields.String(required=True, allow_none=True)
