"""Write staff: who there is, their passwords, and the links that sign them in once."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import digest, new_id, random_text
from feedback.staff import audit, passwords, sessions
from feedback.staff.models import STAFF_ROLES, SignInLink, StaffMember
from feedback.staff.queries import clean_email, find_member, is_email, member

LINK_LASTS = timedelta(hours=24)


def add(
    session: Session,
    email: str,
    *,
    name: str | None = None,
    role: str = "admin",
    actor: str = audit.CLI,
    now: datetime,
) -> StaffMember:
    """A new member of staff, without a password. Raises INVALID, or STAFF_EXISTS for an address that is taken."""
    address = clean_email(email)
    if not is_email(address):
        raise Problem(
            Code.INVALID, f"{email!r} is not an e-mail address.", errors={"email": ["Write it like ann@example.com."]}
        )
    if role not in STAFF_ROLES:
        raise Problem(
            Code.INVALID, f"Roles are {', '.join(STAFF_ROLES)}; not {role!r}.", errors={"role": ["Use one of these."]}
        )
    if find_member(session, address) is not None:
        raise Problem(Code.STAFF_EXISTS, f"There is somebody with the address {address} already.")
    row = StaffMember(id=new_id(), email=address, name=(name or address.split("@")[0])[:200], role=role, created_at=now)
    session.add(row)
    session.flush()
    audit.record(session, actor, "staff.added", address, {"role": role}, now)
    return row


def ensure_first(session: Session, *, now: datetime) -> StaffMember:
    """The admin who was there first; on a new deployment one is made, whom only a sign-in link lets in."""
    standing = session.scalar(
        select(StaffMember)
        .where(StaffMember.role == "admin", StaffMember.disabled_at.is_(None))
        .order_by(StaffMember.created_at, StaffMember.id)
        .limit(1)
    )
    if standing is not None:
        return standing
    taken = find_member(session, "admin@localhost")
    return add(session, "admin@localhost" if taken is None else f"admin-{random_text(4)}@localhost", now=now)


def set_password(session: Session, email: str, password: str, *, actor: str = audit.CLI, now: datetime) -> None:
    """Replace the password and end this person's sessions and links. Raises STAFF_UNKNOWN or INVALID."""
    row = member(session, email)
    row.password_hash = passwords.hashed(password)
    _end_everything(session, row, now=now)
    audit.record(session, actor, "staff.password_set", row.email, {}, now)


def disable(session: Session, email: str, *, actor: str = audit.CLI, now: datetime) -> None:
    """Somebody may not sign in any more; what they did stays on record. Raises STAFF_UNKNOWN."""
    row = member(session, email)
    row.disabled_at = now
    _end_everything(session, row, now=now)
    audit.record(session, actor, "staff.disabled", row.email, {}, now)


def create_sign_in_link(session: Session, email: str, *, actor: str = audit.CLI, now: datetime) -> str:
    """The secret part of a link (`{public_url}/login/{token}`) that signs this person in once within 24 hours.

    Raises STAFF_UNKNOWN, also for somebody who was disabled.
    """
    row = member(session, email)
    spent = or_(SignInLink.used_at.is_not(None), SignInLink.expires_at <= now)
    session.execute(delete(SignInLink).where(SignInLink.staff_id == row.id, spent))
    token = random_text(52)
    session.add(SignInLink(token_hash=digest(token), staff_id=row.id, expires_at=now + LINK_LASTS))
    session.flush()
    audit.record(session, actor, "staff.link_made", row.email, {}, now)
    return token


def link_owner(session: Session, token: str, *, now: datetime) -> StaffMember:
    """Whom a link would sign in; reading it does not use it. Raises LINK_SPENT."""
    row = session.scalar(
        select(StaffMember)
        .join(SignInLink, SignInLink.staff_id == StaffMember.id)
        .where(SignInLink.token_hash == digest(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now)
    )
    if row is None or row.disabled_at is not None:
        raise Problem(Code.LINK_SPENT, "The link was used already, has expired, or never was one.")
    return row


def use_sign_in_link(session: Session, token: str, *, now: datetime) -> str:
    """Use the link up and start a session: its cookie's value. Raises LINK_SPENT."""
    row = link_owner(session, token, now=now)
    # Conditional, so that of two who use it at once only one gets in.
    used = session.execute(
        update(SignInLink)
        .where(SignInLink.token_hash == digest(token), SignInLink.used_at.is_(None))
        .values(used_at=now)
        .returning(SignInLink.token_hash)
    )
    if used.first() is None:
        raise Problem(Code.LINK_SPENT, "The link was used a moment ago.")
    return sessions.start(session, row, how="link", now=now)


def _end_everything(session: Session, row: StaffMember, *, now: datetime) -> None:
    sessions.end_all(session, row.id, now=now)
    session.execute(delete(SignInLink).where(SignInLink.staff_id == row.id))
