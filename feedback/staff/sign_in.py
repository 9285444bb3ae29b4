"""Signing in: count the attempt, compare outside any write, then enter.

Comparing takes a tenth of a second; on SQLite a write transaction held that long would make everybody wait.

Attempts are counted by account and place together, so that whoever guesses from elsewhere does not keep anybody out;
and, with a wider limit, by account alone and by place alone, so that many places or many accounts do not help either.
"""

import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from cryptography.fernet import Fernet
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import digest, random_text
from feedback.core.upsert import upsert
from feedback.staff import passwords, second_factor, sessions
from feedback.staff.models import SignInAttempts, SignInStep, StaffMember
from feedback.staff.queries import clean_email, find_member

ATTEMPTS = 10
ATTEMPTS_ALONE = 100
"""For one account from all places, and for all accounts from one place."""
WINDOW_S = 15 * 60
STEP_LASTS = timedelta(minutes=10)
_CODE_OF = "code of "


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody signs in from: a keyed hash of the network address, which is kept for a quarter of an hour.

    `shared`: it may be everybody's, as when a proxy stands in front that nobody named in the settings.
    """

    name: str
    shared: bool


UNKNOWN = Place("", shared=True)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a password or a link led to: a session, or a step that owes a code. `token` is the cookie's value."""

    token: str
    signed_in: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who stands between the password, or the link, and the code."""

    member: StaffMember
    how: str
    sets_up: bool
    """True for somebody who has no second factor yet and needs one."""


def place_of(address: str | None, key: bytes) -> Place:
    """The place of a network address; of IPv6 the network of 64 bits, which one machine may fill."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or ipaddress.IPv6Address(int(found) >> 64 << 64)
    name = hmac.new(key, b"sign-in from " + found.packed, "sha256").hexdigest()
    return Place(name, shared=not found.is_global)


def count_attempt(session: Session, email: str, place: Place = UNKNOWN, *, now: datetime) -> None:
    """Count one attempt for this account, known or not, from this place.

    Counted before the password is looked at, so that many attempts at once cannot slip past. Raises TOO_MANY_REQUESTS
    after ten in a quarter of an hour, and after a hundred for the account from all places or from the place.
    """
    for what, most in _counted(clean_email(email), place).items():
        _count(session, what, "Wait a quarter of an hour, or use a sign-in link.", now, most=most)


def count_code(session: Session, email: str, *, now: datetime) -> None:
    """The same for codes, counted apart: whoever guesses at passwords keeps nobody from typing a code."""
    _count(session, _CODE_OF + email, "Wait a quarter of an hour; an admin can reset the second factor.", now)


def check(session: Session, email: str, password: str) -> UUID | None:
    """The id of whoever has this address and password; None otherwise, after the same time for all reasons."""
    row = find_member(session, email)
    allowed = row is not None and row.disabled_at is None
    right = passwords.matches(row.password_hash if row is not None and allowed else None, password)
    return row.id if row is not None and right else None


def enter(
    session: Session,
    staff_id: UUID,
    *,
    how: str,
    required: bool,
    vault: Fernet,
    now: datetime,
    place: Place = UNKNOWN,
) -> Entry:
    """What follows a right `password` or `link`: a session, or first a code where a second factor is or must be.

    Raises NOT_SIGNED_IN when the person was disabled meanwhile.
    """
    member = _allowed(session, staff_id)
    owes_code = second_factor.stands(session, member.id)
    if not owes_code and not required:
        _forget_attempts(session, member, place)
        return Entry(sessions.start(session, member, how=how, now=now), signed_in=True)
    if not owes_code:
        second_factor.begin(session, member.id, vault, now=now)
    session.execute(delete(SignInStep).where(SignInStep.expires_at <= now))
    token = random_text(52)
    session.add(SignInStep(token_hash=digest(token), staff_id=member.id, how=how, expires_at=now + STEP_LASTS))
    session.flush()
    return Entry(token, signed_in=False)


def waiting(session: Session, token: str, *, now: datetime) -> Waiting | None:
    """Whose step this cookie belongs to; None when it is over, was taken, or its person disabled."""
    found = session.execute(
        select(StaffMember, SignInStep.how)
        .join(SignInStep, SignInStep.staff_id == StaffMember.id)
        .where(
            SignInStep.token_hash == digest(token),
            SignInStep.expires_at > now,
            StaffMember.disabled_at.is_(None),
        )
    ).first()
    if found is None:
        return None
    member, how = found
    return Waiting(member, how, sets_up=not second_factor.stands(session, member.id))


def finish(session: Session, token: str, *, second: str, now: datetime, place: Place = UNKNOWN) -> str:
    """The step is taken, `second` was shown: a new session's cookie. Raises NOT_SIGNED_IN for a step that is over."""
    # Deleted first, so that of two who take it at once only one gets in.
    mine = (SignInStep.token_hash == digest(token), SignInStep.expires_at > now)
    taken = session.execute(delete(SignInStep).where(*mine).returning(SignInStep.staff_id, SignInStep.how)).first()
    if taken is None:
        raise Problem(Code.NOT_SIGNED_IN, "Signing in took too long, or was finished in another tab.")
    member = _allowed(session, taken.staff_id)
    _forget_attempts(session, member, place)
    return sessions.start(session, member, how=taken.how, second_factor=second, now=now)


def _allowed(session: Session, staff_id: UUID) -> StaffMember:
    member = session.get_one(StaffMember, staff_id)
    if member.disabled_at is not None:
        raise Problem(Code.NOT_SIGNED_IN, "This person may not sign in any more.")
    return member


def _add(standing: Any, incoming: Any) -> ColumnElement[Any]:
    return cast("ColumnElement[Any]", standing + incoming)


def _counted(email: str, place: Place) -> dict[str, int]:
    """What is counted for an attempt, the narrowest first, with how often it may be."""
    alone = {} if place.shared else {f"from {place.name}": ATTEMPTS_ALONE}
    return {f"{email} from {place.name}": ATTEMPTS, email: ATTEMPTS_ALONE, **alone}


def _count(session: Session, what: str, advice: str, now: datetime, *, most: int = ATTEMPTS) -> None:
    seconds = int(now.timestamp())
    quarter, email_hash = seconds // WINDOW_S, digest(what)
    session.execute(delete(SignInAttempts).where(SignInAttempts.quarter < quarter))
    upsert(
        session,
        SignInAttempts,
        [{"quarter": quarter, "email_hash": email_hash, "attempts": 1}],
        change={"attempts": _add},
    )
    mine = (SignInAttempts.quarter == quarter, SignInAttempts.email_hash == email_hash)
    if session.scalars(select(SignInAttempts.attempts).where(*mine)).one() > most:
        raise Problem(
            Code.TOO_MANY_REQUESTS,
            f"Too many attempts for this address. {advice}",
            retry_after_s=WINDOW_S - seconds % WINDOW_S,
        )


def _forget_attempts(session: Session, member: StaffMember, place: Place) -> None:
    """Who got in is not told to wait for what went wrong here before; what others tried elsewhere stays counted."""
    own, *wider = (digest(what) for what in _counted(member.email, place))
    rows = select(SignInAttempts.quarter, SignInAttempts.attempts).where(SignInAttempts.email_hash == own)
    for quarter, attempts in session.execute(rows).all():
        of_wider = (SignInAttempts.quarter == quarter, SignInAttempts.email_hash.in_(wider))
        session.execute(update(SignInAttempts).where(*of_wider).values(attempts=SignInAttempts.attempts - attempts))
    session.execute(delete(SignInAttempts).where(SignInAttempts.email_hash.in_((own, digest(_CODE_OF + member.email)))))
