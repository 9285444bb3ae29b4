"""Take a person out: all rows at once, what they gave to the tallies taken back, and the journal told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.buyers.models import Buyer
from feedback.comments.models import CommentMark
from feedback.core.erasure_journal import Entry
from feedback.core.erasures import note_erased
from feedback.core.inbox import InboxRow
from feedback.decisions.models import Evidence
from feedback.privacy.held import HELD, Person, counts
from feedback.responses.models import Contact, Response, Voice
from feedback.seats.commands import note_changes
from feedback.seats.models import Seat
from feedback.staff import audit
from feedback.tallies.commands import recount


@dataclass(frozen=True, slots=True)
class Gone:
    """How many rows went, by `Held.name`."""

    rows: dict[str, int]


def erase_respondent(session: Session, one: Person, partner: str, *, actor: str, now: datetime) -> Gone:
    """Erase a person, and write down who did it; also when nothing is held, so that no import brings anything.

    `partner`: the slug, for the audit log.
    """
    gone = erase(session, one, now=now)
    told = {"respondents": [str(respondent) for respondent in one.respondents], "rows": gone.rows}
    audit.record(session, actor, "respondent.erased", partner, told, now)
    return gone


def erase(session: Session, one: Person, *, now: datetime, as_of: Entry | None = None) -> Gone:
    """The same without a line in the audit log: for the journal, which does again what was written down once.

    `as_of`: the line of the journal that says so.
    """
    rows = {name: count for name, count in counts(session, one).items() if name not in _KEPT}
    touched = _touched(session, one)
    objected = _objected(session, one) or (as_of is not None and as_of.objected)
    had_seat = "seat" in rows
    for held in HELD:
        if held.kept is None and held.model is not Voice:
            session.execute(delete(held.model).where(held.own(one)), execution_options={"synchronize_session": False})
    # With their answers gone the voices are taken back by negatives, as for any other change.
    recount(session, touched, now=now)
    if had_seat:
        note_changes(session, [one.partner_id])
    erased_at = now if as_of is None else as_of.at
    note_erased(session, one.partner_id, one.respondents, objected=objected, now=erased_at)
    return Gone(rows)


def erase_responses(session: Session, keys: Iterable[tuple[UUID, UUID]], *, now: datetime) -> int:
    """Delete single answers (partner, response) again, with what hangs on them; how many there were."""
    erased = 0
    for partner_id, response_id in keys:
        found = session.get(Response, (partner_id, response_id))
        if found is None:
            continue
        touched = (found.partner_id, found.respondent_id, found.metric)
        for model in (Evidence, CommentMark, Contact):
            session.execute(delete(model).where(model.partner_id == partner_id, model.response_id == response_id))
        session.delete(found)
        session.flush()
        recount(session, [touched], now=now)
        erased += 1
    return erased


_KEPT = {held.name for held in HELD if held.kept is not None}


def _touched(session: Session, one: Person) -> list[tuple[UUID, UUID, str]]:
    """Respondents and metrics that answers, voices or the inbox speak of."""
    found: set[tuple[UUID, str]] = set()
    for model in (Response, Voice, InboxRow):
        own = model.partner_id == one.partner_id, model.respondent_id.in_(one.respondents)
        rows = session.execute(select(model.respondent_id, model.metric).where(*own).distinct())
        found.update((respondent, metric) for respondent, metric in rows)
    return [(one.partner_id, respondent, metric) for respondent, metric in found]


def _objected(session: Session, one: Person) -> bool:
    """Had they said that they do not want to be asked? That is kept: it is what they asked for."""
    for model in (Seat, Buyer):
        own = model.partner_id == one.partner_id, model.id.in_(one.respondents), model.objected_at.is_not(None)
        if session.scalar(select(model.id).where(*own).limit(1)) is not None:
            return True
    return False
