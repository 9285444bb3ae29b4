"""Doors for keys: public ones for embeds, secret ones for backends, signing ones. All need the scope `admin`."""

from typing import Any
from uuid import UUID

import flask
from sqlalchemy.orm import Session

from feedback.http.api import Blueprint
from feedback.http.auth import caller, secret_key_required
from feedback.http.context import now, reading, services, transaction
from feedback.partners import keys, queries
from feedback.partners.key_schemas import (
    EmbedKeyListSchema,
    EmbedKeySchema,
    EmbedKeyWanted,
    MadeSecretKeySchema,
    MadeSigningKeySchema,
    NewEmbedKeySchema,
    NewSecretKeySchema,
    NewSigningKeySchema,
    SecretKeyListSchema,
    SecretKeyWanted,
    SigningKeyListSchema,
    SigningKeyWanted,
)
from feedback.partners.models import EmbedKey, SecretKey, SigningKey
from feedback.staff.audit import record

blueprint = Blueprint("keys", __name__, description="Who may speak: pages, backends, and those who vouch for people.")


@blueprint.get("/v1/embed-keys")
@secret_key_required("admin")
@blueprint.response(200, EmbedKeyListSchema())
def list_embed_keys() -> dict[str, Any]:
    """Public keys of embeds, also revoked ones."""
    with reading() as session:
        slugs = queries.slugs(session)
        return {"embed_keys": [_embed_key(row, slugs) for row in keys.all_embed_keys(session)]}


@blueprint.post("/v1/embed-keys")
@secret_key_required("admin")
@blueprint.arguments(NewEmbedKeySchema())
@blueprint.response(201, EmbedKeySchema())
def create_embed_key(new: EmbedKeyWanted) -> dict[str, Any]:
    """Make a public key for pages of some origins."""
    with transaction() as session:
        partner_id = _partner_id(session, new.partner)
        row = keys.create_embed_key(session, new.name, new.origins, partner_id=partner_id, live=new.live, now=now())
        detail = {"partner": new.partner, "origins": row.origins, "live": row.live}
        record(session, caller().actor, "embed_key.created", row.key, detail, now())
        return _embed_key(row, queries.slugs(session))


@blueprint.delete("/v1/embed-keys/<key>")
@secret_key_required("admin")
@blueprint.response(204)
def revoke_embed_key(key: str) -> flask.Response:
    """Revoke an embed key; pages with it show nothing from then on."""
    return _revoke(EmbedKey, key, "embed_key.revoked")


@blueprint.get("/v1/secret-keys")
@secret_key_required("admin")
@blueprint.response(200, SecretKeyListSchema())
def list_secret_keys() -> dict[str, Any]:
    """Secret keys, also revoked ones, without their secrets."""
    with reading() as session:
        return {"secret_keys": keys.all_secret_keys(session)}


@blueprint.post("/v1/secret-keys")
@secret_key_required("admin")
@blueprint.arguments(NewSecretKeySchema())
@blueprint.response(201, MadeSecretKeySchema())
def create_secret_key(new: SecretKeyWanted) -> dict[str, Any]:
    """Make a key for a backend. Its text is in this answer and nowhere else."""
    with transaction() as session:
        row, text = keys.create_secret_key(session, new.name, new.scopes, live=new.live, now=now())
        record(session, caller().actor, "secret_key.created", row.id, {"scopes": row.scopes, "live": row.live}, now())
    names = ("id", "name", "scopes", "live", "created_at", "last_used_at", "revoked_at")
    return {**{name: getattr(row, name) for name in names}, "key": text}


@blueprint.delete("/v1/secret-keys/<key>")
@secret_key_required("admin")
@blueprint.response(204)
def revoke_secret_key(key: str) -> flask.Response:
    """Revoke a secret key by its id, at once; also the one that asks."""
    return _revoke(SecretKey, key, "secret_key.revoked")


@blueprint.get("/v1/signing-keys")
@secret_key_required("admin")
@blueprint.response(200, SigningKeyListSchema())
def list_signing_keys() -> dict[str, Any]:
    """Signing keys, also revoked ones, without their secrets."""
    with reading() as session:
        slugs = queries.slugs(session)
        return {"signing_keys": [_signing_key(row, slugs) for row in keys.all_signing_keys(session)]}


@blueprint.post("/v1/signing-keys")
@secret_key_required("admin")
@blueprint.arguments(NewSigningKeySchema())
@blueprint.response(201, MadeSigningKeySchema())
def create_signing_key(new: SigningKeyWanted) -> dict[str, Any]:
    """Make a signing key: HS256, whose secret is in this answer and nowhere else, or ES256 with your public key."""
    with transaction() as session:
        made = keys.create_signing_key(
            session,
            new.name,
            new.algorithm,
            partner_id=_partner_id(session, new.partner),
            public_key_pem=new.public_key_pem,
            vault=services().secrets.vault,
            now=now(),
        )
        detail = {"partner": new.partner, "algorithm": new.algorithm}
        record(session, caller().actor, "signing_key.created", made.row.kid, detail, now())
        return {**_signing_key(made.row, queries.slugs(session)), "secret": made.secret}


@blueprint.delete("/v1/signing-keys/<key>")
@secret_key_required("admin")
@blueprint.response(204)
def revoke_signing_key(key: str) -> flask.Response:
    """Revoke a signing key by its `kid`; tokens that it signed are refused from then on."""
    return _revoke(SigningKey, key, "signing_key.revoked")


def _revoke(kind: type[keys.AnyKey], identifier: str, action: str) -> flask.Response:
    with transaction() as session:
        keys.revoke(session, identifier, kind=kind, now=now())
        record(session, caller().actor, action, identifier, {}, now())
    return flask.Response(status=204)


def _partner_id(session: Session, slug: str | None) -> UUID | None:
    return None if slug is None else queries.partner_by_slug(session, slug).id


def _embed_key(row: EmbedKey, slugs: dict[UUID, str]) -> dict[str, Any]:
    names = ("key", "name", "origins", "live", "created_at", "revoked_at")
    return {**{name: getattr(row, name) for name in names}, "partner": _slug(row.partner_id, slugs)}


def _signing_key(row: SigningKey, slugs: dict[UUID, str]) -> dict[str, Any]:
    names = ("kid", "name", "algorithm", "public_key_pem", "created_at", "revoked_at")
    return {**{name: getattr(row, name) for name in names}, "partner": _slug(row.partner_id, slugs)}


def _slug(partner_id: UUID | None, slugs: dict[UUID, str]) -> str | None:
    return None if partner_id is None else slugs[partner_id]
