"""The audit log: who read or changed what. Rows are only ever added."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from feedback.core.ids import new_id
from feedback.staff.models import AuditEntry

CLI = "cli"
"""Actor of whoever has a shell on the machine."""
SCHEDULE = "schedule"
"""Actor of what is done by the clock."""
PROVIDER = "provider"
"""Actor of the identity provider, which says at each sign-in who somebody is and in which role."""


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
    return entry


def staff_actor(email: str) -> str:
    """The actor that stands for a member of staff."""
    return f"staff:{email}"
