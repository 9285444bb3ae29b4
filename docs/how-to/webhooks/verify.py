"""Is this call from Feedback? Standard library only."""

import base64
import hmac
import time


def verify(secret: str, headers: dict[str, str], body: bytes, tolerance_s: int = 300) -> bool:
    """`headers` with names in lower case, `body` as it came: bytes, before anything parsed it."""
    message_id, seconds = headers["webhook-id"], headers["webhook-timestamp"]
    if not seconds.isdigit() or abs(time.time() - int(seconds)) > tolerance_s:
        return False  # too old: somebody may be sending again what they overheard
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{seconds}.".encode() + body
    wanted = base64.b64encode(hmac.digest(key, signed, "sha256"))
    # While a secret is exchanged there is a signature for each of the two.
    return any(
        hmac.compare_digest(wanted, given.removeprefix("v1,").encode())
        for given in headers["webhook-signature"].split(" ")
        if given.startswith("v1,")
    )
