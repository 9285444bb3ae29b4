"""Keys that are not revoked, and when each was used last, as far as that is remembered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.partners.keys import all_embed_keys, all_secret_keys, all_signing_keys
from feedback.partners.models import EmbedSighting, SigningKey
from feedback.partners.sightings import SIGNED, last_seen


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """One key. `kind`: `secret`, `embed` or `signing`; `partner_id` None: the vendor's own or vendor-wide.

    `used_at` None: never, or, where `use_known` is False, nobody remembers.
    """

    kind: str
    identifier: str
    name: str
    partner_id: UUID | None
    live: bool
    created_at: datetime
    used_at: datetime | None
    use_known: bool = True


def keys_in_use(session: Session) -> Sequence[KeyInUse]:
    """All of them, by kind, oldest first.

    A token's sighting does not say which key had signed it: the use of a signing key is known where there is one only.
    """
    seen, verified = last_seen(session), _verified(session)
    signing = [row for row in all_signing_keys(session) if row.revoked_at is None]
    secret = (
        KeyInUse("secret", row.id, row.name, None, row.live, row.created_at, row.last_used_at)
        for row in all_secret_keys(session)
        if row.revoked_at is None
    )
    embed = (
        KeyInUse("embed", row.key, row.name, row.partner_id, row.live, row.created_at, seen.get(row.key))
        for row in all_embed_keys(session)
        if row.revoked_at is None
    )
    only = len(signing) == 1
    return [*secret, *embed, *(_signing(row, verified if only else None, known=only) for row in signing)]


def _signing(row: SigningKey, verified: datetime | None, *, known: bool) -> KeyInUse:
    # Before this key was made another one signed.
    used_at = verified if verified is not None and verified >= row.created_at else None
    return KeyInUse("signing", row.kid, row.name, row.partner_id, True, row.created_at, used_at, known)


def _verified(session: Session) -> datetime | None:
    """When a valid token was seen last."""
    found: datetime | None = session.scalar(select(func.max(EmbedSighting.last_at)).where(EmbedSighting.kind == SIGNED))
    return found
