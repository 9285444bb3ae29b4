"""Partners as a list for whoever keeps their records: with what is signed and what is recorded of their policy."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.partners.models import Contract, Partner, Policy


class PartnerLine(NamedTuple):
    """One partner, also one that left. `policy_at`: when its latest policy was recorded; None: the default holds."""

    slug: str
    name: str
    created_at: datetime
    left_at: datetime | None
    embed_seen_on: date | None
    contracts: int
    policy_at: datetime | None


def partner_lines(session: Session) -> Sequence[PartnerLine]:
    """All partners by name."""
    signed = select(Contract.partner_id, func.count().label("contracts")).group_by(Contract.partner_id).subquery()
    latest = func.max(Policy.recorded_at).label("recorded_at")
    recorded = select(Policy.partner_id, latest).group_by(Policy.partner_id).subquery()
    statement = (
        select(
            Partner.slug,
            Partner.name,
            Partner.created_at,
            Partner.left_at,
            Partner.embed_seen_on,
            func.coalesce(signed.c.contracts, 0),
            recorded.c.recorded_at,
        )
        .outerjoin(signed, signed.c.partner_id == Partner.id)
        .outerjoin(recorded, recorded.c.partner_id == Partner.id)
        .order_by(Partner.name, Partner.slug)
    )
    return [PartnerLine(*row) for row in session.execute(statement)]
