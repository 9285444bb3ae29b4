"""Identifiers: time-ordered UUIDs for rows, unguessable strings for keys, pseudonyms for people."""

import hmac
import random
import secrets
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b, sha256
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LETTERS = bytes(ord(ALPHABET[byte % 32]) for byte in range(256))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND, _MILLISECOND = timedelta(microseconds=1), timedelta(milliseconds=1)


def new_id(at: datetime | None = None) -> UUID:
    """A UUIDv7: ordered by the time it was made, or by `at` (which is not the order of commits)."""
    return uuid7() if at is None else uuid7(nanoseconds=1_000 * ((at - _EPOCH) // _MICROSECOND))


def first_id(at: datetime) -> UUID:
    """No id that is made at `at` or later is smaller."""
    return UUID(int=(at - _EPOCH) // _MILLISECOND << 80)


def random_text(length: int) -> str:
    """`length` characters of 5 random bits each, without letters that are easily confused."""
    return secrets.token_bytes(length).translate(_LETTERS).decode()


def passing_text(length: int) -> str:
    """As `random_text`, but somebody could guess it: for what names a thing and opens nothing.

    Asking the system for random bytes lets go of the interpreter: under load whoever does so waits in line for it.
    """
    return random.randbytes(length).translate(_LETTERS).decode()  # nosec B311 # noqa: S311 - it opens nothing


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104), 32 bytes. As `hmac.digest`, which lets go of the interpreter whatever the length."""
    return hmac.new(key, message, "sha256").digest()


@lru_cache(2**12)
def pseudonym(pepper: bytes, partner_id: UUID, audience: str, subject: str) -> UUID:
    """What stands for a person at one partner: HMAC(partner, audience, subject) under the server's pepper.

    128 bits of HMAC-SHA256. The same person at two partners, or as a seat and as a buyer, is two pseudonyms.
    """
    message = partner_id.bytes + audience.encode() + b"\0" + subject.encode()
    return UUID(bytes=mac(pepper, message)[:16])


def segment_id(values: dict[str, str]) -> int:
    """The same 63-bit number for the same segment vector on every machine; 0 for the empty vector.

    A hash instead of a sequence: interning then needs no round trip and no lock.
    """
    if not values:
        return 0
    canonical = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(blake2b(canonical, digest_size=8).digest(), "big") >> 1


def digest(text: str) -> str:
    """SHA-256 as hex, for secrets with enough entropy of their own (keys, links, sessions)."""
    return sha256(text.encode()).hexdigest()
