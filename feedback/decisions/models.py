"""What was claimed, what was decided because of which finding, and who does what next."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime

NUMBERS = ("end_user", "buyer", "gap", "activated", "engaged", "retention")
VERDICTS = ("open", "supported", "refuted", "mixed")


class Decision(Base):
    """What was decided because of which finding, and what the number did by the day of review.

    `number`: which of NUMBERS it should move, of `partner_id` (empty: of all); `before` is what it was on the day of
    the decision, `after` on the day of the review. `told`: what partners and end users are told of it.
    """

    __tablename__ = "decisions"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    partner_id: Mapped[UUID | None] = mapped_column(Uuid)
    title: Mapped[str] = mapped_column(String(200))
    finding: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(10))
    expected: Mapped[str] = mapped_column(String(400))
    review_on: Mapped[date]
    before: Mapped[float | None]
    after: Mapped[float | None]
    outcome: Mapped[str | None] = mapped_column(Text)
    told: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(300))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("number IN ('end_user', 'buyer', 'gap', 'activated', 'engaged', 'retention')", name="number"),
    )


class Claim(Base):
    """What somebody at a partner said about its users, to be held against what they say themselves."""

    __tablename__ = "claims"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    said_by: Mapped[str] = mapped_column(String(200))
    said_on: Mapped[date]
    words: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(String(9))
    verdict_note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(300))

    __table_args__ = (CheckConstraint("verdict IN ('open', 'supported', 'refuted', 'mixed')", name="verdict"),)


class Evidence(Base):
    """Something for or against a claim, collected by hand: a comment, or a number in words."""

    __tablename__ = "claim_evidence"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(Uuid)
    response_id: Mapped[UUID | None] = mapped_column(Uuid)
    supports: Mapped[bool]
    words: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[str] = mapped_column(String(300))


class RenewalStep(Base):
    """Who takes care of one renewal, and what comes next."""

    __tablename__ = "renewal_steps"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    contract_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    owner: Mapped[str] = mapped_column(String(200))
    next_step: Mapped[str] = mapped_column(String(400))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(300))


class ProductRelease(Base):
    """A release of the vendor's product: a day on every timeline, so that a change can be held against it.

    `told`: what partners are told of it on their own pages; None: nothing, not even that there was one.
    """

    __tablename__ = "product_releases"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    day: Mapped[date]
    name: Mapped[str] = mapped_column(String(200))
    told: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(300))
