"""Write buyers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.orm import Session

from feedback.buyers.models import Buyer
from feedback.core.erasures import erased
from feedback.core.ids import pseudonym
from feedback.core.upsert import upsert


@dataclass(frozen=True, slots=True)
class NewBuyer:
    """A buyer as he or she arrives; None leaves what is known."""

    partner_id: UUID
    external_id: str
    role: str | None = None
    name: str | None = None


def buyer_id(pepper: bytes, partner_id: UUID, external_id: str) -> UUID:
    """The respondent id of a buyer."""
    return pseudonym(pepper, partner_id, "buyer", external_id)


def put_buyers(session: Session, buyers: Sequence[NewBuyer], *, pepper: bytes, now: datetime) -> None:
    """Insert or update buyers by partner and external id; each at most once in `buyers`.

    Left out: whoever was erased.
    """
    keys = [(one.partner_id, buyer_id(pepper, one.partner_id, one.external_id)) for one in buyers]
    gone = erased(session, keys)
    rows = [
        {
            "partner_id": one.partner_id,
            "id": key[1],
            "external_id": one.external_id,
            "role": one.role,
            "name": one.name,
            "changed_at": now,
        }
        for key, one in zip(keys, buyers, strict=True)
        if key not in gone
    ]
    upsert(session, Buyer, rows, change={"role": _keep, "name": _keep, "changed_at": None})


def object_to(session: Session, partner_id: UUID, buyer: UUID, *, now: datetime) -> None:
    """Never ask this buyer again."""
    own = (Buyer.partner_id == partner_id) & (Buyer.id == buyer)
    session.execute(update(Buyer).where(own, Buyer.objected_at.is_(None)).values(objected_at=now, changed_at=now))


def _keep(standing: Any, incoming: Any) -> ColumnElement[Any]:
    return func.coalesce(incoming, standing)
