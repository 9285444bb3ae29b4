"""What the doors for keys take and answer."""

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from feedback.http.converters import SLUG_PATTERN
from feedback.http.fields import Flag, Moment, Text
from feedback.partners.keys import SECRET_SCOPES

ALGORITHMS = ("HS256", "ES256")


@dataclass(frozen=True, slots=True)
class EmbedKeyWanted:
    """A key for pages; `partner` None: vendor-wide, the partner comes from the token."""

    name: str
    origins: list[str]
    partner: str | None
    live: bool


@dataclass(frozen=True, slots=True)
class SecretKeyWanted:
    """A key for the vendor's backend."""

    name: str
    scopes: list[str]
    live: bool


@dataclass(frozen=True, slots=True)
class SigningKeyWanted:
    """A key that signs tokens; `partner` None: the vendor's own."""

    name: str
    algorithm: str
    partner: str | None
    public_key_pem: str | None


def _partner(whose: str) -> Text:
    return Text(
        80, pattern=f"^{SLUG_PATTERN}$", load_default=None, allow_none=True, metadata={"description": f"Slug. {whose}"}
    )


class NewEmbedKeySchema(Schema):
    """A public key for pages."""

    name = Text(200, required=True, metadata={"example": "Backend"})
    origins = fields.List(
        Text(300, metadata={"example": "https://app.example.com"}),
        required=True,
        validate=validate.Length(min=1, max=50),
        metadata={"description": "Where pages may use it, like https://app.example.com."},
    )
    partner = _partner("null: vendor-wide, the partner comes from the token.")
    live = Flag(load_default=True, metadata={"description": "false: for trying out, never counted."})

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> EmbedKeyWanted:
        """A value instead of a dict."""
        return EmbedKeyWanted(**data)


class NewSecretKeySchema(Schema):
    """A key for the vendor's backend."""

    name = Text(200, required=True, metadata={"example": "Backend"})
    scopes = fields.List(
        fields.String(validate=validate.OneOf(SECRET_SCOPES)), required=True, validate=validate.Length(min=1, max=3)
    )
    live = Flag(load_default=True, metadata={"description": "false: for trying out, never counted."})

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> SecretKeyWanted:
        """A value instead of a dict."""
        return SecretKeyWanted(**data)


class NewSigningKeySchema(Schema):
    """A key that vouches for respondents."""

    name = Text(200, required=True, metadata={"example": "Backend"})
    algorithm = fields.String(load_default="HS256", validate=validate.OneOf(ALGORITHMS))
    partner = _partner("null: the vendor's own key.")
    public_key_pem = Text(4000, load_default=None, allow_none=True, metadata={"description": "For ES256, on P-256."})

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> SigningKeyWanted:
        """A value instead of a dict."""
        return SigningKeyWanted(**data)


class EmbedKeySchema(Schema):
    """A public key for pages."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    origins = fields.List(fields.String(), required=True)
    partner = fields.String(required=True, allow_none=True)
    live = fields.Boolean(required=True)
    created_at = Moment(required=True)
    revoked_at = Moment(required=True, allow_none=True)


class SecretKeySchema(Schema):
    """A secret key, without its secret."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    live = fields.Boolean(required=True)
    created_at = Moment(required=True)
    last_used_at = Moment(required=True, allow_none=True)
    revoked_at = Moment(required=True, allow_none=True)


class MadeSecretKeySchema(SecretKeySchema):
    """A new secret key; `key` is shown this once."""

    key = fields.String(required=True)


class SigningKeySchema(Schema):
    """A signing key, without its secret."""

    kid = fields.String(required=True)
    name = fields.String(required=True)
    algorithm = fields.String(required=True, validate=validate.OneOf(ALGORITHMS))
    partner = fields.String(required=True, allow_none=True)
    public_key_pem = fields.String(required=True, allow_none=True)
    created_at = Moment(required=True)
    revoked_at = Moment(required=True, allow_none=True)


class MadeSigningKeySchema(SigningKeySchema):
    """A new signing key; `secret` (null for ES256) is shown this once."""

    secret = fields.String(required=True, allow_none=True)


class EmbedKeyListSchema(Schema):
    """All embed keys, oldest first."""

    embed_keys = fields.List(fields.Nested(EmbedKeySchema), required=True)


class SecretKeyListSchema(Schema):
    """All secret keys, oldest first."""

    secret_keys = fields.List(fields.Nested(SecretKeySchema), required=True)


class SigningKeyListSchema(Schema):
    """All signing keys, oldest first."""

    signing_keys = fields.List(fields.Nested(SigningKeySchema), required=True)
