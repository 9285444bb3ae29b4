"""Read buyers."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.buyers.models import Buyer


def buyers_known(session: Session) -> dict[UUID, int]:
    """How many buyers are known at each partner, those who left not counted."""
    statement = select(Buyer.partner_id, func.count()).where(Buyer.left_at.is_(None)).group_by(Buyer.partner_id)
    return {partner_id: count for partner_id, count in session.execute(statement)}  # noqa: C416
