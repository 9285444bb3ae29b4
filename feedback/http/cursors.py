"""Opaque cursors: where the next page begins. They hold nothing that the page itself did not show."""

import base64
import binascii
import json
from datetime import UTC, datetime
from uuid import UUID

from feedback.core.errors import Code, Problem


def encode(at: datetime, identifier: UUID) -> str:
    """A cursor that stands behind the row with this time and id."""
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), identifier.hex]).encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[datetime, UUID]:
    """What `encode` was given. Raises INVALID for anything else."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        at_text, identifier = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        at = datetime.fromisoformat(at_text)
        if at.tzinfo is None:
            raise ValueError("a time without a zone")
        return at.astimezone(UTC), UUID(hex=identifier)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, binascii.Error) as error:
        raise Problem(
            Code.INVALID,
            "The cursor is not one that was given out here.",
            errors={"cursor": ["Pass `next_cursor` of the page before, unchanged."]},
        ) from error
