"""The inbox: the queue of record. A fact and its inbox row share a transaction; the fold takes the row away."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, String, Table, Text, Uuid, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedback.core.bulk import insert_many
from feedback.core.db import Base, UtcDateTime


class InboxRow(Base):
    """Something changed for this respondent's voices of this metric; what, the fold reads from the facts."""

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    partner_id: Mapped[UUID] = mapped_column(Uuid)
    respondent_id: Mapped[UUID] = mapped_column(Uuid)
    metric: Mapped[str] = mapped_column(String(11))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    set_aside_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index(None, "set_aside_at", "id"),)


_ROWS: Table = InboxRow.__table__  # type: ignore[assignment]
# Said once: every report asks, and making a statement takes longer than running it.
WAITING = select(func.count(_ROWS.c.id)).where(_ROWS.c.set_aside_at.is_(None)).scalar_subquery()
OLDEST = select(func.min(_ROWS.c.received_at)).where(_ROWS.c.set_aside_at.is_(None)).scalar_subquery()
SET_ASIDE = select(func.count(_ROWS.c.id)).where(_ROWS.c.set_aside_at.is_not(None)).scalar_subquery()
"""Parts of a larger question: how many rows wait, since when the oldest does, how many were set aside."""


def put(session: Session, partner_id: UUID, respondent_id: UUID, metric: str, *, now: datetime) -> None:
    """Say that this respondent's voices must be looked at again. Same transaction as the fact."""
    session.add(InboxRow(partner_id=partner_id, respondent_id=respondent_id, metric=metric, received_at=now))


def put_many(session: Session, touched: Collection[tuple[UUID, UUID, str]], *, now: datetime) -> None:
    """The same for many: partner, respondent and metric of each."""
    names = ("partner_id", "respondent_id", "metric", "received_at")
    insert_many(session, _ROWS, names, [(*key, now) for key in touched])


def depth(session: Session) -> tuple[int, datetime | None]:
    """How many rows wait, and since when the oldest does."""
    waiting, oldest = session.execute(select(WAITING, OLDEST)).one()
    return waiting, oldest


def first_waiting(session: Session) -> int | None:
    """Id of the row that has waited longest; None when the inbox is empty."""
    return session.scalar(select(func.min(InboxRow.id)).where(InboxRow.set_aside_at.is_(None)))


def set_aside(session: Session) -> int:
    """How many rows were set aside because the fold could not take them."""
    return session.scalar(select(SET_ASIDE)) or 0


class SetAside(NamedTuple):
    """Rows that were set aside for the same reason."""

    reason: str
    rows: int
    newest_at: datetime


def reasons(session: Session, most: int) -> list[SetAside]:
    """Why rows were set aside, the most frequent reasons first."""
    count, newest_at = func.count(), func.max(InboxRow.set_aside_at)
    statement = select(InboxRow.reason, count, newest_at).where(InboxRow.set_aside_at.is_not(None))
    rows = session.execute(statement.group_by(InboxRow.reason).order_by(count.desc(), InboxRow.reason).limit(most))
    return [SetAside(reason or "", number, newest) for reason, number, newest in rows if newest is not None]
