"""What is asked: surveys and their published versions, which never change."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime

AUDIENCES = ("end_user", "buyer")
METRICS = ("nps", "csat", "ces")
"""Asked on a scale: what the gap is made of."""
OPTIONS = {
    "recognition": ("vendor", "partner", "another", "unknown"),
    "obstacle": ("unaware", "no_need", "no_time", "too_hard", "privacy", "instead", "other"),
}
"""Asked as one choice among options, whose place is the score: whose product it is, and what keeps people away."""
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)} | {name: (0, len(OPTIONS[name]) - 1) for name in OPTIONS}


class Survey(Base):
    """A question with one audience and one metric (of SCALES), for good."""

    __tablename__ = "surveys"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    audience: Mapped[str] = mapped_column(String(8))
    metric: Mapped[str] = mapped_column(String(11))
    state: Mapped[str] = mapped_column(String(8))
    """`draft`, `live`, `paused`, or `builtin` for what the vendor imports."""
    draft: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The definition that the next publish freezes."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("audience IN ('end_user', 'buyer')", name="audience"),
        CheckConstraint("metric IN ('nps', 'csat', 'ces', 'recognition', 'obstacle')", name="metric"),
        CheckConstraint("state IN ('draft', 'live', 'paused', 'builtin')", name="state"),
    )


class SurveyVersion(Base):
    """One published definition. The database refuses to change or delete it."""

    __tablename__ = "survey_versions"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("surveys.id"))
    version: Mapped[int]
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("survey_id", "version"),)
