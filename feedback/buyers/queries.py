"""Read buyers."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from feedback.buyers.models import Buyer
from feedback.core.lookup import by_partner
from feedback.core.rows import ByPartner

_BUYERS: Table = Buyer.__table__  # type: ignore[assignment]
_KNOWN = ByPartner.of(
    select(_BUYERS.c.partner_id, func.count()).where(_BUYERS.c.left_at.is_(None)).group_by(_BUYERS.c.partner_id),
    _BUYERS.c.partner_id,
)


def roles_by_key(session: Session, keys: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], str | None]:
    """The roles of those of `keys` (partner, buyer) that are known."""
    found = {}
    for partner_id, ids in by_partner(keys):
        chosen = Buyer.partner_id == partner_id, Buyer.id.in_(ids)
        for buyer, role in session.execute(select(Buyer.id, Buyer.role).where(*chosen)):
            found[partner_id, buyer] = role
    return found


def buyers_by_key(
    session: Session, keys: Iterable[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], tuple[str | None, str | None]]:
    """Name and role of those of `keys` (partner, buyer) that are known."""
    found = {}
    for partner_id, ids in by_partner(keys):
        chosen = Buyer.partner_id == partner_id, Buyer.id.in_(ids)
        for buyer, name, role in session.execute(select(Buyer.id, Buyer.name, Buyer.role).where(*chosen)):
            found[partner_id, buyer] = name, role
    return found


def buyers_known(session: Session, partner_id: UUID | None = None) -> dict[UUID, int]:
    """How many buyers are known at each partner, or at one, those who left not counted."""
    return dict(_KNOWN.rows(session, partner_id))
