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
    commented: Mapped[int] = mapped_column(server_default="0")
    """How many of them wrote a comment too."""


SCORES = tuple(range(11))
COUNTS = tuple(f"h{score}" for score in SCORES)


class Tally(Histogram, Base):
    """The finest cells: voices by month, month of the next voice, survey version, trust and segment.

    For the months a..b count the cells with a <= month <= b < next_month: each respondent once, at their latest.
    """

    __tablename__ = "tallies"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    audience: Mapped[str] = mapped_column(String(8), primary_key=True)
    metric: Mapped[str] = mapped_column(String(11), primary_key=True)
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
    metric: Mapped[str] = mapped_column(String(11), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    next_month: Mapped[int] = mapped_column(primary_key=True)
    next_vendor_month: Mapped[int] = mapped_column(primary_key=True)
    trust: Mapped[str] = mapped_column(String(7), primary_key=True)


class SegmentTally(Histogram, Base):
    """The finest cells rolled up over partners and survey versions: what a portfolio's report reads by segment.

    Sums of all partners, so none leads the key: a store that keeps partners apart adds up one such table each.
    """

    __tablename__ = "segment_tallies"

    metric: Mapped[str] = mapped_column(String(11), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    next_month: Mapped[int] = mapped_column(primary_key=True)
    next_vendor_month: Mapped[int] = mapped_column(primary_key=True)
    trust: Mapped[str] = mapped_column(String(7), primary_key=True)
    audience: Mapped[str] = mapped_column(String(8), primary_key=True)
    segment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class DailyTally(Histogram, Base):
    """Voices by the day of their answer: the flow, for freshness and alerts."""

    __tablename__ = "daily_tallies"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    audience: Mapped[str] = mapped_column(String(8), primary_key=True)
    metric: Mapped[str] = mapped_column(String(11), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    trust: Mapped[str] = mapped_column(String(7), primary_key=True)


class ReasonTally(Histogram, Base):
    """Voices that chose a reason beside their score: why a buyer doubts, or what else the survey offered."""

    __tablename__ = "reason_tallies"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    audience: Mapped[str] = mapped_column(String(8), primary_key=True)
    metric: Mapped[str] = mapped_column(String(11), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    next_month: Mapped[int] = mapped_column(primary_key=True)
    next_vendor_month: Mapped[int] = mapped_column(primary_key=True)
    trust: Mapped[str] = mapped_column(String(7), primary_key=True)
    reason: Mapped[str] = mapped_column(String(20), primary_key=True)


class AsideTally(Histogram, Base):
    """What counting answers that were set aside would change: these, and others of the same people that they follow.

    Counted as if nothing was set aside a respondent's next voice comes in `next_any_month` instead of `next_month`.
    """

    __tablename__ = "aside_tallies"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    audience: Mapped[str] = mapped_column(String(8), primary_key=True)
    metric: Mapped[str] = mapped_column(String(11), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    next_month: Mapped[int] = mapped_column(primary_key=True)
    next_any_month: Mapped[int] = mapped_column(primary_key=True)
    trust: Mapped[str] = mapped_column(String(7), primary_key=True)


class SeatCounts:
    """Seats that had not left by a day: the last of the month, or `counted_on` while the month is not over.

    Each is exactly one of engaged, never, abandoned and lapsed.
    """

    deployed: Mapped[int]
    active_once: Mapped[int]
    activated: Mapped[int]
    engaged: Mapped[int]
    never: Mapped[int]
    abandoned: Mapped[int]
    lapsed: Mapped[int]
    activated_abandoned: Mapped[int]
    """Of the abandoned those that had been activated."""
    meaningful: Mapped[int]
    """Seats that had done what the product is for."""
    objected: Mapped[int]
    """Seats whose person may not be asked any more."""


class PartnerSeats(SeatCounts, Base):
    """Seats of one partner at the end of a month."""

    __tablename__ = "partner_seats"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    counted_on: Mapped[date]


class SegmentSeats(SeatCounts, Base):
    """The same by segment."""

    __tablename__ = "segment_seats"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class CohortSeats(SeatCounts, Base):
    """The same by the month in which the seats were deployed."""

    __tablename__ = "cohort_seats"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    cohort_month: Mapped[int] = mapped_column(primary_key=True)


class ReachedSeats(Base):
    """Distinct seats in any window: of one month, by the next month in which the same seat appears again.

    For the months a..b count month in a..b with next_month > b. `kind`: `active`, or `shown` a survey.
    """

    __tablename__ = "reached_seats"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(6), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    next_month: Mapped[int] = mapped_column(primary_key=True)
    seats: Mapped[int]


class FirstValueDays(Base):
    """Seats by the month of their first meaningful action and the days to it from deployment; 366: a year and more."""

    __tablename__ = "first_value_days"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
    seats: Mapped[int]


class PartnerGeneration(Base):
    """The generation in which anything counted of this partner changed last."""

    __tablename__ = "partner_generations"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger)


class TallyState(Base):
    """One row: how many times the tallies changed and when they did last.

    `lineage` is made with the row: generations are only compared within one.
    """

    __tablename__ = "tally_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger)
    folded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lineage: Mapped[UUID | None] = mapped_column(Uuid)
