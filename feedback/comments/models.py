"""What the team makes of a comment. The comment itself stays with its answer, and goes when that goes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime

STATUSES = ("new", "read", "acted_on")
RESTRICTIONS = ("health", "harassment", "named_colleague")


class CommentMark(Base):
    """How far the team is with one comment; no row: it is new. `restricted`: read by researchers who ask for it."""

    __tablename__ = "comment_marks"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    response_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    status: Mapped[str] = mapped_column(String(8))
    label: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str | None] = mapped_column(Text)
    restricted: Mapped[str | None] = mapped_column(String(16))
    claim_id: Mapped[UUID | None] = mapped_column(Uuid)
    decision_id: Mapped[UUID | None] = mapped_column(Uuid)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(300))

    __table_args__ = (
        CheckConstraint("status IN ('new', 'read', 'acted_on')", name="status"),
        CheckConstraint("restricted IN ('health', 'harassment', 'named_colleague')", name="restricted"),
    )
