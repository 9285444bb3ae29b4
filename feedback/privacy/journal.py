"""What was erased stays erased: the journal beside the database is kept up to date, and done again after a restore."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.erasure_journal import PARTNER, RESPONDENT, RESPONSE, Entry, Journal
from feedback.core.erasures import Erasure, PartnerRemoval, Withdrawal, note_removed, note_withdrawn
from feedback.core.services import Services
from feedback.privacy.erasing import erase, erase_responses
from feedback.privacy.held import Person
from feedback.privacy.removal import take_out

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many of each had come back and were erased again; `rows`: of them all together.

    Somebody who was both a seat and a buyer is two.
    """

    people: int
    answers: int
    partners: int
    rows: int


def collect(services: Services) -> None:
    """Write into the journal's file what was erased since. A disk that is full is tried again by the schedule."""
    journal = services.shared("erasure journal", lambda one: Journal(one.settings.home))
    try:
        with services.database.reading() as session:
            journal.collect(session)
    except OSError:
        log.warning("the journal of erasures could not be written; it will be tried again", exc_info=True)


def replay(session: Session, entries: Iterable[Entry], *, now: datetime) -> Replayed:
    """Erase again what these say and the database does not know: what came back with an older backup.

    What the database knows was erased before the backup was made, and what stands since then is new.
    """
    told = set(entries)
    missing = sorted(told - _known(session, told))
    partners = [one for one in missing if one.kind == PARTNER]
    whole = {one.partner_id for one in partners}
    people = [one for one in missing if one.kind == RESPONDENT and one.partner_id not in whole]
    answers = [one for one in missing if one.kind == RESPONSE and one.partner_id not in whole]
    rows_of_partners = []
    for one in partners:
        note_removed(session, one.partner_id, now=one.at)
        rows_of_partners.append(sum(take_out(session, one.partner_id, now=now).values()))
    rows_of_people = [
        sum(erase(session, Person(one.partner_id, (one.id,)), now=now, as_of=one).rows.values()) for one in people
    ]
    gone = erase_responses(session, [(one.partner_id, one.id) for one in answers], now=now)
    for one in answers:
        note_withdrawn(session, one.partner_id, one.id, now=one.at)
    rows = sum(rows_of_people) + sum(rows_of_partners) + gone
    return Replayed(sum(map(bool, rows_of_people)), gone, sum(map(bool, rows_of_partners)), rows)


def _known(session: Session, entries: Iterable[Entry]) -> set[Entry]:
    """Those of the entries that the database knows, or knows a later one of."""
    people: dict[tuple[UUID, UUID], datetime] = {
        (row[0], row[1]): row[2]
        for row in session.execute(select(Erasure.partner_id, Erasure.respondent_id, Erasure.erased_at))
    }
    answers = {(row[0], row[1]) for row in session.execute(select(Withdrawal.partner_id, Withdrawal.response_id))}
    partners = set(session.scalars(select(PartnerRemoval.id)))
    known = set()
    for one in entries:
        key = one.partner_id, one.id
        stands = {
            RESPONDENT: one.partner_id in partners or (key in people and people[key] >= one.at),
            RESPONSE: one.partner_id in partners or key in answers,
            PARTNER: one.partner_id in partners,
        }
        if stands[one.kind]:
            known.add(one)
    return known
