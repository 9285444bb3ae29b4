"""Keys, partners and policies as the embed's doors need them: remembered, at most five seconds old (see `core.cached`).

What is found here outlives its session and is shared: nobody may change it.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.core.cached import Cached
from feedback.core.errors import Code, Problem
from feedback.partners import keys, queries
from feedback.partners.models import EmbedKey, Partner, Policy, SigningKey


@dataclass(frozen=True, slots=True)
class EmbedGate:
    """An embed key in use. `partner_id` None: vendor-wide, the partner comes from the token."""

    key: str
    partner_id: UUID | None
    origins: tuple[str, ...]
    live: bool


def _embed_gate(session: Session, key: str) -> EmbedGate:
    row = keys.embed_key(session, key)
    return EmbedGate(row.key, row.partner_id, tuple(row.origins), row.live)


def _signing_key(session: Session, kid: str) -> SigningKey:
    row = keys.signing_key(session, kid)
    if row is None:
        raise Problem(Code.TOKEN_REFUSED, "Its header names no signing key that is known here (`kid`).")
    return row


def _partner(session: Session, partner_id: UUID) -> Partner:
    return session.get_one(Partner, partner_id)


EMBED_KEYS = Cached(_embed_gate, EmbedKey)
"""By its text. Raises EMBED_KEY_UNKNOWN, also for one that is revoked."""
SIGNING_KEYS = Cached(_signing_key, SigningKey)
"""By `kid`, revoked ones too. Raises TOKEN_REFUSED for one that is unknown."""
PARTNERS = Cached(_partner, Partner)
PARTNERS_BY_SLUG = Cached(queries.partner_by_slug, Partner)
"""Raises PARTNER_UNKNOWN."""
POLICIES = Cached(queries.policy_of, Policy)
"""By the partner's id: what holds, recorded or not."""
