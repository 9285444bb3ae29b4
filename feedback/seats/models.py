"""Seats, the attributes declared for them, and what days they were active."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime


class Attribute(Base):
    """A declared attribute of seats; at most six, so that segments stay few."""

    __tablename__ = "attributes"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AttributeValue(Base):
    """A value of an attribute that is told apart; at most 20, all others are `other`."""

    __tablename__ = "attribute_values"

    name: Mapped[str] = mapped_column(ForeignKey("attributes.name"), primary_key=True)
    value: Mapped[str] = mapped_column(String(80), primary_key=True)


class Segment(Base):
    """An interned segment vector; `id` is `ids.segment_id` of `values`."""

    __tablename__ = "segments"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)
    values: Mapped[dict[str, str]] = mapped_column(JSON)


class Seat(Base):
    """One end user at one partner, under a pseudonym. The subject itself is never stored."""

    __tablename__ = "seats"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    deployed_on: Mapped[date | None]
    left_on: Mapped[date | None]
    seen_on: Mapped[date]
    """The day on which this service first heard of the seat."""
    first_active_on: Mapped[date | None]
    last_active_on: Mapped[date | None]
    first_activated_on: Mapped[date | None]
    """First active day after onboarding."""
    first_meaningful_on: Mapped[date | None]
    """First day on which the person did what the product is for. The four days outlive the purge of daily activity."""
    last_purged_on: Mapped[date | None]
    """The last active day among those that were purged: with it, later months are counted as if all were there."""
    segment_id: Mapped[int] = mapped_column(BigInteger)
    objected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since then neither asked nor recorded."""
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SeatAttributes(Base):
    """The segment that a seat was in from `since` on: one row per change."""

    __tablename__ = "seat_attributes"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    seat_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    segment_id: Mapped[int] = mapped_column(BigInteger)


class SeatChange(Base):
    """Something changed for seats of this partner: what the tallies of seats say must be counted again."""

    __tablename__ = "seat_changes"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    partner_id: Mapped[UUID] = mapped_column(Uuid)


class ActivityMonth(Base):
    """The days of one month on which a seat was active, as bits: bit 0 is the first day."""

    __tablename__ = "activity"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    seat_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(8), primary_key=True)
    """`vendor` (backend or file) or `embed` (the widget)."""
    days: Mapped[int] = mapped_column(BigInteger)
    onboarding_days: Mapped[int] = mapped_column(BigInteger)
    meaningful_days: Mapped[int] = mapped_column(BigInteger)
    shown_days: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Days on which a survey was shown to the person; being shown one is no activity."""
