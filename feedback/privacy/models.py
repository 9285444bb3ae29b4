"""What was released to partners and by which groups, the links to their own pages, and what is told in our words."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, String, Text, Uuid
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


class PartnerLink(Base):
    """A link to a partner's own page. Its address is signed and not kept: whoever reads this table cannot open one."""

    __tablename__ = "partner_links"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID] = mapped_column(Uuid, index=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(300))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Paraphrase(Base):
    """What many people wrote in the months of a release, in a researcher's words. No row holds whom it stands for.

    `first_month` names the partner's release, `label` the comments. Seen by the partner once it is approved.
    """

    __tablename__ = "paraphrases"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    first_month: Mapped[int]
    label: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by: Mapped[str] = mapped_column(String(300))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[str | None] = mapped_column(String(300))
