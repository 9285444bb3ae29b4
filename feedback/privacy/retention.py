"""What is kept for how long: what would go today by kind of data, and the job that lets it go.

Whole months go: with 12 months to keep, in November what is of last November stays and what is of October goes. Before
raw rows go everything in them is counted; then the months are sealed (`feedback.responses.seals`), so that what was
counted stands although nobody could count it again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.orm import Session

from feedback.comments.commands import forget_marks
from feedback.core import chores
from feedback.core.db import Base, Database
from feedback.core.months import first_day, month_of
from feedback.core.overwriting import forget_copies
from feedback.core.preferences import in_force
from feedback.decisions.commands import forget_evidence
from feedback.imports.commands import drop_unfinished, unfinished_before
from feedback.imports.models import StagedLine
from feedback.partners.models import Partner
from feedback.responses.answering import forget_contacts
from feedback.responses.grants import ANSWERABLE
from feedback.responses.models import Contact, Impression, Invitation, Response, SecondAnswer, Voice
from feedback.responses.seals import seal
from feedback.seats.commands import forget_activity
from feedback.seats.models import ActivityMonth
from feedback.settings import Settings
from feedback.staff import audit
from feedback.staff.models import AuditEntry
from feedback.tallies import adoption
from feedback.tallies.commands import fold, forget_months, lock
from feedback.tallies.generations import next_generation
from feedback.tallies.models import DailyTally, PartnerSeats, PartnerTally, Tally

ENFORCED = "retention.enforced"


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of data. `setting`: how long it is kept, a member of `Settings`; `rows`: how many are older today."""

    name: str
    setting: str
    before: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class _Limits:
    """From when on each kind is kept; months as `core.months`."""

    settings: Settings
    now: datetime

    def month(self, setting: str) -> int:
        return month_of(self.now) - int(getattr(self.settings, setting))

    @property
    def tallies(self) -> int:
        return self.month("tally_months")

    @property
    def answers(self) -> int:
        # No raw answer outlives what is counted of it: taking it back would find nothing to take it from.
        return max(self.month("answer_months"), self.tallies)

    @property
    def activity(self) -> int:
        return max(self.month("activity_months"), self.tallies)

    def before(self, setting: str) -> datetime:
        if setting.endswith("_days"):
            return self.now - timedelta(days=int(getattr(self.settings, setting)))
        found = {"answer_months": self.answers, "activity_months": self.activity}
        return _begin(found.get(setting, self.month(setting)))


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of data is counted and let go. `rows`: tables, and which of their rows are too old."""

    name: str
    setting: str
    rows: Callable[[_Limits], Sequence[tuple[type[Base], ColumnElement[bool]]]]
    go: Callable[[Database, _Limits], None]


def look(session: Session, settings: Settings, *, now: datetime) -> list[Kept]:
    """What would go now, by kind of data. Changes nothing."""
    limits = _Limits(in_force(session, settings), now)
    found = []
    for kind in KINDS:
        counts = (
            session.scalar(select(func.count()).select_from(model).where(old)) or 0 for model, old in kind.rows(limits)
        )
        found.append(Kept(kind.name, kind.setting, limits.before(kind.setting), sum(counts)))
    return found


def enforce(database: Database, settings: Settings, *, actor: str = audit.SCHEDULE, now: datetime) -> list[Kept]:
    """Let go what is older than is kept; what went by kind. Cut short, it goes on the next time."""
    with database.reading() as session:
        found = look(session, settings, now=now)
        limits = _Limits(in_force(session, settings), now)
    for kind, old in zip(KINDS, found, strict=True):
        if old.rows:
            kind.go(database, limits)
    gone = {one.name: one.rows for one in found if one.rows}
    with database.transaction() as session:
        forget_marks(session)
        forget_evidence(session)
        chores.done(session, ENFORCED, {"rows": gone}, now=now)
        if gone:
            audit.record(session, actor, ENFORCED, "retention", {"rows": gone}, now)
    if gone:
        forget_copies(database)
    return found


def _comments(limits: _Limits) -> list[tuple[type[Base], ColumnElement[bool]]]:
    month = limits.month("comment_months")
    return [
        (Response, and_(Response.comment.is_not(None), Response.comment != "", Response.month < month)),
        (SecondAnswer, and_(SecondAnswer.comment.is_not(None), SecondAnswer.last_at < _begin(month))),
    ]


def _let_comments_go(database: Database, limits: _Limits) -> None:
    (_, old), (_, second) = _comments(limits)
    with database.transaction() as session:
        session.execute(update(SecondAnswer).where(second).values(comment=None))
    for partner_id in _partners(database, (Response.partner_id, old)):
        with database.transaction() as session:
            gone = {"comment": None, "comment_purged_on": limits.now.date()}
            theirs = update(Response).where(Response.partner_id == partner_id, old).values(gone)
            session.execute(theirs, execution_options={"synchronize_session": False})


def _answers(limits: _Limits) -> list[tuple[type[Base], ColumnElement[bool]]]:
    month, begin = limits.answers, _begin(limits.answers)
    return [
        (Response, Response.month < month),
        (Voice, Voice.month < month),
        # It says which words the card had: it stays for as long as an answer to it may.
        (Impression, Impression.granted_at < begin - ANSWERABLE),
        (SecondAnswer, SecondAnswer.last_at < begin),
    ]


def _let_answers_go(database: Database, limits: _Limits) -> None:
    tables = _answers(limits)
    for partner_id in _partners(database, *((model.partner_id, old) for model, old in tables)):  # type: ignore[attr-defined]
        with database.transaction() as session:
            # What waits must be in the numbers before its rows are gone; nothing is folded until the commit.
            while fold(session, now=limits.now):
                pass
            lock(session)
            for model, old in tables:
                _delete(session, model, and_(model.partner_id == partner_id, old))  # type: ignore[attr-defined]
            seal(session, [partner_id], "voices_before", limits.answers)
            next_generation(session, [partner_id], now=limits.now)


def _activity(limits: _Limits) -> list[tuple[type[Base], ColumnElement[bool]]]:
    return [(ActivityMonth, ActivityMonth.month < limits.activity)]


def _let_activity_go(database: Database, limits: _Limits) -> None:
    ((_, old),) = _activity(limits)
    for partner_id in _partners(database, (ActivityMonth.partner_id, old)):
        with database.transaction() as session:
            adoption.recount(session, limits.settings, [partner_id], now=limits.now)
            forget_activity(session, partner_id, limits.activity)
            seal(session, [partner_id], "seats_before", limits.activity)


def _tallies(limits: _Limits) -> list[tuple[type[Base], ColumnElement[bool]]]:
    return [
        (Tally, Tally.month < limits.tallies),
        (PartnerSeats, PartnerSeats.month < limits.tallies),
        (DailyTally, DailyTally.day < first_day(limits.tallies)),
        (PartnerTally, PartnerTally.month < limits.tallies),
    ]


def _let_tallies_go(database: Database, limits: _Limits) -> None:
    with database.transaction() as session:
        partners = session.scalars(select(Partner.id)).all()
        seal(session, partners, "tallies_before", limits.tallies)
        forget_months(session, limits.tallies, now=limits.now)


def _contacts(limits: _Limits) -> list[tuple[type[Base], ColumnElement[bool]]]:
    return [(Contact, Contact.given_at < _contacts_before(limits))]


def _contacts_before(limits: _Limits) -> datetime:
    """An address does not outlive the answer that it came with."""
    return max(limits.before("contact_days"), _begin(limits.answers))


def _let_contacts_go(database: Database, limits: _Limits) -> None:
    with database.transaction() as session:
        forget_contacts(session, _contacts_before(limits))


def _links(limits: _Limits) -> list[tuple[type[Base], ColumnElement[bool]]]:
    return [(Invitation, Invitation.expires_at < limits.before("link_days"))]


def _let_log_go(database: Database, limits: _Limits) -> None:
    with database.transaction() as session:
        audit.forget_before(session, limits.before("audit_months"), actor=audit.SCHEDULE, now=limits.now)


def _log(limits: _Limits) -> list[tuple[type[Base], ColumnElement[bool]]]:
    return [(AuditEntry, AuditEntry.at < limits.before("audit_months"))]


def _staged(limits: _Limits) -> list[tuple[type[Base], ColumnElement[bool]]]:
    return [(StagedLine, StagedLine.import_id.in_(unfinished_before(limits.before("staged_days"))))]


def _let_staged_go(database: Database, limits: _Limits) -> None:
    with database.transaction() as session:
        drop_unfinished(session, limits.before("staged_days"))


def _simply(
    rows: Callable[[_Limits], Sequence[tuple[type[Base], ColumnElement[bool]]]],
) -> Callable[[Database, _Limits], None]:
    """Rows on which nothing else hangs."""

    def go(database: Database, limits: _Limits) -> None:
        with database.transaction() as session:
            for model, old in rows(limits):
                _delete(session, model, old)

    return go


KINDS = (
    _Kind("comments", "comment_months", _comments, _let_comments_go),
    _Kind("activity per seat", "activity_months", _activity, _let_activity_go),
    _Kind("contact addresses", "contact_days", _contacts, _let_contacts_go),
    _Kind("answers", "answer_months", _answers, _let_answers_go),
    _Kind("tallies", "tally_months", _tallies, _let_tallies_go),
    _Kind("personal links", "link_days", _links, _simply(_links)),
    _Kind("unfinished imports", "staged_days", _staged, _let_staged_go),
    _Kind("audit log", "audit_months", _log, _let_log_go),
)


def _partners(database: Database, *old: tuple[Any, ColumnElement[bool]]) -> list[UUID]:
    """Partners of whom anything is too old: one transaction each, so that nobody waits long for a writer."""
    with database.reading() as session:
        found = {one for partner, too_old in old for one in session.scalars(select(partner).where(too_old).distinct())}
    return sorted(found)


def _delete(session: Session, model: type[Base], old: ColumnElement[bool]) -> None:
    session.execute(delete(model).where(old), execution_options={"synchronize_session": False})


def _begin(month: int) -> datetime:
    return datetime.combine(first_day(month), time(), UTC)
