"""Browsers that are signed in: at most 12 hours, and 30 minutes without a request."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from feedback.core.ids import digest, random_text
from feedback.staff import audit
from feedback.staff.models import StaffMember, StaffSession

IDLE = timedelta(minutes=30)
LASTS = timedelta(hours=12)
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking: a member of staff in a session that is alive."""

    email: str
    name: str
    role: str
    needs_mark: bool
    """True when the last mark of a request is old enough to be worth a write."""

    @property
    def reads_numbers(self) -> bool:
        """False for account managers, who see what was released to partners and nothing else."""
        return self.role != "account"

    @property
    def reads_comments(self) -> bool:
        """True for those who may read what people wrote, and the addresses that some left."""
        return self.role in {"admin", "researcher"}

    @property
    def actor(self) -> str:
        """What the audit log calls this person."""
        return audit.staff_actor(self.email)


def start(session: Session, member: StaffMember, *, how: str, now: datetime) -> str:
    """A new session, and the value of its cookie, of which only the SHA-256 is kept. `how`: `link` or `password`."""
    over = StaffSession.created_at <= now - LASTS
    session.execute(delete(StaffSession).where(StaffSession.staff_id == member.id, over))
    token = random_text(52)
    session.add(StaffSession(token_hash=digest(token), staff_id=member.id, created_at=now, last_seen_at=now))
    session.flush()
    audit.record(session, audit.staff_actor(member.email), "staff.signed_in", member.email, {"how": how}, now)
    return token


def viewer(session: Session, token: str, *, now: datetime) -> Viewer | None:
    """Whose session this cookie belongs to; None when it is over, ended, unknown or its person disabled."""
    found = session.execute(
        select(StaffMember, StaffSession.last_seen_at)
        .join(StaffSession, StaffSession.staff_id == StaffMember.id)
        .where(
            StaffSession.token_hash == digest(token),
            StaffSession.ended_at.is_(None),
            StaffSession.created_at > now - LASTS,
            StaffSession.last_seen_at > now - IDLE,
            StaffMember.disabled_at.is_(None),
        )
    ).first()
    if found is None:
        return None
    member, seen_at = found
    return Viewer(member.email, member.name, member.role, needs_mark=now - seen_at >= _SEEN_EVERY)


def mark_seen(session: Session, token: str, *, now: datetime) -> None:
    """The person is still there: the 30 minutes begin anew."""
    alive = (StaffSession.token_hash == digest(token), StaffSession.ended_at.is_(None))
    session.execute(update(StaffSession).where(*alive).values(last_seen_at=now))


def end(session: Session, token: str, *, now: datetime) -> None:
    """Sign out. A session that is over already stays over."""
    row = session.get(StaffSession, digest(token))
    if row is None or row.ended_at is not None:
        return
    row.ended_at = now
    email = session.scalars(select(StaffMember.email).where(StaffMember.id == row.staff_id)).one()
    audit.record(session, audit.staff_actor(email), "staff.signed_out", email, {}, now)


def end_all(session: Session, staff_id: UUID, *, now: datetime) -> None:
    """Sign somebody out everywhere."""
    alive = (StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
    session.execute(update(StaffSession).where(*alive).values(ended_at=now))
