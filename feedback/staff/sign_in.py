"""Signing in by password, in three steps: count the attempt, compare outside any write, start the session.

Comparing takes a tenth of a second; on SQLite a write transaction held that long would make everybody wait.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import digest
from feedback.core.upsert import upsert
from feedback.staff import passwords, sessions
from feedback.staff.models import SignInAttempts, StaffMember
from feedback.staff.queries import clean_email, find_member

ATTEMPTS = 10
WINDOW_S = 15 * 60


def count_attempt(session: Session, email: str, *, now: datetime) -> None:
    """Count one attempt for this address, known or not. Raises TOO_MANY_REQUESTS after ten in a quarter of an hour.

    Counted before the password is looked at, so that many attempts at once cannot slip past.
    """
    seconds = int(now.timestamp())
    quarter, email_hash = seconds // WINDOW_S, digest(clean_email(email))
    session.execute(delete(SignInAttempts).where(SignInAttempts.quarter < quarter))
    upsert(
        session,
        SignInAttempts,
        [{"quarter": quarter, "email_hash": email_hash, "attempts": 1}],
        change={"attempts": lambda standing, incoming: standing + incoming},
    )
    mine = (SignInAttempts.quarter == quarter, SignInAttempts.email_hash == email_hash)
    if session.scalars(select(SignInAttempts.attempts).where(*mine)).one() > ATTEMPTS:
        raise Problem(
            Code.TOO_MANY_REQUESTS,
            "Too many attempts for this address. Wait a quarter of an hour, or use a sign-in link.",
            retry_after_s=WINDOW_S - seconds % WINDOW_S,
        )


def check(session: Session, email: str, password: str) -> UUID | None:
    """The id of whoever has this address and password; None otherwise, after the same time for all reasons."""
    row = find_member(session, email)
    allowed = row is not None and row.disabled_at is None
    right = passwords.matches(row.password_hash if row is not None and allowed else None, password)
    return row.id if row is not None and right else None


def start(session: Session, staff_id: UUID, *, now: datetime) -> str:
    """Forget the attempts and start a session: its cookie's value. Raises NOT_SIGNED_IN when disabled meanwhile."""
    row = session.get_one(StaffMember, staff_id)
    if row.disabled_at is not None:
        raise Problem(Code.NOT_SIGNED_IN, "This person may not sign in any more.")
    session.execute(delete(SignInAttempts).where(SignInAttempts.email_hash == digest(row.email)))
    return sessions.start(session, row, how="password", now=now)
