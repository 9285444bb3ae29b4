"""The outbox: what happened that somebody may want to be told. A fact and its row share a transaction; notices take
the row away when they have written down whom they tell.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Integer, String, Uuid, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedback.core.db import Base, UtcDateTime


class OutboxRow(Base):
    """Something happened; `thing` names it, the same however often it is said."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    partner_id: Mapped[UUID] = mapped_column(Uuid)
    thing: Mapped[str] = mapped_column(String(80))
    subject: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def put(
    session: Session, kind: str, partner_id: UUID, thing: str, subject: Mapping[str, Any], *, now: datetime
) -> None:
    """Say that this happened. Same transaction as the fact. `subject`: ids and counts, never what anybody wrote."""
    session.add(OutboxRow(kind=kind, partner_id=partner_id, thing=thing, subject=dict(subject), at=now))


def take(session: Session, most: int) -> Sequence[OutboxRow]:
    """The oldest rows, for this transaction alone; they are gone when it is committed."""
    found = select(OutboxRow).order_by(OutboxRow.id).limit(most).with_for_update(skip_locked=True)
    rows = session.scalars(found).all()
    for row in rows:
        session.delete(row)
    return rows


def waiting(session: Session) -> bool:
    """Whether there is anything to take."""
    return session.scalar(select(OutboxRow.id).limit(1)) is not None
