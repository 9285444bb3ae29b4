"""What the person on the other side of the card does: answers, deletes the answer, asks not to be asked again."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.fernet import Fernet
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from feedback.buyers import commands as buyers
from feedback.core import inbox
from feedback.core.errors import Code, Problem
from feedback.core.upsert import upsert
from feedback.partners.queries import policy_of
from feedback.responses.commands import NewResponse, Standing, check_score, put_response
from feedback.responses.grants import bind
from feedback.responses.models import Contact, Impression, Response
from feedback.seats import commands as seats
from feedback.seats.attributes import Declared
from feedback.seats.callers import Speaker
from feedback.seats.models import Seat
from feedback.surveys.definition import load
from feedback.surveys.models import Survey, SurveyVersion
from feedback.surveys.queries import survey_version

_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as the card sends it. `contact`: the e-mail address of somebody who may be contacted."""

    survey: str
    version: int
    impression: UUID
    score: int
    revision: int
    complete: bool
    answered_at: datetime
    comment: str | None = None
    reason: str | None = None
    contact: str | None = None
    locale: str | None = None


def answer(
    session: Session, who: Speaker, response_id: UUID, said: Answer, *, vault: Fernet, now: datetime
) -> Standing:
    """Keep an answer, or a higher revision of it, under the impression that was granted for it.

    Raises SURVEY_UNKNOWN, INVALID, IMPRESSION_*, RESPONSE_DELETED, TOKEN_REFUSED and what `put_response` raises.
    """
    survey, version = survey_version(session, said.survey, said.version)
    check_score(survey.metric, said.score)
    _check_reason(version, said.reason)
    impression = bind(session, who, said.impression, version.id, response_id, now=now)
    new = NewResponse(
        partner_id=who.partner.id,
        id=response_id,
        survey_id=survey.id,
        survey_version_id=version.id,
        audience=survey.audience,
        metric=survey.metric,
        respondent_id=who.respondent_id or response_id,
        impression_id=impression.id,
        notice_version=impression.notice_version,
        segment_id=_segment(session, who, survey),
        trust=who.trust,
        live=who.live,
        score=said.score,
        revision=said.revision,
        complete=said.complete,
        answered_at=said.answered_at,
        comment=said.comment or None,
        reason=said.reason,
        locale=said.locale,
    )
    standing = put_response(session, new, now=now)
    if said.contact is not None and standing.revision == said.revision:
        _keep_contact(session, new, version, said.contact, vault=vault, now=now)
    return standing


def withdraw(session: Session, who: Speaker, response_id: UUID, *, now: datetime) -> None:
    """Delete an answer, whoever gave it asks for it. It cannot come back; doing it again changes nothing.

    Of somebody for whom nobody vouches the id of the answer, which only their card knows, is proof enough.
    """
    own = (Response.partner_id == who.partner.id) & (Response.id == response_id)
    found = session.scalar(select(Response).where(own).with_for_update())
    if found is not None:
        if found.respondent_id != (who.respondent_id or response_id) or found.live != who.live:
            raise Problem(Code.NOT_FOUND, "There is no such answer of this person.")
        inbox.put(session, found.partner_id, found.respondent_id, found.metric, now=now)
        session.delete(found)
        session.execute(delete(Contact).where(Contact.partner_id == who.partner.id, Contact.response_id == response_id))
    answered = (Impression.partner_id == who.partner.id) & (Impression.response_id == response_id)
    mine = Impression.respondent_id == who.respondent_id if who.respondent_id else Impression.respondent_id.is_(None)
    session.execute(update(Impression).where(answered, mine).values(state="withdrawn"))


def object_to(session: Session, who: Speaker, *, now: datetime) -> bool:
    """Never ask this person again, and record no more of what they do. False: nobody says who it is."""
    if who.respondent_id is None or not who.live:
        return False
    objection = seats.object_to if who.audience == "end_user" else buyers.object_to
    objection(session, who.partner.id, who.respondent_id, now=now)
    return True


def forget_contacts(session: Session, before: datetime) -> int:
    """Delete the addresses given before a moment. Returns how many there were."""
    return int(session.execute(delete(Contact).where(Contact.given_at < before)).rowcount)  # type: ignore[attr-defined]


def _check_reason(version: SurveyVersion, reason: str | None) -> None:
    choices = load(version.definition).choices
    if reason is not None and reason not in choices:
        what = f"one of {', '.join(choices)}" if choices else "left out: this survey offers no choice"
        raise Problem(Code.INVALID, f"`reason` must be {what}.", errors={"reason": [f"Must be {what}."]})


def _keep_contact(
    session: Session, given: NewResponse, version: SurveyVersion, address: str, *, vault: Fernet, now: datetime
) -> None:
    """Where the survey does not ask for it, or the partner's policy does not allow it any more, nothing is kept."""
    asked = load(version.definition).contact and policy_of(session, given.partner_id).may_contact
    if not asked or given.audience != "end_user" or not given.live:
        return
    if not _ADDRESS.fullmatch(address.strip()):
        raise Problem(
            Code.INVALID, "`contact` is not an e-mail address.", errors={"contact": ["Like ada@example.com."]}
        )
    row = {
        "partner_id": given.partner_id,
        "respondent_id": given.respondent_id,
        "response_id": given.id,
        "address_encrypted": vault.encrypt(address.strip().encode()),
        "given_at": now,
    }
    upsert(session, Contact, [row], change=dict.fromkeys(("response_id", "address_encrypted", "given_at")))


def _segment(session: Session, who: Speaker, survey: Survey) -> int:
    """The segment that an answer is frozen in: the token's attributes, else what is known of the seat."""
    if who.respondent_id is None or survey.audience != "end_user":
        return 0
    if who.attributes:
        return Declared(session).segment(who.attributes)
    seat = session.get(Seat, (who.partner.id, who.respondent_id))
    return 0 if seat is None else seat.segment_id
