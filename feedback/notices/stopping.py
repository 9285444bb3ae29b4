"""The link under each mail that ends them: signed, so that nobody needs to sign in, and nobody ends those of others."""

import hmac
from uuid import UUID

from feedback.core.errors import Code, Problem
from feedback.core.secrets import Secrets


def token(secrets: Secrets, staff_id: UUID) -> str:
    """What stands at the end of the link of this person."""
    return f"{staff_id.hex}-{_signature(secrets, staff_id)}"


def owner(secrets: Secrets, text: str) -> UUID:
    """Whose link it is. Raises LINK_SPENT for one that we never made."""
    name, _, signature = text.partition("-")
    try:
        staff_id = UUID(name)
    except ValueError:
        staff_id = UUID(int=0)
    if not hmac.compare_digest(_signature(secrets, staff_id).encode(), signature.encode()):
        raise Problem(Code.LINK_SPENT, "The link is not one of ours; was the whole of it copied?")
    return staff_id


def _signature(secrets: Secrets, staff_id: UUID) -> str:
    return hmac.new(secrets.cookie, b"notices stop\0" + staff_id.bytes, "sha256").hexdigest()
