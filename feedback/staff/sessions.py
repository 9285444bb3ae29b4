"""Browsers that are signed in: at most 12 hours, and 30 minutes without a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import digest, random_text
from feedback.staff import audit
from feedback.staff.models import SecondFactor, StaffMember, StaffSession

IDLE = timedelta(minutes=30)
LASTS = timedelta(hours=12)
_SEEN_EVERY = timedelta(minutes=1)
_SHOWN = 16  # characters of a session's hash that name it on a page: as good as random, and no way back to the cookie


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking: a member of staff in a session that is alive."""

    id: UUID
    email: str
    name: str
    role: str
    vouched: bool
    """True when this session was begun with a second factor of our own, or an identity provider vouched for it."""
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


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One session that is alive, without anything that would let somebody take it over."""

    name: str
    since: datetime
    seen_at: datetime
    how: str | None
    """`link`, `password` or `provider`; None for one from before that was kept."""
    own: bool


def start(session: Session, member: StaffMember, *, how: str, second_factor: str | None = None, now: datetime) -> str:
    """A new session, and the value of its cookie, of which only the SHA-256 is kept.

    `how`: `link`, `password` or `provider`; `second_factor`: what was shown besides, a `code` or a `recovery code`.
    """
    over = StaffSession.created_at <= now - LASTS
    session.execute(delete(StaffSession).where(StaffSession.staff_id == member.id, over))
    token = random_text(52)
    session.add(StaffSession(token_hash=digest(token), staff_id=member.id, created_at=now, last_seen_at=now, how=how))
    session.flush()
    detail = {"how": how} if second_factor is None else {"how": how, "second_factor": second_factor}
    audit.record(session, audit.staff_actor(member.email), "staff.signed_in", member.email, detail, now)
    return token


def viewer(session: Session, token: str, *, now: datetime) -> Viewer | None:
    """Whose session this cookie belongs to; None when it is over, ended, unknown or its person disabled."""
    found = session.execute(
        select(
            StaffMember,
            StaffSession.last_seen_at,
            StaffSession.how,
            StaffSession.created_at,
            SecondFactor.proven_at,
        )
        .join(StaffSession, StaffSession.staff_id == StaffMember.id)
        .outerjoin(SecondFactor, SecondFactor.staff_id == StaffMember.id)
        .where(StaffSession.token_hash == digest(token), *_alive(now), StaffMember.disabled_at.is_(None))
    ).first()
    if found is None:
        return None
    member, seen_at, how, created_at, proven_at = found
    return Viewer(
        id=member.id,
        email=member.email,
        name=member.name,
        role=member.role,
        vouched=how == "provider" or (proven_at is not None and proven_at <= created_at),
        needs_mark=now - seen_at >= _SEEN_EVERY,
    )


def signed_in(session: Session, staff_id: UUID, *, own_token: str | None = None, now: datetime) -> tuple[SignedIn, ...]:
    """The sessions of one person that are alive, the latest seen first."""
    rows = session.scalars(
        select(StaffSession)
        .where(StaffSession.staff_id == staff_id, *_alive(now))
        .order_by(StaffSession.last_seen_at.desc(), StaffSession.token_hash)
    )
    own = None if own_token is None else digest(own_token)
    return tuple(
        SignedIn(row.token_hash[:_SHOWN], row.created_at, row.last_seen_at, row.how, own=row.token_hash == own)
        for row in rows
    )


def counted(session: Session, *, now: datetime) -> Mapping[UUID, int]:
    """How many sessions everybody has who has any."""
    alive = select(StaffSession.staff_id, func.count()).where(*_alive(now)).group_by(StaffSession.staff_id)
    return dict(session.execute(alive).all())


def last_seen(session: Session) -> Mapping[UUID, datetime]:
    """When everybody was last here who ever was."""
    latest = select(StaffSession.staff_id, func.max(StaffSession.last_seen_at)).group_by(StaffSession.staff_id)
    return dict(session.execute(latest).all())


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


def end_named(session: Session, member: StaffMember, name: str, *, actor: str, now: datetime) -> None:
    """End the one session of this person that a page calls `name`. Raises NOT_FOUND."""
    if len(name) != _SHOWN:
        raise Problem(Code.NOT_FOUND, "There is no such session.")
    named = (StaffSession.staff_id == member.id, StaffSession.token_hash.startswith(name, autoescape=True))
    if not _end(session, *named, now=now):
        raise Problem(Code.NOT_FOUND, "There is no such session; it may have ended meanwhile.")
    audit.record(session, actor, "staff.sessions_ended", member.email, {"sessions": 1}, now)


def end_all(session: Session, staff_id: UUID, *, but: str | None = None, now: datetime) -> int:
    """Sign somebody out everywhere, or everywhere but where the token is `but`; how many sessions that ended.

    A part of something else: whoever calls it records why.
    """
    mine = [StaffSession.staff_id == staff_id, *([StaffSession.token_hash != digest(but)] if but else [])]
    return len(_end(session, *mine, now=now))


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        StaffSession.ended_at.is_(None),
        StaffSession.created_at > now - LASTS,
        StaffSession.last_seen_at > now - IDLE,
    )


def _end(session: Session, *which: ColumnElement[bool], now: datetime) -> Sequence[str]:
    ending = update(StaffSession).where(*which, *_alive(now)).values(ended_at=now).returning(StaffSession.token_hash)
    return session.scalars(ending).all()
