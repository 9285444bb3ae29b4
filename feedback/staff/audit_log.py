"""Read the audit log: newest first, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from feedback.staff.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; empty and None leave nothing out. Days are of UTC, both included."""

    actor: str = ""
    """Whole, as it is kept: `staff:EMAIL`, `key:ID`, `cli` or `provider`."""
    action: str = ""
    """Whole, or its beginning up to and with the dot: `staff.` is all that was done to staff."""
    target: str = ""
    """A part of it, in capital letters or not."""
    first_day: date | None = None
    last_day: date | None = None


def entries(
    session: Session, wanted: Wanted, *, before: tuple[datetime, UUID] | None = None, limit: int
) -> Sequence[AuditEntry]:
    """At most `limit` entries, newest first; those behind the one with the time and id `before`."""
    behind = [] if before is None else [tuple_(AuditEntry.at, AuditEntry.id) < before]
    found = select(AuditEntry).where(*_conditions(wanted), *behind)
    return session.scalars(found.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)).all()


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    made: list[ColumnElement[bool]] = []
    if wanted.actor:
        made.append(AuditEntry.actor == wanted.actor)
    if wanted.action.endswith("."):
        made.append(AuditEntry.action.startswith(wanted.action, autoescape=True))
    elif wanted.action:
        made.append(AuditEntry.action == wanted.action)
    if wanted.target:
        made.append(AuditEntry.target.icontains(wanted.target, autoescape=True))
    if wanted.first_day:
        made.append(AuditEntry.at >= datetime.combine(wanted.first_day, time(), UTC))
    if wanted.last_day:
        made.append(AuditEntry.at <= datetime.combine(wanted.last_day, time.max, UTC))
    return made
