"""The log of what was sent: when, what, how it went."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.core.ids import new_id
from feedback.notices.models import Delivery
from feedback.notices.routing import Recipient, delivery

PER_PAGE = 50


class LogPage(NamedTuple):
    """One page of the log of one endpoint, newest first."""

    rows: Sequence[Delivery]
    found: int
    page: int
    pages: int


def log_page(session: Session, endpoint_id: UUID, page: int) -> LogPage:
    """What went to an endpoint; a page that is not there is the last."""
    own = Delivery.to_id == endpoint_id
    found = session.scalar(select(func.count()).select_from(Delivery).where(own)) or 0
    pages = max(1, -(-found // PER_PAGE))
    page = min(page, pages)
    rows = select(Delivery).where(own).order_by(Delivery.made_at.desc(), Delivery.id.desc())
    return LogPage(session.scalars(rows.offset((page - 1) * PER_PAGE).limit(PER_PAGE)).all(), found, page, pages)


def latest(session: Session, to_id: UUID, most: int = 10) -> Sequence[Delivery]:
    """The last things that went to one person."""
    rows = select(Delivery).where(Delivery.to_id == to_id).order_by(Delivery.made_at.desc(), Delivery.id.desc())
    return session.scalars(rows.limit(most)).all()


def waiting(session: Session) -> dict[UUID, int]:
    """By recipient, how many deliveries wait."""
    counted = select(Delivery.to_id, func.count()).where(Delivery.status == "waiting").group_by(Delivery.to_id)
    return {row[0]: row[1] for row in session.execute(counted)}


def test(session: Session, channel: str, to_id: UUID, *, now: datetime) -> None:
    """Send a test as soon as may be."""
    session.add(delivery(new_id(), Recipient(channel, to_id), "test", now=now))
    session.flush()
