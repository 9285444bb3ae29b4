"""Every table with rows about single people, and which of its rows are about one of them.

Export and erasure both go by this list, so that neither can know of a table which the other forgets. A test holds it
against all tables there are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from feedback.buyers.commands import buyer_id
from feedback.buyers.models import Buyer
from feedback.comments.models import CommentMark
from feedback.core.db import Base
from feedback.core.erasures import Erasure
from feedback.core.inbox import InboxRow
from feedback.core.outbox import OutboxRow
from feedback.decisions.models import Evidence
from feedback.imports.models import StagedLine
from feedback.notices.models import News
from feedback.responses.models import Contact, Impression, Invitation, Response, SecondAnswer, Voice
from feedback.seats.commands import seat_id
from feedback.seats.models import ActivityMonth, Seat, SeatAttributes
from feedback.staff.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at one partner, by what they are kept under: the pseudonym of the seat and that of the buyer."""

    partner_id: UUID
    respondents: tuple[UUID, ...]


def person(pepper: bytes, partner_id: UUID, subject: str) -> Person:
    """Whom the partner and the vendor know as `subject`: the `sub` of a token, a file's `seat`, a buyer's id."""
    return Person(partner_id, (seat_id(pepper, partner_id, subject), buyer_id(pepper, partner_id, subject)))


Own = Callable[[Person], ColumnElement[bool]]
"""Which rows of a table are a person's."""


@dataclass(frozen=True, slots=True)
class Held:
    """A table with rows about people. `kept`: why they outlive an erasure; None: they go."""

    name: str
    """As an export calls it."""
    model: type[Base]
    own: Own
    kept: str | None = None


def _by(partner: Any, respondent: Any) -> Own:
    return lambda one: and_(partner == one.partner_id, respondent.in_(one.respondents))


def _of_answers(partner: Any, response: Any) -> Own:
    def own(one: Person) -> ColumnElement[bool]:
        theirs = _by(Response.partner_id, Response.respondent_id)(one)
        return and_(partner == one.partner_id, response.in_(select(Response.id).where(theirs)))

    return own


def _named_in_key(one: Person) -> ColumnElement[bool]:
    """The key of a line that waits to be merged has the pseudonym of whom it speaks of behind the partner's id."""
    names = (StagedLine.key.contains(respondent.hex, autoescape=True) for respondent in one.respondents)
    return and_(StagedLine.key.startswith(one.partner_id.hex, autoescape=True), or_(*names))


def _named_in_audit(one: Person) -> ColumnElement[bool]:
    """Entries that name the person or one of the answers."""
    theirs = _by(Response.partner_id, Response.respondent_id)(one)
    answers = select(_as_text(Response.id)).where(theirs)
    detail = cast(AuditEntry.detail, String)
    names = (detail.contains(str(respondent)) for respondent in one.respondents)
    return or_(func.replace(AuditEntry.target, "-", "").in_(answers), *names)


def _about_answers(subject: Any) -> Own:
    """News that name an answer."""

    def own(one: Person) -> ColumnElement[bool]:
        theirs = _by(Response.partner_id, Response.respondent_id)(one)
        named = func.replace(cast(subject, String), "-", "").contains(_as_text(Response.id))
        return select(Response.id).where(theirs, named).exists()

    return own


def _as_text(identifier: Any) -> Any:
    """An id as 32 hexadecimal digits, which is how SQLite keeps it."""
    return func.replace(cast(identifier, String), "-", "")


HELD: tuple[Held, ...] = (
    Held("news_to_tell", OutboxRow, _about_answers(OutboxRow.subject)),
    Held("news", News, _about_answers(News.subject)),
    Held("evidence", Evidence, _of_answers(Evidence.partner_id, Evidence.response_id)),
    Held("comment_marks", CommentMark, _of_answers(CommentMark.partner_id, CommentMark.response_id)),
    Held("addresses", Contact, _by(Contact.partner_id, Contact.respondent_id)),
    Held("answers", Response, _by(Response.partner_id, Response.respondent_id)),
    Held("second_answers", SecondAnswer, _by(SecondAnswer.partner_id, SecondAnswer.respondent_id)),
    Held("askings", Impression, _by(Impression.partner_id, Impression.respondent_id)),
    Held("personal_links", Invitation, _by(Invitation.partner_id, Invitation.respondent_id)),
    Held("counted_voices", Voice, _by(Voice.partner_id, Voice.respondent_id)),
    Held("waiting_to_be_counted", InboxRow, _by(InboxRow.partner_id, InboxRow.respondent_id)),
    Held("waiting_to_be_imported", StagedLine, _named_in_key),
    Held("activity", ActivityMonth, _by(ActivityMonth.partner_id, ActivityMonth.seat_id)),
    Held("attributes", SeatAttributes, _by(SeatAttributes.partner_id, SeatAttributes.seat_id)),
    Held("seat", Seat, _by(Seat.partner_id, Seat.id)),
    Held("buyer", Buyer, _by(Buyer.partner_id, Buyer.id)),
    Held("erasures", Erasure, _by(Erasure.partner_id, Erasure.respondent_id), "so that no import brings them back"),
    Held("audit", AuditEntry, _named_in_audit, "who read and changed what is never taken back; ids and counts only"),
)
"""In the order in which they are deleted: what names an answer before the answer."""


def counts(session: Session, one: Person) -> dict[str, int]:
    """How many rows are held of a person, by `Held.name`; names of which there are none are left out."""
    found = {
        held.name: session.scalar(select(func.count()).select_from(held.model).where(held.own(one))) or 0
        for held in HELD
    }
    return {name: count for name, count in found.items() if count}
