"""Tallies: additive counts of voices. Every statistic is computed from these, never from raw rows."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime


class Histogram:
    """Eleven counts, one per score 0 to 10; csat uses 1 to 5, ces 1 to 7."""

    h0: Mapped[int]
    h1: Mapped[int]
    h2: Mapped[int]
    h3: Mapped[int]
    h4: Mapped[int]
    h5: Mapped[int]
    h6: Mapped[int]
    h7: Mapped[int]
    h8: Mapped[int]
    h9: Mapped[int]
    h10: Mapped[int]


SCORES = tuple(range(11))
COUNTS = tuple(f"h{score}" for score in SCORES)


class Tally(Histogram, Base):
    """The finest cells: voices by month, month of the next voice, survey version, trust and segment.

    For the months a..b count the cells with a <= month <= b < next_month: each respondent once, at their latest.
    """

    __tablename__ = "tallies"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    audience: Mapped[str] = mapped_column(String(8), primary_key=True)
    metric: Mapped[str] = mapped_column(String(4), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    next_month: Mapped[int] = mapped_column(primary_key=True)
    next_vendor_month: Mapped[int] = mapped_column(primary_key=True)
    survey_version_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    trust: Mapped[str] = mapped_column(String(7), primary_key=True)
    segment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class PartnerTally(Histogram, Base):
    """The same rolled up over survey versions and segments: what partner and portfolio reports read."""

    __tablename__ = "partner_tallies"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    audience: Mapped[str] = mapped_column(String(8), primary_key=True)
    metric: Mapped[str] = mapped_column(String(4), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    next_month: Mapped[int] = mapped_column(primary_key=True)
    next_vendor_month: Mapped[int] = mapped_column(primary_key=True)
    trust: Mapped[str] = mapped_column(String(7), primary_key=True)


class DailyTally(Histogram, Base):
    """Voices by the day of their answer: the flow, for freshness and alerts."""

    __tablename__ = "daily_tallies"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    audience: Mapped[str] = mapped_column(String(8), primary_key=True)
    metric: Mapped[str] = mapped_column(String(4), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    trust: Mapped[str] = mapped_column(String(7), primary_key=True)


class TallyState(Base):
    """One row: how many folds there were and when the last one was."""

    __tablename__ = "tally_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger)
    folded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
