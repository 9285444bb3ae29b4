"""The erasure journal: who was erased, by pseudonym, so that a later import cannot bring them back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime


class Erasure(Base):
    """A respondent of a partner who was erased."""

    __tablename__ = "erasures"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    respondent_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)
