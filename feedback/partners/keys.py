"""Keys: public ones for embeds, secret ones for the vendor's backend, signing ones that vouch for respondents.

Form: `fb_{pk|sk}_{live|test}_<id>_<secret>_<checksum>`; the checksum tells a mistyped key from an unknown one
without a look-up and lets a scanner recognise a leaked one.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID
from zlib import crc32

from cryptography.fernet import Fernet
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import digest, random_text
from feedback.partners.models import EmbedKey, SecretKey, SigningKey

SECRET_SCOPES = ("read", "write", "admin")
# Browsers send names beyond ASCII in their ASCII form (xn--...).
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]+")
_USED_EVERY = timedelta(minutes=1)
AnyKey = EmbedKey | SecretKey | SigningKey


@dataclass(frozen=True, slots=True)
class NewSigningKey:
    """A signing key and, once, the shared secret that signs with it (None for ES256)."""

    row: SigningKey
    secret: str | None


def create_embed_key(
    session: Session, name: str, origins: list[str], *, partner_id: UUID | None, live: bool, now: datetime
) -> EmbedKey:
    """A public key for pages of `origins`; `partner_id` None: vendor-wide, the partner comes from the token."""
    row = EmbedKey(
        key=_key_text("pk", live=live),
        partner_id=partner_id,
        name=name,
        origins=[clean_origin(origin) for origin in origins],
        live=live,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def create_secret_key(
    session: Session, name: str, scopes: list[str], *, live: bool, now: datetime
) -> tuple[SecretKey, str]:
    """A key for the vendor's backend: the row and, once, the key's text."""
    unknown = sorted(set(scopes) - set(SECRET_SCOPES))
    if unknown or not scopes:
        raise Problem(
            Code.INVALID, f"Scopes are {', '.join(SECRET_SCOPES)}; not {', '.join(unknown) or 'none at all'}."
        )
    text = _key_text("sk", live=live)
    row = SecretKey(
        id=_key_id(text), name=name, key_hash=digest(text), scopes=sorted(set(scopes)), live=live, created_at=now
    )
    session.add(row)
    session.flush()
    return row, text


def create_signing_key(
    session: Session,
    name: str,
    algorithm: str,
    *,
    partner_id: UUID | None,
    public_key_pem: str | None,
    vault: Fernet,
    now: datetime,
) -> NewSigningKey:
    """A key that signs respondents' tokens: HS256 (we make the secret) or ES256 (you keep the private key)."""
    kid = random_text(16)
    row = SigningKey(kid=kid, partner_id=partner_id, name=name, algorithm=algorithm, created_at=now)
    secret = None
    if algorithm == "HS256":
        secret = secrets.token_urlsafe(48)
        row.secret_encrypted = vault.encrypt(secret.encode())
    elif algorithm == "ES256":
        row.public_key_pem = _public_p256(public_key_pem)
    else:
        raise Problem(Code.INVALID, f"A signing key is HS256 or ES256, not {algorithm!r}.")
    session.add(row)
    session.flush()
    return NewSigningKey(row, secret)


def embed_key(session: Session, key: str) -> EmbedKey:
    """The embed key. Raises EMBED_KEY_UNKNOWN, also for one that is revoked."""
    row = session.get(EmbedKey, key) if checksum_fits(key) else None
    if row is None or row.revoked_at is not None:
        raise Problem(Code.EMBED_KEY_UNKNOWN, "No embed key like this is in use.")
    return row


def secret_key(session: Session, text: str) -> SecretKey:
    """The secret key that `text` is. Raises KEY_REFUSED."""
    row = session.get(SecretKey, _key_id(text)) if text.startswith("fb_sk_") and checksum_fits(text) else None
    if row is None or row.revoked_at is not None or not secrets.compare_digest(row.key_hash, digest(text)):
        raise Problem(Code.KEY_REFUSED, "This secret key is mistyped, unknown or revoked.")
    return row


def needs_mark(row: SecretKey, *, now: datetime) -> bool:
    """True when `last_used_at` is old enough to be worth a write."""
    return row.last_used_at is None or now - row.last_used_at > _USED_EVERY


def signing_key(session: Session, kid: str) -> SigningKey | None:
    """The signing key with this `kid`, revoked or not; None when there never was one."""
    # What no key of ours is called may also be what PostgreSQL does not take as text.
    return session.get(SigningKey, kid) if kid.isascii() and kid.isalnum() else None


def all_embed_keys(session: Session) -> list[EmbedKey]:
    """Embed keys, oldest first."""
    return list(session.scalars(select(EmbedKey).order_by(EmbedKey.created_at, EmbedKey.key)))


def all_secret_keys(session: Session) -> list[SecretKey]:
    """Secret keys, oldest first."""
    return list(session.scalars(select(SecretKey).order_by(SecretKey.created_at, SecretKey.id)))


def all_signing_keys(session: Session) -> list[SigningKey]:
    """Signing keys, oldest first."""
    return list(session.scalars(select(SigningKey).order_by(SigningKey.created_at, SigningKey.kid)))


def revoke(session: Session, identifier: str, *, now: datetime, kind: type[AnyKey] | None = None) -> AnyKey:
    """Let a key (of this kind) be used no more, from now on. Doing it again changes nothing. Raises NOT_FOUND."""
    row = session.get(EmbedKey, identifier) or session.get(SecretKey, identifier) or session.get(SigningKey, identifier)
    if row is None or (kind is not None and not isinstance(row, kind)):
        raise Problem(Code.NOT_FOUND, "There is no such key.")
    row.revoked_at = row.revoked_at or now
    return row


def clean_origin(text: str) -> str:
    """`https://app.example.com` from anything that names it; `null` for pages in a sandbox, which have none.

    Raises INVALID for what is not an http(s) origin.
    """
    if text.strip() == "null":
        return "null"
    refused = Problem(Code.INVALID, f"{text!r} is not an origin; write it like https://app.example.com.")
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise refused from error
    name = parts.hostname or ""
    if parts.scheme not in ("http", "https") or parts.username is not None or not _HOST.fullmatch(name):
        raise refused
    default = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def checksum_fits(text: str) -> bool:
    """True when the last part of a key is the checksum of the rest."""
    body, _, checksum = text.rpartition("_")
    return bool(body) and checksum == _checksum(body)


def _key_text(kind: str, *, live: bool) -> str:
    body = f"fb_{kind}_{'live' if live else 'test'}_{random_text(10)}_{random_text(32)}"
    return f"{body}_{_checksum(body)}"


def _key_id(text: str) -> str:
    parts = text.split("_")
    return parts[3] if len(parts) == 6 else ""


def _checksum(body: str) -> str:
    return f"{crc32(body.encode()):08x}"


def _public_p256(pem: str | None) -> str:
    if not pem:
        raise Problem(Code.INVALID, "An ES256 signing key needs `public_key_pem`.")
    try:
        key = ECKey.import_key(pem)
    except (ValueError, JoseError) as error:
        # The library has errors of its own for a key of another kind.
        raise Problem(Code.INVALID, "`public_key_pem` is not a PEM public key on an elliptic curve.") from error
    if key.curve_name != "P-256":
        raise Problem(Code.INVALID, f"ES256 takes a P-256 key, not {key.curve_name}.")
    return key.as_pem(private=False).decode()
