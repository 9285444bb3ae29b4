"""Signatures of webhooks, as standardwebhooks.com has them: HMAC-SHA256 over id, time and body."""

import base64
import hmac
import os
from collections.abc import Sequence
from datetime import datetime

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """A secret, as it is shown once."""
    return _PREFIX + base64.b64encode(os.urandom(_SECRET_BYTES)).decode()


def headers(message_id: str, body: bytes, secrets: Sequence[str], *, now: datetime) -> dict[str, str]:
    """The headers that say who sent `body`, and when; a signature for each of `secrets`."""
    seconds = str(int(now.timestamp()))
    signed = f"{message_id}.{seconds}.".encode() + body
    found = " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets)
    return {"webhook-id": message_id, "webhook-timestamp": seconds, "webhook-signature": found}


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
