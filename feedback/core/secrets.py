"""Keys derived from the deployment's one secret: the pepper of pseudonyms, encryption at rest, signatures of ours."""

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from feedback.core.ids import random_text
from feedback.settings import Settings


@dataclass(frozen=True, slots=True)
class Secrets:
    """Derived keys. Losing the root secret makes every pseudonym new and every stored signing key unreadable."""

    pepper: bytes = field(repr=False)
    """32 bytes, for `ids.pseudonym`."""
    vault: Fernet = field(repr=False)
    """Encrypts symmetric signing keys at rest."""
    cookie: bytes = field(repr=False)
    """32 bytes, for signatures that only this service checks."""


def load(settings: Settings) -> Secrets:
    """Derive the keys from FEEDBACK_SECRET, or from a secret kept (and first made) in `home`/secret."""
    secret = root(settings)
    return Secrets(
        pepper=_derive(secret, b"pepper"),
        vault=Fernet(base64.urlsafe_b64encode(_derive(secret, b"vault"))),
        cookie=_derive(secret, b"cookie"),
    )


def root(settings: Settings) -> str:
    """The secret itself, which only a backup that shall hold it may ask for."""
    return settings.secret or _kept_secret(settings.home / "secret")


def _derive(root: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"feedback " + purpose).derive(root.encode())


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Complete before it is visible: two processes that start at once must read the same secret.
    draft = path.with_name(f".secret-{os.getpid()}-{random_text(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(random_text(52))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
    return path.read_text().strip()
