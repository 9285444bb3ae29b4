"""Flags: what speaks against counting answers of a partner."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime

KINDS = ("above_seats", "unknown", "burst", "pattern", "timing", "prompted", "network")


class Flag(Base):
    """Something about the answers of one partner's end users that honest ones would hardly ever do. No verdict."""

    __tablename__ = "flags"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    metric: Mapped[str] = mapped_column(String(11))
    first_day: Mapped[date]
    last_day: Mapped[date]
    """The days whose answers it is about, both included."""
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    p_value: Mapped[float | None]
    """How probable so much or more is among honest answers; empty where it cannot be otherwise."""
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when staff hold the answers to be honest; they count as before."""
    settled_by: Mapped[str | None] = mapped_column(String(300))
    settled_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(
            "kind IN ('above_seats', 'unknown', 'burst', 'pattern', 'timing', 'prompted', 'network')", name="kind"
        ),
    )
