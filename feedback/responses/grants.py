"""Impressions: permission to show a survey once, what became of it, and the one answer that belongs to it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.partners.queries import policy_of
from feedback.responses import due
from feedback.responses.due import NotDue
from feedback.responses.models import Impression
from feedback.seats.callers import Speaker
from feedback.seats.commands import record_shown
from feedback.surveys.definition import load
from feedback.surveys.models import Survey, SurveyVersion

SHOWABLE = timedelta(days=1)
"""How long after its grant an impression may still be drawn."""
ANSWERABLE = timedelta(days=8)
"""How long after a grant its answer may still come: a token's hour and the seven days of an offline page."""


def grant(
    session: Session, who: Speaker, survey: Survey, version: SurveyVersion, *, pepper: bytes, now: datetime
) -> Impression | NotDue:
    """An impression, or why not. Two tabs at once get one impression between them."""
    if (refused := due.not_allowed(session, who, survey, now=now)) is not None:
        return refused
    if who.respondent_id is not None:
        due.one_at_a_time(session, who.respondent_id)
    waits = due.not_due(session, who, survey, load(version.definition), pepper=pepper, now=now)
    return waits or new_impression(session, who, survey, version, now=now)


def new_impression(
    session: Session, who: Speaker, survey: Survey, version: SurveyVersion, *, now: datetime
) -> Impression:
    """Permission to show the survey once."""
    impression = Impression(
        partner_id=who.partner.id,
        id=new_id(),
        survey_id=survey.id,
        survey_version_id=version.id,
        audience=survey.audience,
        respondent_id=who.respondent_id,
        trust=who.trust,
        live=who.live,
        state="granted",
        granted_at=now,
        changed_at=now,
        notice_version=policy_of(session, who.partner.id).notice_version,
    )
    session.add(impression)
    session.flush()
    return impression


def move(session: Session, who: Speaker, impression_id: UUID, state: str, *, now: datetime) -> Impression:
    """Record what became of an impression. One that was answered stays so, and a no stays a no. Raises NOT_FOUND."""
    impression = session.get(Impression, (who.partner.id, impression_id), with_for_update=True)
    if impression is None or impression.respondent_id != who.respondent_id or impression.live != who.live:
        raise Problem(Code.NOT_FOUND, "There is no such impression of this person.")
    # Two reports of one page may overtake each other: that a card was shown may arrive after that it was dismissed.
    late = impression.state in ("dismissed", "later") and state in ("shown", "left")
    if impression.state not in ("answered", "withdrawn") and not late:
        _note_shown(session, impression)
        impression.state, impression.changed_at = state, now
    return impression


def bind(
    session: Session, who: Speaker, impression_id: UUID, version_id: UUID, response_id: UUID, *, now: datetime
) -> Impression:
    """Tie an answer to the impression that it needs; the first response id stays. Raises IMPRESSION_*."""
    impression = session.get(Impression, (who.partner.id, impression_id), with_for_update=True)
    if (
        impression is None
        or impression.respondent_id != who.respondent_id
        or impression.survey_version_id != version_id
        or impression.live != who.live
    ):
        raise Problem(Code.IMPRESSION_REFUSED, "No such impression was granted to this person for this survey.")
    if impression.state == "withdrawn":
        raise Problem(Code.RESPONSE_DELETED, "Whoever gave the answer to this impression deleted it.")
    if now - impression.granted_at > ANSWERABLE:
        raise Problem(Code.IMPRESSION_REFUSED, "The impression was granted too long ago.")
    if who.expired_at is not None and impression.granted_at > who.expired_at:
        raise Problem(
            Code.TOKEN_REFUSED, f"It expired at {who.expired_at:%Y-%m-%d %H:%M:%S} UTC, before the impression."
        )
    if impression.response_id not in (None, response_id):
        raise Problem(Code.IMPRESSION_TAKEN, "This impression was answered under another response id.")
    if impression.response_id is None:
        _note_shown(session, impression)
        impression.response_id, impression.state, impression.changed_at = response_id, "answered", now
    return impression


def _note_shown(session: Session, impression: Impression) -> None:
    """What comes of a grant, be it that the person went away, says that they were shown the survey: once, then.

    On the day of the grant: a page that is offline tells of it days later.
    """
    respondent = impression.respondent_id if impression.audience == "end_user" and impression.live else None
    if impression.state == "granted" and respondent is not None:
        record_shown(session, [(impression.partner_id, respondent, impression.granted_at.date())])
