"""Signing keys, partners and policies as the embed's doors need them: at most five seconds old (see `core.cached`).

What is found here outlives its session and is shared: nobody may change it.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from feedback.core.cached import Cached
from feedback.core.errors import Code, Problem
from feedback.partners import keys, queries
from feedback.partners.models import Partner, Policy, SigningKey


def _signing_key(session: Session, kid: str) -> SigningKey:
    row = keys.signing_key(session, kid)
    if row is None:
        raise Problem(Code.TOKEN_REFUSED, "Its header names no signing key that is known here (`kid`).")
    return row


def _partner(session: Session, partner_id: UUID) -> Partner:
    return session.get_one(Partner, partner_id)


SIGNING_KEYS = Cached(_signing_key, SigningKey)
"""By `kid`, revoked ones too. Raises TOKEN_REFUSED for one that is unknown."""
PARTNERS = Cached(_partner, Partner)
"""By id."""
PARTNERS_BY_SLUG = Cached(queries.partner_by_slug, Partner, many=queries.partners_by_slug)
"""Raises PARTNER_UNKNOWN."""
POLICIES = Cached(queries.policy_of, Policy, many=queries.policies_of)
"""By the partner's id: what holds, recorded or not."""
