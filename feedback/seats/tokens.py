"""Who vouches for a respondent: short-lived JWTs, signed by the vendor's backend or with a partner's key.

Claims: `aud` "feedback", `sub`, `partner` (slug), `iat`, `exp` (at most an hour later); `role` "end_user" (default) or
"buyer"; `seat`: declared attributes. Header: `kid` of a signing key, `alg` as that key says. RFC 7519, RFC 8725.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from cryptography.fernet import Fernet
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey

from feedback.core.db import Database
from feedback.core.errors import Code, Problem
from feedback.core.ids import mac
from feedback.core.memory import remember
from feedback.partners.commands import SLUG
from feedback.partners.known import PARTNERS_BY_SLUG, SIGNING_KEYS
from feedback.partners.models import Partner, SigningKey

AUDIENCE = "feedback"
LONGEST_LIFE = timedelta(hours=1)
LATE = timedelta(days=7)
"""How long after `exp` an answer may come for an impression that was granted to the same subject in time."""
_CLOCK_SKEW = timedelta(seconds=60)
_LONGEST_TOKEN = 4096
_LONGEST_SUBJECT = 200
_MOST_REMEMBERED = 12_000
"""Minutes of people on a busy process; each takes more than a kilobyte, here and where it is used."""
_MOST_HEADERS = 1_000
_PLAIN = {"alg", "kid", "typ"}
"""A header with nothing else in it says nothing that changes how a token is read."""


class Identity(NamedTuple):
    """What a valid token says, and who vouches for it (`vendor` or `partner`)."""

    partner: Partner
    subject: str
    audience: str
    attributes: Mapping[str, str]
    trust: str
    issued_at: datetime
    expires_at: datetime


def verify(database: Database, token: str, vault: Fernet, *, now: datetime, late: bool = False) -> Identity:
    """The identity in `token`. `late` lets `exp` lie up to seven days back. Raises TOKEN_REFUSED with the reason.

    What was verified is remembered for as long as the same signing key and the same partner are: five seconds at most.
    """
    known = _VERIFIED.get(token)
    if known is not None and _still_holds(database, known):
        _check_times(known.identity.issued_at, known.identity.expires_at, now, late=late)
        return known.identity
    if len(token) > _LONGEST_TOKEN:
        raise _refused(f"It is longer than {_LONGEST_TOKEN} characters.")
    key, claims = _signed(database, token, vault)
    issued_at, expires_at = _moment(claims, "iat"), _moment(claims, "exp")
    _check_times(issued_at, expires_at, now, late=late)
    audiences = claims.get("aud")
    if AUDIENCE not in (audiences if isinstance(audiences, list) else [audiences]):
        raise _refused(f'`aud` must be "{AUDIENCE}".')
    identity = Identity(
        partner=_partner_of(database, claims, key),
        subject=_text(claims, "sub"),
        audience=_role(claims),
        attributes=_attributes(claims),
        trust="vendor" if key.partner_id is None else "partner",
        issued_at=issued_at,
        expires_at=expires_at,
    )
    remember(_VERIFIED, token, _Verified(identity, key), most=_MOST_REMEMBERED)
    return identity


def named_partner(database: Database, token: str) -> UUID | None:
    """The partner that a token names, unverified: good for telling whoever embeds it why it is refused, no more."""
    try:
        claims = json.loads(jws.extract_compact(token[:_LONGEST_TOKEN].encode()).payload)
    except (JoseError, ValueError, KeyError, TypeError, RecursionError):
        return None
    slug = claims.get("partner") if isinstance(claims, dict) else None
    if not isinstance(slug, str) or not SLUG.fullmatch(slug):
        return None
    try:
        return PARTNERS_BY_SLUG.get(database, slug).id
    except Problem:
        return None


class _Verified(NamedTuple):
    identity: Identity
    key: SigningKey


_VERIFIED: dict[str, _Verified] = {}
_HEADERS: dict[str, Mapping[str, Any]] = {}
"""As they are written in tokens that were in order; what they name is looked up anew for each."""
_REGISTRIES = {name: jws.JWSRegistry(algorithms=[name]) for name in ("HS256", "ES256")}
_MATERIAL: WeakKeyDictionary[SigningKey, OctKey | ECKey] = WeakKeyDictionary()


def _still_holds(database: Database, known: _Verified) -> bool:
    """Whether key and partner are the very rows that it was verified with: neither was looked up anew since."""
    try:
        partner = PARTNERS_BY_SLUG.get(database, known.identity.partner.slug)
        return SIGNING_KEYS.get(database, known.key.kid) is known.key and partner is known.identity.partner
    except Problem:
        return False


def _signed(database: Database, token: str, vault: Fernet) -> tuple[SigningKey, Mapping[str, Any]]:
    """The key that signed it, and its claims."""
    known = _HEADERS.get(token.partition(".")[0])
    if known is not None:
        key = _key_of(database, known)
        claims = _claims_at_once(_material(key, vault), token)
        if claims is not None:
            return key, claims
    try:
        parts = jws.extract_compact(token.encode())
        header = parts.headers()
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _refused("It is not a signed JWT.") from error
    key = _key_of(database, header)
    try:
        fits = jws.validate_compact(parts, _material(key, vault), registry=_REGISTRIES[key.algorithm])
        claims = json.loads(parts.payload) if fits else None
    except (JoseError, ValueError, RecursionError) as error:
        raise _refused("Its signature does not fit the signing key named by `kid`.") from error
    if not isinstance(claims, dict):
        raise _refused("Its signature does not fit the signing key named by `kid`.")
    if header.keys() <= _PLAIN:
        remember(_HEADERS, token.partition(".")[0], header, most=_MOST_HEADERS)
    return key, claims


def _claims_at_once(material: OctKey | ECKey, token: str) -> dict[str, Any] | None:
    """The claims of a token that HS256 signs, under a header that was found in order. None: look more closely.

    Taking each token apart and looking at its header anew takes as long as all else that is done with it.
    """
    if not isinstance(material, OctKey):
        return None
    try:
        signed, _, signature = token.encode("ascii").rpartition(b".")
        payload = signed.partition(b".")[2]
        made = urlsafe_b64encode(mac(material.raw_value, signed)).rstrip(b"=")
        if not hmac.compare_digest(made, signature) or b"." in payload:
            return None
        claims = orjson.loads(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None


def _key_of(database: Database, header: Mapping[str, Any]) -> SigningKey:
    kid = header.get("kid")
    key = SIGNING_KEYS.get(database, kid if isinstance(kid, str) and len(kid) <= 40 else "")
    if key.revoked_at is not None:
        raise _refused("The signing key that it names is revoked.")
    if header.get("alg") != key.algorithm:
        raise _refused(f"This signing key signs with {key.algorithm}.")
    return key


def _material(key: SigningKey, vault: Fernet) -> OctKey | ECKey:
    found = _MATERIAL.get(key)
    if found is None:
        found = _imported(key, vault)
        _MATERIAL[key] = found
    return found


def _imported(key: SigningKey, vault: Fernet) -> OctKey | ECKey:
    if key.algorithm == "ES256":
        return ECKey.import_key(key.public_key_pem or "")
    return OctKey.import_key(vault.decrypt(key.secret_encrypted or b""))


def _check_times(issued_at: datetime, expires_at: datetime, now: datetime, *, late: bool) -> None:
    if issued_at > now + _CLOCK_SKEW:
        raise _refused("`iat` lies in the future; check the clock of the server that signs.")
    if expires_at - issued_at > LONGEST_LIFE:
        raise _refused("It lives longer than one hour (`exp` minus `iat`).")
    if expires_at <= issued_at:
        raise _refused("`exp` is not after `iat`.")
    if now >= expires_at + (LATE if late else _CLOCK_SKEW):
        raise _refused(f"It expired at {expires_at:%Y-%m-%d %H:%M:%S} UTC.")


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 32_503_680_000:
        raise _refused(f"`{name}` must be seconds since 1970.")
    return datetime.fromtimestamp(value, UTC)


def _partner_of(database: Database, claims: Mapping[str, Any], key: SigningKey) -> Partner:
    try:
        partner = PARTNERS_BY_SLUG.get(database, _text(claims, "partner"))
    except Problem as problem:
        if problem.code is Code.PARTNER_UNKNOWN:
            raise _refused("`partner` names no partner that is known here.") from problem
        raise
    if key.partner_id not in (None, partner.id):
        raise _refused("The signing key belongs to another partner.")
    return partner


def _role(claims: Mapping[str, Any]) -> str:
    role = claims.get("role", "end_user")
    if role not in ("end_user", "buyer"):
        raise _refused('`role` is "end_user" or "buyer".')
    return str(role)


def _attributes(claims: Mapping[str, Any]) -> dict[str, str]:
    seat = claims.get("seat", {})
    if not isinstance(seat, dict):
        raise _refused("`seat` must be an object of attributes.")
    return {str(name): _clean(str(value)) for name, value in seat.items() if isinstance(value, str | int | bool)}


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value or len(value) > _LONGEST_SUBJECT:
        raise _refused(f"`{name}` must be a text of 1 to {_LONGEST_SUBJECT} characters.")
    if value != _clean(value):
        raise _refused(f"`{name}` holds characters that are not text.")
    return value


def _clean(text: str) -> str:
    """Without what a database or an encoder refuses: NUL and lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _refused(why: str) -> Problem:
    return Problem(Code.TOKEN_REFUSED, why)
