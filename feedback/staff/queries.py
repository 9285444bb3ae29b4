"""Read staff."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.staff.models import SecondFactor, StaffIdentity, StaffMember

_EMAIL = re.compile(r"[^\s@<>\x00-\x1f\x7f]{1,200}@[^\s@<>\x00-\x1f\x7f]{1,200}")


def is_email(address: str) -> bool:
    """True for what can be an address: something on both sides of one @, nothing that a header would trip over."""
    return len(address) <= 254 and _EMAIL.fullmatch(address) is not None


def clean_email(text: str) -> str:
    """The form in which an address is kept and looked up: without blanks around it, in lower case."""
    return text.strip().lower()


def find_member(session: Session, email: str) -> StaffMember | None:
    """The member of staff with this address, disabled or not; None also for what can be no address."""
    address = clean_email(email)
    if not is_email(address):
        return None
    return session.scalar(select(StaffMember).where(StaffMember.email == address))


def known_member(session: Session, email: str) -> StaffMember:
    """The member of staff with this address, disabled or not. Raises STAFF_UNKNOWN."""
    found = find_member(session, email)
    if found is None:
        raise Problem(Code.STAFF_UNKNOWN, f"Nobody of the staff has the address {clean_email(email)!r}.")
    return found


def member(session: Session, email: str) -> StaffMember:
    """The member of staff with this address who may sign in. Raises STAFF_UNKNOWN."""
    found = known_member(session, email)
    if found.disabled_at is not None:
        raise Problem(Code.STAFF_UNKNOWN, f"{found.email} was disabled and may not sign in.")
    return found


def all_members(session: Session) -> Sequence[StaffMember]:
    """Everybody of the staff, disabled ones too, by address."""
    return session.scalars(select(StaffMember).order_by(StaffMember.email)).all()


def member_by_id(session: Session, staff_id: UUID) -> StaffMember:
    """The member of staff with this id, disabled or not. Raises NOT_FOUND."""
    found = session.get(StaffMember, staff_id)
    if found is None:
        raise Problem(Code.NOT_FOUND, "There is nobody with this id.")
    return found


@dataclass(frozen=True, slots=True)
class WaysIn:
    """Ids of those who have a second factor, and of those whom an identity provider knows."""

    second_factor: frozenset[UUID]
    provider: frozenset[UUID]


def ways_in(session: Session) -> WaysIn:
    """Who gets in how, besides by password and link."""
    proven = select(SecondFactor.staff_id).where(SecondFactor.proven_at.is_not(None))
    return WaysIn(
        second_factor=frozenset(session.scalars(proven)),
        provider=frozenset(session.scalars(select(StaffIdentity.staff_id))),
    )
