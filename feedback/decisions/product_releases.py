"""Releases of the vendor's product: days that stand on every timeline, so that a change can be held against them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.decisions.models import ProductRelease
from feedback.decisions.values import LONGEST_NAME, require_text
from feedback.staff import audit


@dataclass(frozen=True, slots=True)
class NewProductRelease:
    """What was released on which day; a day to come may be put down too."""

    day: date
    name: str

    def __post_init__(self) -> None:
        require_text("name", self.name, LONGEST_NAME)


def product_releases(session: Session) -> Sequence[ProductRelease]:
    """All of them, newest first."""
    return session.scalars(select(ProductRelease).order_by(ProductRelease.day.desc(), ProductRelease.id.desc())).all()


def add_product_release(session: Session, new: NewProductRelease, *, actor: str, now: datetime) -> ProductRelease:
    """Put a release down."""
    row = ProductRelease(id=new_id(), day=new.day, name=new.name.strip(), created_at=now, created_by=actor)
    session.add(row)
    session.flush()
    audit.record(session, actor, "product_release.added", row.name, {"day": row.day.isoformat()}, now)
    return row


def remove_product_release(session: Session, release_id: UUID, *, actor: str, now: datetime) -> None:
    """Take one off the timelines. Raises NOT_FOUND."""
    row = session.get(ProductRelease, release_id)
    if row is None:
        raise Problem(Code.NOT_FOUND, "There is no such release; somebody may have taken it away.")
    session.delete(row)
    audit.record(session, actor, "product_release.removed", row.name, {"day": row.day.isoformat()}, now)
