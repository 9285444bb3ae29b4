"""What somebody does who was sent a personal link: opens it, answers once, deletes the answer, objects."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.partners.models import Partner
from feedback.partners.queries import policy_of
from feedback.responses import answering, due
from feedback.responses.answering import Answer
from feedback.responses.commands import Standing
from feedback.responses.grants import SHOWABLE, new_impression
from feedback.responses.invitations import invitation
from feedback.responses.models import Impression, Invitation
from feedback.responses.pasts import pasts
from feedback.seats.callers import Speaker
from feedback.seats.tokens import LATE
from feedback.surveys.known import asked as asked_now
from feedback.surveys.models import Survey
from feedback.surveys.queries import versions_of


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens. `closed`: unknown, answered, expired or closed; else `impression` waits to be shown, or None:
    one has to be granted first.
    """

    closed: str | None
    impression: Impression | None = None

    @property
    def waits_for_grant(self) -> bool:
        """Whether `open_link` would grant an impression."""
        return self.closed is None and self.impression is None


def look(session: Session, token: str, *, now: datetime) -> Opened:
    """What a link opens, without anything coming of it."""
    return _look(session, invitation(session, token), now)


def open_link(session: Session, token: str, *, now: datetime) -> Opened:
    """The same, with an impression. That answers nothing: what scans mail opens links too.

    Neither quiet periods nor samples nor caps hold: the vendor asked this person in person.
    """
    found = invitation(session, token, lock=True)
    opened = _look(session, found, now)
    if found is None or not opened.waits_for_grant:
        return opened
    survey = session.get_one(Survey, found.survey_id)
    version = versions_of(session, survey)[-1]
    impression = new_impression(session, _speaker(session, found, now), survey, version, now=now)
    found.impression_id = impression.id
    return Opened(None, impression)


def speaker(session: Session, token: str, *, now: datetime) -> Speaker:
    """Who speaks through a link. Raises INVITATION_UNKNOWN, INVITATION_EXPIRED.

    What was opened in time may be answered for seven days more, as with tokens: the page may have been offline.
    """
    return _speaker(session, _standing(session, token, now), now)


def answer(session: Session, token: str, response_id: UUID, said: Answer, *, vault: Fernet, now: datetime) -> Standing:
    """Keep an answer, or a higher revision of it; a second one is IMPRESSION_TAKEN. Raises as `speaker` does too."""
    found = _standing(session, token, now)
    # Two cards of the same link, or of two links, must not both be the first.
    due.one_at_a_time(session, [found.respondent_id])
    answered = _answered(session, found)
    if answered and said.impression not in answered:
        raise Problem(Code.IMPRESSION_TAKEN, "This invitation was answered already.")
    asked = asked_now(session, (said.survey, said.version))
    if asked.survey_id != found.survey_id:
        raise Problem(Code.IMPRESSION_REFUSED, "This invitation is to another survey.")
    one = answering.Said(
        _speaker(session, found, now), response_id, said, asked, policy_of(session, found.partner_id), now
    )
    one.check()
    (outcome,) = answering.answer(session, [one], vault=vault)
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


def _standing(session: Session, token: str, now: datetime) -> Invitation:
    found = invitation(session, token)
    if found is None:
        raise Problem(Code.INVITATION_UNKNOWN)
    if now >= found.expires_at + LATE:
        raise Problem(Code.INVITATION_EXPIRED, f"It ended at {found.expires_at:%Y-%m-%d %H:%M} UTC.")
    return found


def _look(session: Session, found: Invitation | None, now: datetime) -> Opened:
    if found is None:
        return Opened("unknown")
    if _answered(session, found):
        return Opened("answered")
    if now >= found.expires_at:
        return Opened("expired")
    survey = session.get_one(Survey, found.survey_id)
    who = _speaker(session, found, now)
    (past,) = pasts(session, [who])
    if due.not_allowed(policy_of(session, who.partner_id), who, survey, past, now=now) is not None:
        return Opened("closed")
    last = found.impression_id and session.get(Impression, (found.partner_id, found.impression_id))
    return Opened(None, last if last and now - last.granted_at <= SHOWABLE else None)


def _answered(session: Session, found: Invitation) -> set[UUID]:
    """The impressions under which this person answered the survey since the invitation, by whatever way.

    An answer of before does not end it: the same people may be invited again. A deleted answer does.
    """
    own = (
        Impression.partner_id == found.partner_id,
        Impression.respondent_id == found.respondent_id,
        Impression.survey_id == found.survey_id,
        Impression.live == found.live,
    )
    since = Impression.response_id.is_not(None), Impression.changed_at >= found.created_at
    return set(session.scalars(select(Impression.id).where(*own, *since)))


def _speaker(session: Session, found: Invitation, now: datetime) -> Speaker:
    return Speaker(
        partner=session.get_one(Partner, found.partner_id),
        partner_id=found.partner_id,
        respondent_id=found.respondent_id,
        subject=None,
        audience=found.audience,
        attributes={},
        trust="vendor",
        live=found.live,
        expired_at=found.expires_at if now >= found.expires_at else None,
    )
