"""What each member of staff wants to be told, and where."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from uuid import UUID

from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.notices.calls import check_address
from feedback.notices.models import ALERTS, Choices
from feedback.staff import audit
from feedback.staff.models import StaffMember
from feedback.staff.queries import all_members, find_member

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Wish:
    """What one person chose. `slack_address`: empty for none; `quiet`: a week in which nothing happened is not said."""

    digest: bool = True
    weekday: int = 0
    quiet: bool = True
    by_mail: bool = True
    slack_address: str = ""
    alerts: tuple[str, ...] = ("state", "renewal", "flag")


DEFAULT = Wish()


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may be told numbers, and what they chose."""

    staff_id: UUID
    email: str
    name: str
    role: str
    wish: Wish
    digest_from: datetime

    @property
    def channels(self) -> tuple[str, ...]:
        """`mail`, `slack`, both or none."""
        return tuple(name for name, on in (("mail", self.wish.by_mail), ("slack", self.wish.slack_address != "")) if on)


def readers(session: Session, vault: Fernet) -> dict[UUID, Reader]:
    """Everybody who may be told numbers now: not disabled, and of a role that reads them."""
    chosen = {row.staff_id: row for row in session.scalars(select(Choices))}
    return {
        member.id: _reader(member, chosen.get(member.id), vault)
        for member in all_members(session)
        if member.disabled_at is None and member.role != "account"
    }


def reader(session: Session, email: str, vault: Fernet) -> Reader:
    """One of them by address. Raises STAFF_UNKNOWN."""
    member = find_member(session, email)
    if member is None or member.disabled_at is not None or member.role == "account":
        raise Problem(Code.STAFF_UNKNOWN, "Nobody who reads numbers has this address.")
    return _reader(member, session.get(Choices, member.id), vault)


def put(session: Session, email: str, wish: Wish, *, vault: Fernet, private: bool, actor: str, now: datetime) -> None:
    """Keep what somebody chose. Raises STAFF_UNKNOWN, INVALID."""
    standing = reader(session, email, vault)
    if wish.weekday not in range(7) or not set(wish.alerts) <= set(ALERTS):
        raise Problem(Code.INVALID, "There is no such day, or no such alert.")
    if wish.slack_address:
        check_address(wish.slack_address, private=private, field="slack_address")
    before = standing.wish
    row = session.get(Choices, standing.staff_id)
    if row is None:
        row = Choices(staff_id=standing.staff_id, digest_from=standing.digest_from)
        session.add(row)
    if wish.digest and (not before.digest or wish.weekday != before.weekday):
        row.digest_from = now
    row.digest, row.weekday, row.quiet, row.by_mail = wish.digest, wish.weekday, wish.quiet, wish.by_mail
    row.slack_address = vault.encrypt(wish.slack_address.encode()) if wish.slack_address else None
    row.alerts = [name for name in ALERTS if name in wish.alerts]
    session.flush()
    changed = sorted(one.name for one in fields(Wish) if getattr(wish, one.name) != getattr(before, one.name))
    if changed:
        audit.record(session, actor, "notices.chosen", standing.email, {"changed": changed}, now)


def stop_mails(session: Session, staff_id: UUID, *, vault: Fernet, now: datetime) -> str | None:
    """Send this person no more mails; the address, or None for who gets none anyway."""
    found = readers(session, vault).get(staff_id)
    if found is None:
        return None
    actor = audit.staff_actor(found.email)
    # Kept as it is: whether its Slack address may be called is asked when it is.
    put(session, found.email, replace(found.wish, by_mail=False), vault=vault, private=True, actor=actor, now=now)
    return found.email


def _reader(member: StaffMember, row: Choices | None, vault: Fernet) -> Reader:
    if row is None:
        return Reader(member.id, member.email, member.name, member.role, DEFAULT, member.created_at)
    slack = vault.decrypt(row.slack_address).decode() if row.slack_address is not None else ""
    wish = Wish(row.digest, row.weekday, row.quiet, row.by_mail, slack, tuple(row.alerts))
    return Reader(member.id, member.email, member.name, member.role, wish, row.digest_from)
