"""What the gap room keeps: monthly snapshots that are never computed again, events and their watches, ranks."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime

PORTFOLIO = UUID(int=0)
"""Stands for all partners together where a partner's id leads."""


class Snapshot(Base):
    """What was known of one partner, or of the portfolio, at the end of a month."""

    __tablename__ = "snapshots"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reconstructed: Mapped[bool]
    """Taken later than in the days after the month, from what was known by its end."""
    state: Mapped[str] = mapped_column(String(14))
    state_months: Mapped[int]
    came_from: Mapped[str | None] = mapped_column(String(14))
    """The state before; empty when there was none."""
    side: Mapped[str] = mapped_column(String(12))
    side_months: Mapped[int]
    end_user_ok: Mapped[float | None]
    buyer_ok: Mapped[float | None]
    values: Mapped[dict[str, Any]] = mapped_column(JSON)


class Ranking(Base):
    """Who is probably among the worst tenth, for exactly the counts that `digest` names, in their order."""

    __tablename__ = "rankings"

    digest: Mapped[str] = mapped_column(String(32), primary_key=True)
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    values: Mapped[list[float | None]] = mapped_column(JSON)


class Event(Base):
    """Something at a partner changed and somebody should know."""

    __tablename__ = "events"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(20))
    audience: Mapped[str | None] = mapped_column(String(8))
    metric: Mapped[str | None] = mapped_column(String(11))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (CheckConstraint("kind IN ('changed', 'activation_falling', 'renewal_near')", name="kind"),)


class Watch(Base):
    """Since when the flow of answers of one audience at one partner is watched; begun anew after an alert."""

    __tablename__ = "watches"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    audience: Mapped[str] = mapped_column(String(8), primary_key=True)
    metric: Mapped[str] = mapped_column(String(11), primary_key=True)
    begins_on: Mapped[date]
