"""From what an identity provider says about somebody to a member of staff, in the role it names."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.sign_in_settings import STAFF_ROLES, Oidc
from feedback.staff import audit, commands
from feedback.staff.models import StaffIdentity, StaffMember
from feedback.staff.queries import clean_email, find_member, is_email


def admit(session: Session, chosen: Oidc, claims: Mapping[str, Any], *, now: datetime) -> StaffMember:
    """Who these verified claims are about: made when new, and given the role that the provider names today.

    The provider's word is also taken where it leaves this service without an admin: `feedback staff add` makes one.
    Raises SIGN_IN_REFUSED.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise _refused("The identity provider did not say who this is (`sub`).")
    email = clean_email(str(claims.get("email") or ""))
    if not is_email(email):
        raise _refused("The identity provider named no e-mail address (`email`).")
    if claims.get("email_verified") is not True:
        raise _refused(f"The identity provider has not verified the address {email} (`email_verified`).")
    role = _role(chosen, claims)
    member = _known(session, chosen.issuer, subject) or find_member(session, email)
    if member is None:
        name = str(claims.get("name") or "").strip() or None
        member = commands.add(session, email, name=name, role=role, actor=audit.PROVIDER, now=now)
    if member.disabled_at is not None:
        raise _refused(f"{member.email} was disabled and may not sign in. An admin can enable this person again.")
    _link(session, chosen.issuer, subject, member, now)
    commands.change_role(session, member.email, role, actor=audit.PROVIDER, keep_an_admin=False, now=now)
    return member


def _known(session: Session, issuer: str, subject: str) -> StaffMember | None:
    mine = (StaffIdentity.issuer == issuer, StaffIdentity.subject == subject)
    return session.scalar(select(StaffMember).join(StaffIdentity).where(*mine))


def _link(session: Session, issuer: str, subject: str, member: StaffMember, now: datetime) -> None:
    theirs = (StaffIdentity.issuer == issuer, StaffIdentity.staff_id == member.id)
    standing = session.scalar(select(StaffIdentity.subject).where(*theirs))
    if standing is None:
        session.add(StaffIdentity(issuer=issuer, subject=subject, staff_id=member.id, linked_at=now))
        session.flush()
    elif standing != subject:
        raise _refused(
            f"The address {member.email} belonged to another account at the identity provider. "
            "If it has a new owner, an admin disables this person, and enables it again."
        )


def _role(chosen: Oidc, claims: Mapping[str, Any]) -> str:
    said = _claim(claims, chosen.role_claim)
    values = {value for value in (said if isinstance(said, list) else [said]) if isinstance(value, str)}
    named = {role for role, value in chosen.roles if value in values}
    for role in STAFF_ROLES:  # of several the one that may most
        if role in named:
            return role
    wanted = ", ".join(f"{value} ({role})" for role, value in chosen.roles)
    raise _refused(
        f"The identity provider names no role of this service for this person: `{chosen.role_claim}` should be one of "
        f"{wanted}. Whoever runs the provider can add it."
    )


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by a path with dots into claims that hold others."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _refused(why: str) -> Problem:
    return Problem(Code.SIGN_IN_REFUSED, why)
