"""The audit log: who read or changed what. Rows are only ever added, and the database refuses anything else."""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.staff.models import AuditEntry

CLI = "cli"
"""Actor of whoever has a shell on the machine."""
SCHEDULE = "schedule"
"""Actor of what is done by the clock."""
PROVIDER = "provider"
"""Actor of the identity provider, which says at each sign-in who somebody is and in which role."""
KEPT_FOR = timedelta(days=365)
"""No entry is deleted before: a trigger of the database says so too, by its own clock."""

_MADE: ContextVar[int] = ContextVar("entries made", default=0)


def entries_made() -> int:
    """How many entries this thread has added so far: who compares two of these knows whether there were any between."""
    return _MADE.get()


def record(
    session: Session, actor: str, action: str, target: str, detail: Mapping[str, Any], now: datetime
) -> AuditEntry:
    """Add one entry, in the transaction of what it is about.

    `actor` is `staff:EMAIL`, `key:ID`, `link:ID`, `cli`, `schedule`, `folder` or `provider`; `action` a dotted name in
    the past tense (`staff.added`); `target` what it was done to; `detail` plain JSON without secrets and without what
    respondents wrote.
    """
    entry = AuditEntry(id=new_id(), at=now, actor=actor, action=action, target=target, detail=dict(detail))
    session.add(entry)
    session.flush()
    _MADE.set(_MADE.get() + 1)
    return entry


def staff_actor(email: str) -> str:
    """The actor that stands for a member of staff."""
    return f"staff:{email}"


def forget_before(session: Session, before: datetime, *, actor: str, now: datetime) -> int:
    """Delete the entries from before a moment, and leave one that says so; how many there were. The only way there is.

    Raises INVALID for a moment that is not KEPT_FOR ago.
    """
    if before > now - KEPT_FOR:
        raise Problem(Code.INVALID, f"The audit log is kept for {KEPT_FOR.days} days at least.")
    gone = session.execute(delete(AuditEntry).where(AuditEntry.at < before))
    count = int(gone.rowcount)  # type: ignore[attr-defined]
    if count:
        record(session, actor, "audit.forgotten", "audit log", {"before": before.isoformat(), "count": count}, now)
    return count
