"""Addresses that are called with what happened: programs of the vendor's, and channels of its teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.fernet import Fernet
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.notices import signing
from feedback.notices.calls import check_address
from feedback.notices.models import ALERTS, EVENTS, Delivery, Endpoint
from feedback.staff import audit

OLD_SECRET_LASTS = timedelta(hours=24)
WANTED = {"signed": EVENTS, "team": ("digest", *ALERTS)}
"""By kind of endpoint, what it may ask for."""
_MOST = 50


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint as it is asked for. `kind` `signed` or `team`, `events` some of WANTED."""

    kind: str
    name: str
    address: str
    events: tuple[str, ...]


def standing(session: Session) -> Sequence[Endpoint]:
    """Those that were not removed, oldest first."""
    found = select(Endpoint).where(Endpoint.removed_at.is_(None)).order_by(Endpoint.created_at, Endpoint.id)
    return session.scalars(found).all()


def one(session: Session, endpoint_id: UUID) -> Endpoint:
    """One that was not removed. Raises NOT_FOUND."""
    found = session.get(Endpoint, endpoint_id)
    if found is None or found.removed_at is not None:
        raise Problem(Code.NOT_FOUND, "There is no such webhook.")
    return found


def add(
    session: Session, new: NewEndpoint, *, vault: Fernet, private: bool, actor: str, now: datetime
) -> tuple[Endpoint, str | None]:
    """A new endpoint, and of a `signed` one its secret, which is not shown again. Raises INVALID, CONFLICT."""
    events = _checked(new, private=private)
    if len(standing(session)) >= _MOST:
        raise Problem(Code.CONFLICT, f"There are {_MOST} webhooks already; remove one first.")
    secret = signing.new_secret() if new.kind == "signed" else None
    row = Endpoint(
        id=new_id(),
        kind=new.kind,
        name=new.name,
        address=vault.encrypt(new.address.encode()),
        events=events,
        secret=vault.encrypt(secret.encode()) if secret else None,
        created_at=now,
        failures=0,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "webhook.added", str(row.id), {"kind": row.kind, "events": events}, now)
    return row, secret


def rotate(session: Session, endpoint_id: UUID, *, vault: Fernet, actor: str, now: datetime) -> str:
    """A new secret, shown once; for a day what is sent is signed with the old one too. Raises NOT_FOUND."""
    row = one(session, endpoint_id)
    if row.secret is None:
        raise Problem(Code.NOT_FOUND, "What goes to a channel is not signed.")
    secret = signing.new_secret()
    row.old_secret, row.old_secret_until = row.secret, now + OLD_SECRET_LASTS
    row.secret = vault.encrypt(secret.encode())
    session.flush()
    audit.record(session, actor, "webhook.secret_rotated", str(row.id), {}, now)
    return secret


def secrets(row: Endpoint, *, vault: Fernet, now: datetime) -> list[str]:
    """The secrets that what is sent now is signed with, the newest first."""
    alive = row.old_secret_until is not None and row.old_secret_until > now
    kept = [row.secret, row.old_secret if alive else None]
    return [vault.decrypt(one).decode() for one in kept if one is not None]


def address(row: Endpoint, *, vault: Fernet) -> str:
    """Where it is called."""
    return vault.decrypt(row.address).decode()


def resume(session: Session, endpoint_id: UUID, *, actor: str, now: datetime) -> None:
    """Call it again, with all that waited for it. Raises NOT_FOUND."""
    row = one(session, endpoint_id)
    row.paused_at = row.failing_since = row.rests_until = None
    row.failures = 0
    waiting = (Delivery.to_id == row.id, Delivery.status == "waiting")
    session.execute(update(Delivery).where(*waiting).values(next_try_at=now, tries=0))
    audit.record(session, actor, "webhook.resumed", str(row.id), {}, now)


def remove(session: Session, endpoint_id: UUID, *, actor: str, now: datetime) -> None:
    """Call it no more; what waits for it is not sent. Its log stays until it is old. Raises NOT_FOUND."""
    row = one(session, endpoint_id)
    row.removed_at = now
    row.secret = row.old_secret = None
    waiting = (Delivery.to_id == row.id, Delivery.status == "waiting")
    session.execute(update(Delivery).where(*waiting).values(status="dropped", reason="The webhook was removed."))
    audit.record(session, actor, "webhook.removed", str(row.id), {}, now)


def _checked(new: NewEndpoint, *, private: bool) -> list[str]:
    if new.kind not in WANTED:
        raise Problem(Code.INVALID, f"A webhook is one of {', '.join(WANTED)}.")
    if not 1 <= len(new.name) <= 100:
        what = "A name has 1 to 100 characters."
        raise Problem(Code.INVALID, what, errors={"name": [what]})
    if not new.events or not set(new.events) <= set(WANTED[new.kind]):
        what = "Choose at least one thing that it is told."
        raise Problem(Code.INVALID, what, errors={"events": [what]})
    check_address(new.address, private=private)
    return [event for event in WANTED[new.kind] if event in new.events]
