"""Releases of the vendor's product: days that stand on every timeline, so that a change can be held against them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.core.months import month_of
from feedback.decisions.models import ProductRelease
from feedback.decisions.queries import Told
from feedback.decisions.values import LONGEST_NAME, LONGEST_TEXT, require_at_most, require_text
from feedback.staff import audit


@dataclass(frozen=True, slots=True)
class NewProductRelease:
    """What was released on which day; a day to come may be put down too.

    `told`: what partners are told of it; empty: nothing.
    """

    day: date
    name: str
    told: str = ""

    def __post_init__(self) -> None:
        require_text("name", self.name, LONGEST_NAME)
        require_at_most("told", self.told, LONGEST_TEXT)


def product_releases(session: Session) -> Sequence[ProductRelease]:
    """All of them, newest first."""
    return session.scalars(select(ProductRelease).order_by(ProductRelease.day.desc(), ProductRelease.id.desc())).all()


def told_of_releases(session: Session, today: date) -> list[Told]:
    """What every partner is told of releases that are out, newest first."""
    statement = select(ProductRelease.told, ProductRelease.day).where(ProductRelease.told.is_not(None))
    out = statement.where(ProductRelease.day <= today).order_by(ProductRelease.day.desc(), ProductRelease.id.desc())
    return [Told(words, month_of(day)) for words, day in session.execute(out) if words]


def add_product_release(session: Session, new: NewProductRelease, *, actor: str, now: datetime) -> ProductRelease:
    """Put a release down."""
    told = new.told.strip() or None
    row = ProductRelease(id=new_id(), day=new.day, name=new.name.strip(), told=told, created_at=now, created_by=actor)
    session.add(row)
    session.flush()
    detail = {"day": row.day.isoformat(), "told": told is not None}
    audit.record(session, actor, "product_release.added", row.name, detail, now)
    return row


def remove_product_release(session: Session, release_id: UUID, *, actor: str, now: datetime) -> None:
    """Take one off the timelines. Raises NOT_FOUND."""
    row = session.get(ProductRelease, release_id)
    if row is None:
        raise Problem(Code.NOT_FOUND, "There is no such release; somebody may have taken it away.")
    session.delete(row)
    audit.record(session, actor, "product_release.removed", row.name, {"day": row.day.isoformat()}, now)
