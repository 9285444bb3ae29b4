"""Whether a person may be asked now: the server decides, across all devices and surveys of a seat."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.partners.models import Partner
from feedback.partners.queries import policy_of
from feedback.responses.models import Impression, Response
from feedback.seats.callers import Speaker
from feedback.seats.commands import record_shown
from feedback.seats.models import Seat
from feedback.surveys.definition import Quiet, load
from feedback.surveys.models import Survey, SurveyVersion

UNSHOWN = timedelta(minutes=10)
"""How long a grant that was not shown keeps other tabs and devices from asking."""
ANSWERABLE = timedelta(days=8)
"""How long after a grant its answer may still come: a token's hour and the seven days of an offline page."""


@dataclass(frozen=True, slots=True)
class NotDue:
    """Why this person is not asked now, and from when asking again makes sense (None: not in sight)."""

    reason: str
    again_at: datetime | None


def grant(
    session: Session, who: Speaker, survey: Survey, version: SurveyVersion, *, now: datetime
) -> Impression | NotDue:
    """An impression, or why not. Two tabs at once get one impression between them."""
    quiet = load(version.definition).quiet
    policy = policy_of(session, who.partner.id)
    if not policy.may_ask or (policy.valid_until is not None and policy.valid_until < now.date()):
        return NotDue("not_allowed", None)
    if survey.state != "live":
        return NotDue("closed", None)
    if survey.audience != who.audience:
        return NotDue("wrong_audience", None)
    if who.respondent_id is not None:
        not_due = _not_due(session, who, who.respondent_id, quiet, now)
        if not_due is not None:
            return not_due
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
        notice_version=policy.notice_version,
    )
    session.add(impression)
    session.flush()
    return impression


def move(session: Session, who: Speaker, impression_id: UUID, state: str, *, now: datetime) -> Impression:
    """Record what became of an impression. One that was answered stays so. Raises NOT_FOUND."""
    impression = session.get(Impression, (who.partner.id, impression_id), with_for_update=True)
    if impression is None or impression.respondent_id != who.respondent_id or impression.live != who.live:
        raise Problem(Code.NOT_FOUND, "There is no such impression of this person.")
    if impression.state != "answered":
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


def _not_due(session: Session, who: Speaker, respondent_id: UUID, quiet: Quiet, now: datetime) -> NotDue | None:
    _one_at_a_time(session, respondent_id)
    if who.audience == "end_user":
        seat = session.get(Seat, (who.partner.id, respondent_id))
        if seat is not None and (seat.objected_at is not None or (seat.left_on and seat.left_on <= now.date())):
            return NotDue("objected" if seat.objected_at else "left", None)
        used_since = first_use(seat, who.partner, quiet.first_use_days)
        eligible_on = used_since + timedelta(days=quiet.first_use_days) if used_since else None
        if eligible_on is not None and eligible_on > now.date():
            return NotDue("new_here", datetime.combine(eligible_on, datetime.min.time(), now.tzinfo))
    blocks = [one for one in _quiet_until(session, who, respondent_id, quiet) if one.again_at and one.again_at > now]
    return max(blocks, key=lambda one: one.again_at or now, default=None)


def first_use(seat: Seat | None, partner: Partner, watched_days: int) -> date | None:
    """Since when the seat uses the product, as far as we can know; None when we cannot.

    A first sighting by the widget is a first use only where the widget had been watching for `watched_days` before;
    else everybody would look new in the weeks after it was installed.
    """
    if seat is None:
        return None
    first, watching = seat.first_active_on, partner.embed_seen_on
    if first is not None and (watching is None or first < watching or first - watching >= timedelta(days=watched_days)):
        return first
    return seat.deployed_on


def _quiet_until(session: Session, who: Speaker, respondent_id: UUID, quiet: Quiet) -> Iterator[NotDue]:
    own = (Impression.partner_id == who.partner.id) & (Impression.respondent_id == respondent_id)
    latest = select(Impression.state, func.max(Impression.changed_at)).where(own, Impression.live == who.live)
    after = {
        "granted": ("shown_recently", UNSHOWN),
        "shown": ("shown_recently", timedelta(days=quiet.later_days)),
        "left": ("shown_recently", timedelta(days=quiet.later_days)),
        "later": ("later", timedelta(days=quiet.later_days)),
        "dismissed": ("dismissed_recently", timedelta(days=quiet.dismissed_days)),
        "answered": ("answered_recently", timedelta(days=quiet.answered_days)),
    }
    for state, changed_at in session.execute(latest.group_by(Impression.state)):
        reason, pause = after[state]
        yield NotDue(reason, changed_at + pause)
    answered_at = session.scalar(
        select(func.max(Response.answered_at)).where(
            Response.partner_id == who.partner.id,
            Response.respondent_id == respondent_id,
            Response.live == who.live,
        )
    )
    if answered_at is not None:
        yield NotDue("answered_recently", answered_at + timedelta(days=quiet.answered_days))


def _one_at_a_time(session: Session, respondent_id: UUID) -> None:
    """On SQLite a write transaction is alone already."""
    if session.get_bind().dialect.name != "sqlite":
        key = respondent_id.int & 0x7FFF_FFFF_FFFF_FFFF
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
