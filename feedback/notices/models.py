"""Who is told what, what was told to whom, and the deliveries that carry it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime

ALERTS = ("state", "gap", "use", "renewal", "flag")
"""A state is entered, scores move, use falls, a renewal comes near in a bad state, something speaks against answers."""
EVENTS = ("state.changed", "gap.changed", "comment.labelled", "flag.raised")
"""What a signed webhook may carry."""


class Choices(Base):
    """What one member of staff wants to be told, and where; without a row, `choices.DEFAULT` holds."""

    __tablename__ = "notice_choices"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    digest: Mapped[bool]
    weekday: Mapped[int]
    """Of the digest: 0 is Monday."""
    quiet: Mapped[bool]
    """A week in which nothing happened is not said."""
    digest_from: Mapped[datetime] = mapped_column(UtcDateTime)
    """Digests that were due before are not sent: when the digest was switched on, or its day changed."""
    by_mail: Mapped[bool]
    slack_address: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Encrypted: whoever has the address may write there."""
    alerts: Mapped[list[str]] = mapped_column(JSON)

    __table_args__ = (CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),)


class Endpoint(Base):
    """An address of the vendor's that is called: `signed` with events for programs, `team` with words for a channel."""

    __tablename__ = "webhook_endpoints"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(100))
    address: Mapped[bytes] = mapped_column(LargeBinary)
    """Encrypted: a channel's address is all that is needed to write there."""
    events: Mapped[list[str]] = mapped_column(JSON)
    """Of a `signed` one some of EVENTS, of a `team` some of ALERTS and `digest`."""
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failures: Mapped[int]
    """Tries in a row that failed."""
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rests_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("kind IN ('signed', 'team')", name="kind"),)


class News(Base):
    """Something that happened, once."""

    __tablename__ = "news"

    thing: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    partner_id: Mapped[UUID] = mapped_column(Uuid)
    subject: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "at"),)


class Told(Base):
    """This was told, or is about to be, to this one by this channel: the key under which nothing is told twice."""

    __tablename__ = "told"

    thing: Mapped[str] = mapped_column(String(80), primary_key=True)
    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    to_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    delivery_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    """Empty for a digest that had nothing to say."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Delivery(Base):
    """One mail or call, tried until it arrives or is given up."""

    __tablename__ = "deliveries"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    channel: Mapped[str] = mapped_column(String(8))
    to_id: Mapped[UUID] = mapped_column(Uuid)
    """Member of staff for `mail` and `slack`, endpoint for `team` and `signed`."""
    kind: Mapped[str] = mapped_column(String(20))
    """`digest`, `alert`, `test`, or the event of a signed webhook."""
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From when on a digest tells."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int]
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[int | None]
    """The HTTP status that came back last."""
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("channel IN ('mail', 'slack', 'team', 'signed')", name="channel"),
        CheckConstraint("status IN ('waiting', 'sent', 'given_up', 'dropped')", name="status"),
        Index(None, "status", "next_try_at"),
        Index(None, "to_id", "made_at"),
    )
