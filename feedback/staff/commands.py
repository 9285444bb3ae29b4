"""Write staff: who there is, in which role, their passwords, and the links that sign them in once."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import digest, new_id, random_text
from feedback.sign_in_settings import STAFF_ROLES
from feedback.staff import audit, passwords, second_factor, sessions
from feedback.staff.models import SignInLink, SignInStep, StaffIdentity, StaffMember
from feedback.staff.queries import clean_email, find_member, is_email, known_member, member

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
    _check_role(role)
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


def change_role(
    session: Session, email: str, role: str, *, actor: str = audit.CLI, keep_an_admin: bool = True, now: datetime
) -> None:
    """Give somebody another role. Sessions go on: every request reads the role anew, so it holds from the next one.

    Raises STAFF_UNKNOWN, INVALID, or CONFLICT where nobody who may sign in would be an admin any more.
    """
    _check_role(role)
    row = known_member(session, email)
    if row.role == role:
        return
    if keep_an_admin:
        _refuse_without_admin(session, row)
    before, row.role = row.role, role
    audit.record(session, actor, "staff.role_changed", row.email, {"before": before, "role": role}, now)


def set_password(session: Session, email: str, password: str, *, actor: str = audit.CLI, now: datetime) -> None:
    """Replace the password and end this person's sessions and links. Raises STAFF_UNKNOWN or INVALID."""
    row = member(session, email)
    put_password(session, row.id, passwords.hashed(password), actor=actor, now=now)


def put_password(
    session: Session, staff_id: UUID, password_hash: str, *, actor: str, but: str | None = None, now: datetime
) -> None:
    """Keep a hash that was made before, outside of this transaction; ends all sessions and links.

    The session with the token `but` goes on.
    """
    row = session.get_one(StaffMember, staff_id)
    row.password_hash = password_hash
    _end_everything(session, row, but=but, now=now)
    audit.record(session, actor, "staff.password_set", row.email, {}, now)


def disable(session: Session, email: str, *, actor: str = audit.CLI, now: datetime) -> None:
    """Somebody may not sign in any more; what they did stays on record.

    Raises STAFF_UNKNOWN, or CONFLICT for the last admin who may sign in.
    """
    row = member(session, email)
    _refuse_without_admin(session, row)
    row.disabled_at = now
    _end_everything(session, row, now=now)
    audit.record(session, actor, "staff.disabled", row.email, {}, now)


def enable(session: Session, email: str, *, actor: str = audit.CLI, now: datetime) -> None:
    """Somebody who was disabled may sign in again. Raises STAFF_UNKNOWN.

    Which account at the identity provider is this person's is found anew: the address may have changed hands.
    """
    row = known_member(session, email)
    if row.disabled_at is None:
        return
    row.disabled_at = None
    session.execute(delete(StaffIdentity).where(StaffIdentity.staff_id == row.id))
    audit.record(session, actor, "staff.enabled", row.email, {}, now)


def end_sessions(session: Session, email: str, *, but: str | None = None, actor: str = audit.CLI, now: datetime) -> int:
    """Sign somebody out everywhere, or everywhere but where the token is `but`; from how many browsers.

    Raises STAFF_UNKNOWN.
    """
    row = known_member(session, email)
    session.execute(delete(SignInStep).where(SignInStep.staff_id == row.id))
    ended = sessions.end_all(session, row.id, but=but, now=now)
    audit.record(session, actor, "staff.sessions_ended", row.email, {"sessions": ended}, now)
    return ended


def remove_second_factor(session: Session, staff_id: UUID, *, but: str | None = None, now: datetime) -> None:
    """Somebody gives up their own second factor: no code is asked for any more. Raises CONFLICT where none stands.

    Other sessions end; the one with the token `but` goes on.
    """
    row = session.get_one(StaffMember, staff_id)
    if not second_factor.remove(session, row.id):
        raise Problem(Code.CONFLICT, "There is no second factor to remove.")
    _end_everything(session, row, but=but, now=now)
    audit.record(session, audit.staff_actor(row.email), "staff.second_factor_removed", row.email, {}, now)


def reset_second_factor(session: Session, email: str, *, actor: str = audit.CLI, now: datetime) -> None:
    """Somebody lost telephone and recovery codes: forget both, and end sessions and links.

    Raises STAFF_UNKNOWN, or CONFLICT where none stands.
    """
    row = known_member(session, email)
    if not second_factor.remove(session, row.id):
        raise Problem(Code.CONFLICT, f"{row.email} has no second factor.")
    _end_everything(session, row, now=now)
    audit.record(session, actor, "staff.second_factor_reset", row.email, {}, now)


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


def use_sign_in_link(session: Session, token: str, *, now: datetime) -> UUID:
    """Use the link up: the id of whom it lets in, for `sign_in.enter`. Raises LINK_SPENT."""
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
    return row.id


def _check_role(role: str) -> None:
    if role not in STAFF_ROLES:
        raise Problem(
            Code.INVALID, f"Roles are {', '.join(STAFF_ROLES)}; not {role!r}.", errors={"role": ["Use one of these."]}
        )


def _refuse_without_admin(session: Session, row: StaffMember) -> None:
    """Before `row` stops being an admin. Locks the admins, so that two cannot send each other away at once."""
    admins = (StaffMember.role == "admin", StaffMember.disabled_at.is_(None))
    ids = session.scalars(select(StaffMember.id).where(*admins).order_by(StaffMember.id).with_for_update()).all()
    if list(ids) == [row.id]:
        raise Problem(Code.CONFLICT, f"{row.email} is the only admin. Make somebody else an admin first.")


def _end_everything(session: Session, row: StaffMember, *, but: str | None = None, now: datetime) -> None:
    sessions.end_all(session, row.id, but=but, now=now)
    session.execute(delete(SignInLink).where(SignInLink.staff_id == row.id))
    session.execute(delete(SignInStep).where(SignInStep.staff_id == row.id))
