"""Buyers: known people at a partner who decide about the contract."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime

BUYER_ROLES = ("decision_maker", "admin", "champion")


class Buyer(Base):
    """A known person; `id` is derived from `external_id`, so that an answer finds its buyer without a look-up."""

    __tablename__ = "buyers"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    external_id: Mapped[str] = mapped_column(String(200))
    role: Mapped[str | None] = mapped_column(String(14))
    name: Mapped[str | None] = mapped_column(String(200))
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    objected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since then not asked any more."""
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("partner_id", "external_id"),
        CheckConstraint("role IN ('decision_maker', 'admin', 'champion')", name="role"),
    )
