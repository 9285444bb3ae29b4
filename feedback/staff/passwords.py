"""Passwords of staff: argon2id, and the same work whether or not there is anything to compare with."""

from functools import cache
from threading import BoundedSemaphore
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from feedback.core.errors import Code, Problem
from feedback.core.ids import random_text

SHORTEST = 12
LONGEST = 200

_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106 for little memory: 64 MiB, 3 passes
_turns = BoundedSemaphore(2)  # a burst of sign-ins must not take 64 MiB for every thread of the web server


def hashed(password: str) -> str:
    """The argon2id hash of a new password. Raises INVALID for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Problem(
            Code.INVALID,
            f"A password has {SHORTEST} to {LONGEST} characters, not {len(password)}.",
            errors={"password": [f"Use at least {SHORTEST} characters."]},
        )
    with _turns:
        return _hasher.hash(_typed(password))


def matches(password_hash: str | None, password: str) -> bool:
    """True when `password` is the one behind `password_hash`.

    None (no such person, or one without a password) is never matched and takes as long as a wrong password.
    """
    nobody = _nobody()
    attempt = _typed(password) if len(password) <= LONGEST else ""
    with _turns:
        try:
            _hasher.verify(password_hash or nobody, attempt)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def _typed(password: str) -> str:
    return normalize("NFKC", password)  # keyboards differ in how they send the same letters


@cache
def _nobody() -> str:
    return _hasher.hash(random_text(52))
