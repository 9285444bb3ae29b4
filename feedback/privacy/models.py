"""What was released to partners, and which of their groups may be told apart."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime


class Release(Base):
    """What a partner got back about some whole months, frozen. No month is in two releases of a partner.

    `shown` is all that may ever leave (`feedback.privacy.shown`); `kept` are the true counts behind it, which later
    releases are held against and nobody is shown.
    """

    __tablename__ = "releases"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    first_month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_month: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shown: Mapped[dict[str, Any]] = mapped_column(JSON)
    kept: Mapped[dict[str, Any]] = mapped_column(JSON)


class ReleasedAttribute(Base):
    """The one attribute by whose values a partner's releases tell groups apart; no row: none."""

    __tablename__ = "released_attributes"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(300))
