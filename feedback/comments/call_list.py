"""People who said yes to being contacted: who they are until the day they are forgotten, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.orm import Session

from feedback.comments.models import CommentMark
from feedback.core.errors import Code, Problem
from feedback.partners.queries import contact_allowed
from feedback.responses.models import Contact, Response
from feedback.staff import audit

ROWS_PER_PAGE = 50


class Call(NamedTuple):
    """Somebody to call or to write to. `address` None: the secret it was encrypted with is gone."""

    partner_id: UUID
    response_id: UUID
    address: str | None
    given_at: datetime
    days_left: int
    """Whole days until the address is deleted."""
    metric: str
    score: int
    comment: str | None
    restricted: str | None
    outcome: str | None
    note: str | None
    handled_at: datetime | None
    handled_by: str | None


@dataclass(frozen=True, slots=True)
class CallPage:
    """`open`: how many nobody has called yet. `following`: where the next page begins, if there is one."""

    calls: tuple[Call, ...]
    open: int
    following: tuple[datetime, UUID] | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, one of CONTACT_OUTCOMES, or None: nobody has called yet."""

    outcome: str | None
    note: str | None


def call_page(
    session: Session,
    after: tuple[datetime, UUID] | None,
    *,
    only_open: bool,
    vault: Fernet,
    contact_days: int,
    now: datetime,
) -> CallPage:
    """Up to 50 people behind `after`, who said so last first; nobody whose partner does not allow it any more."""
    lasts = timedelta(days=contact_days)
    where = _callable(session, lasts, now)
    open_ones = session.scalars(select(func.count()).select_from(Contact).where(*where, Contact.outcome.is_(None)))
    if after is not None:
        where.append(tuple_(Contact.given_at, Contact.response_id) < after)
    if only_open:
        where.append(Contact.outcome.is_(None))
    found = _calls(session, where, ROWS_PER_PAGE + 1, vault=vault, lasts=lasts, now=now)
    shown = tuple(found[:ROWS_PER_PAGE])
    following = (shown[-1].given_at, shown[-1].response_id) if len(found) > ROWS_PER_PAGE else None
    return CallPage(shown, int(open_ones.one()), following)


def every(session: Session, *, vault: Fernet, contact_days: int, now: datetime) -> list[Call]:
    """Everybody on the list, called or not, who said so last first."""
    lasts = timedelta(days=contact_days)
    return _calls(session, _callable(session, lasts, now), None, vault=vault, lasts=lasts, now=now)


def note_reading(session: Session, reader: str, *, only_open: bool, count: int, now: datetime) -> None:
    """Write down that somebody read a page of addresses, and how many."""
    audit.record(session, reader, "contact.read", "call list", {"only_open": only_open, "count": count}, now)


def _callable(session: Session, lasts: timedelta, now: datetime) -> list[ColumnElement[bool]]:
    """Addresses that are not forgotten yet, of people whose partner allows it."""
    return [Contact.given_at > now - lasts, Contact.partner_id.in_(contact_allowed(session, now.date()))]


def _calls(
    session: Session,
    where: Sequence[ColumnElement[bool]],
    most: int | None,
    *,
    vault: Fernet,
    lasts: timedelta,
    now: datetime,
) -> list[Call]:
    statement = (
        select(Contact, Response.metric, Response.score, Response.comment, CommentMark.restricted)
        .join(Response, and_(Response.partner_id == Contact.partner_id, Response.id == Contact.response_id))
        .outerjoin(
            CommentMark,
            and_(CommentMark.partner_id == Contact.partner_id, CommentMark.response_id == Contact.response_id),
        )
        .where(*where)
        .order_by(Contact.given_at.desc(), Contact.response_id.desc())
        .limit(most)
    )
    return [
        Call(
            contact.partner_id,
            contact.response_id,
            _read(vault, contact.address_encrypted),
            contact.given_at,
            (contact.given_at + lasts - now).days,
            metric,
            score,
            comment or None,
            restricted,
            contact.outcome,
            contact.note,
            contact.handled_at,
            contact.handled_by,
        )
        for contact, metric, score, comment, restricted in session.execute(statement)
    ]


def handle(
    session: Session, partner_id: UUID, response_id: UUID, outcome: Outcome, *, actor: str, now: datetime
) -> None:
    """Keep what came of it. Raises NOT_FOUND."""
    own = Contact.partner_id == partner_id, Contact.response_id == response_id
    contact = session.scalar(select(Contact).where(*own).with_for_update())
    if contact is None:
        raise Problem(Code.NOT_FOUND, "This person is not on the list any more: forgotten in time, or gone by choice.")
    if (contact.outcome, contact.note) == (outcome.outcome, outcome.note):
        return
    contact.outcome, contact.note = outcome.outcome, outcome.note
    contact.handled_at, contact.handled_by = now, actor
    session.flush()
    detail = {"partner": str(partner_id), "outcome": outcome.outcome}
    audit.record(session, actor, "contact.handled", str(response_id), detail, now)


def _read(vault: Fernet, encrypted: bytes) -> str | None:
    try:
        return vault.decrypt(encrypted).decode()
    except InvalidToken:
        return None
