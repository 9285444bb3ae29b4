"""Read buyers."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.orm import Session

from feedback.buyers.models import Buyer
from feedback.core.lookup import by_partner
from feedback.core.rows import ByPartner, plain_rows

_BUYERS: Table = Buyer.__table__  # type: ignore[assignment]
_KNOWN = ByPartner.of(
    select(_BUYERS.c.partner_id, func.count()).where(_BUYERS.c.left_at.is_(None)).group_by(_BUYERS.c.partner_id),
    _BUYERS.c.partner_id,
)
_NAMED = select(_BUYERS.c.id, _BUYERS.c.name, _BUYERS.c.role).where(_BUYERS.c.partner_id == bindparam("partner_id"))


def roles_by_key(session: Session, keys: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], str | None]:
    """The roles of those of `keys` (partner, buyer) that are known."""
    found = {}
    for partner_id, ids in by_partner(keys):
        chosen = Buyer.partner_id == partner_id, Buyer.id.in_(ids)
        for buyer, role in session.execute(select(Buyer.id, Buyer.role).where(*chosen)):
            found[partner_id, buyer] = role
    return found


def objecting_buyers(session: Session, keys: Iterable[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Those of `keys` (partner, buyer) who are not to be asked any more."""
    found: set[tuple[UUID, UUID]] = set()
    for partner_id, ids in by_partner(keys):
        chosen = Buyer.partner_id == partner_id, Buyer.id.in_(ids), Buyer.objected_at.is_not(None)
        found.update((partner_id, buyer) for buyer in session.scalars(select(Buyer.id).where(*chosen)))
    return found


def buyers_of(session: Session, partner_id: UUID) -> dict[UUID, tuple[str | None, str | None]]:
    """Name and role of every buyer of a partner, also of those who left."""
    return {buyer: (name, role) for buyer, name, role in plain_rows(session, _NAMED, {"partner_id": partner_id})}


def buyers_known(session: Session, partner_id: UUID | None = None) -> dict[UUID, int]:
    """How many buyers are known at each partner, or at one, those who left not counted."""
    return dict(_KNOWN.rows(session, partner_id))
