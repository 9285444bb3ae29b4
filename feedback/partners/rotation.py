"""A second key beside one that is in use, so that it can be exchanged before the first is revoked."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from cryptography.fernet import Fernet
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.partners import keys
from feedback.partners.models import EmbedKey, SecretKey, SigningKey


@dataclass(frozen=True, slots=True)
class Second:
    """The new key: `identifier` as keys are listed, and the text that is shown this once (None: nothing secret)."""

    row: keys.AnyKey
    identifier: str
    secret: str | None


def second(session: Session, kind: type[keys.AnyKey], identifier: str, *, vault: Fernet, now: datetime) -> Second:
    """Make another key that may do what this one may; both are in use until one is revoked.

    Raises NOT_FOUND, CONFLICT for a key that is revoked and for ES256, whose second key pair you make.
    """
    row = cast("keys.AnyKey | None", session.get(kind, identifier))
    if row is None:
        raise Problem(Code.NOT_FOUND, "There is no such key.")
    if row.revoked_at is not None:
        raise Problem(Code.CONFLICT, "This key is revoked; make a new one.")
    if isinstance(row, EmbedKey):
        made = keys.create_embed_key(session, row.name, row.origins, partner_id=row.partner_id, live=row.live, now=now)
        return Second(made, made.key, None)
    if isinstance(row, SecretKey):
        secret_key, text = keys.create_secret_key(session, row.name, row.scopes, live=row.live, now=now)
        return Second(secret_key, secret_key.id, text)
    return _second_signing(session, row, vault, now)


def _second_signing(session: Session, row: SigningKey, vault: Fernet, now: datetime) -> Second:
    if row.algorithm != "HS256":
        raise Problem(Code.CONFLICT, "Make a second key pair and add its public key: only you have the private one.")
    made = keys.create_signing_key(
        session, row.name, "HS256", partner_id=row.partner_id, public_key_pem=None, vault=vault, now=now
    )
    return Second(made.row, made.row.kid, made.secret)
