"""Whether a person is due: the server decides, across all devices and surveys of a seat."""

import hmac
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from feedback.buyers.models import Buyer
from feedback.partners.models import Partner
from feedback.partners.queries import policy_of
from feedback.responses.models import Impression, Response
from feedback.seats.callers import Speaker
from feedback.seats.models import Seat
from feedback.seats.queries import segments_by_id
from feedback.surveys.definition import Definition, Quiet
from feedback.surveys.models import Survey

UNSHOWN = timedelta(minutes=10)
"""How long a grant that was not shown keeps other tabs and devices from asking."""
UNSIGNED_A_DAY = 1_000
"""How many people for whom nobody vouches are asked per partner and day: nothing else holds them back here."""

Reason = Literal[
    "not_allowed",
    "policy_expired",
    "closed",
    "wrong_audience",
    "white_label",
    "objected",
    "left",
    "other_partners",
    "other_seats",
    "new_here",
    "too_late",
    "first_use_unknown",
    "not_in_sample",
    "shown_recently",
    "later",
    "dismissed_recently",
    "answered_recently",
    "cap_reached",
]
"""docs/reference/surveys.md says what each one means."""


@dataclass(frozen=True, slots=True)
class NotDue:
    """Why this person is not asked now, and from when asking again makes sense (None: not in sight)."""

    reason: Reason
    again_at: datetime | None


def not_allowed(session: Session, who: Speaker, survey: Survey, *, now: datetime) -> NotDue | None:
    """Why nobody may ask this person this survey at all: what holds for an invitation as well."""
    found = not_allowed_at(session, who.partner, survey, now=now)
    found = found or ("wrong_audience" if survey.audience != who.audience else _gone(session, who, now))
    return None if found is None else NotDue(found, None)


def not_allowed_at(session: Session, partner: Partner, survey: Survey, *, now: datetime) -> Reason | None:
    """Why nobody may ask anybody at this partner this survey."""
    policy, left_at = policy_of(session, partner.id), partner.left_at
    reasons: dict[Reason, bool] = {
        "not_allowed": not policy.may_ask or (left_at is not None and left_at <= now),
        "policy_expired": policy.valid_until is not None and policy.valid_until < now.date(),
        "closed": survey.state != "live",
        # The answers name the vendor, whose name a white label hides.
        "white_label": policy.branding == "white_label" and survey.metric == "recognition",
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _gone(session: Session, who: Speaker, now: datetime) -> Reason | None:
    if who.respondent_id is None:
        return None
    key = (who.partner.id, who.respondent_id)
    if who.audience == "buyer":
        buyer = session.get(Buyer, key)
        return "objected" if buyer is not None and buyer.objected_at is not None else None
    seat = session.get(Seat, key)
    if seat is not None and seat.objected_at is not None:
        return "objected"
    return "left" if seat is not None and seat.left_on is not None and seat.left_on <= now.date() else None


def not_due(
    session: Session, who: Speaker, survey: Survey, definition: Definition, *, pepper: bytes, now: datetime
) -> NotDue | None:
    """Why the person is not asked now. For one that somebody vouches for the caller holds the lock until the grant."""
    if definition.partners and who.partner.slug not in definition.partners:
        return NotDue("other_partners", None)
    if who.respondent_id is not None:
        found = _person_not_due(session, who, who.respondent_id, survey, definition, pepper, now)
    else:
        found = _anybody_not_due(definition)
    return found or _capped(session, who, survey, definition, now)


def _anybody_not_due(definition: Definition) -> NotDue | None:
    """Nobody says who it is: lots are drawn here, and the page remembers that they were."""
    if definition.seats:
        return NotDue("other_seats", None)
    return NotDue("not_in_sample", None) if secrets.randbelow(2**32) >= definition.sample * 2**32 else None


def one_at_a_time(session: Session, subject: UUID) -> None:
    """Let decisions about the same person or partner wait for one another. SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "sqlite":
        key = subject.int & 0x7FFF_FFFF_FFFF_FFFF
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def in_sample(pepper: bytes, survey_id: UUID, wave: str, respondent_id: UUID, share: float) -> bool:
    """Whether a person is in the sample: the same answer for the whole wave, on every device, with probability `share`.

    Under the pepper, so that nobody outside can tell who is in.
    """
    drawn = hmac.digest(pepper, b"sample" + survey_id.bytes + respondent_id.bytes + wave.encode(), "sha256")
    return int.from_bytes(drawn[:8], "big") < share * 2**64


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


def _person_not_due(
    session: Session,
    who: Speaker,
    respondent_id: UUID,
    survey: Survey,
    definition: Definition,
    pepper: bytes,
    now: datetime,
) -> NotDue | None:
    quiet = definition.quiet
    if who.audience == "end_user":
        seat = session.get(Seat, (who.partner.id, respondent_id))
        if not _is_one_of(session, who, seat, definition):
            return NotDue("other_seats", None)
        if (found := _by_first_use(seat, who.partner, quiet, now)) is not None:
            return found
    if not in_sample(pepper, survey.id, definition.wave, respondent_id, definition.sample):
        return NotDue("not_in_sample", None)
    blocks = [one for one in _quiet_until(session, who, respondent_id, quiet) if one.again_at and one.again_at > now]
    return max(blocks, key=lambda one: one.again_at or now, default=None)


def _is_one_of(session: Session, who: Speaker, seat: Seat | None, definition: Definition) -> bool:
    """Whether the attributes, those in the token before those known of the seat, are among the survey's."""
    if not definition.seats:
        return True
    known = {} if seat is None else segments_by_id(session, {seat.segment_id}).get(seat.segment_id, {})
    attributes = {**known, **who.attributes}
    wanted: Collection[tuple[str, tuple[str, ...]]] = definition.seats.items()
    return all(attributes.get(name) in values for name, values in wanted)


def _by_first_use(seat: Seat | None, partner: Partner, quiet: Quiet, now: datetime) -> NotDue | None:
    """A window that ends (the first week) is for those whose first use is known; one without, also for the others."""
    last_days = quiet.first_use_until_days
    watched_days = quiet.first_use_days if last_days is None else max(1, quiet.first_use_days)
    since = first_use(seat, partner, watched_days)
    if since is None:
        return None if last_days is None else NotDue("first_use_unknown", None)
    eligible_on = since + timedelta(days=quiet.first_use_days)
    if eligible_on > now.date():
        return NotDue("new_here", datetime.combine(eligible_on, datetime.min.time(), now.tzinfo))
    if last_days is not None and now.date() > since + timedelta(days=last_days):
        return NotDue("too_late", None)
    return None


def _quiet_until(session: Session, who: Speaker, respondent_id: UUID, quiet: Quiet) -> Iterator[NotDue]:
    own = (Impression.partner_id == who.partner.id) & (Impression.respondent_id == respondent_id)
    latest = select(Impression.state, func.max(Impression.changed_at)).where(own, Impression.live == who.live)
    after: dict[str, tuple[Reason, timedelta]] = {
        "granted": ("shown_recently", UNSHOWN),
        "shown": ("shown_recently", timedelta(days=quiet.later_days)),
        "left": ("shown_recently", timedelta(days=quiet.later_days)),
        "later": ("later", timedelta(days=quiet.later_days)),
        "dismissed": ("dismissed_recently", timedelta(days=quiet.dismissed_days)),
        "answered": ("answered_recently", timedelta(days=quiet.answered_days)),
        "withdrawn": ("answered_recently", timedelta(days=quiet.answered_days)),
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


def _capped(session: Session, who: Speaker, survey: Survey, definition: Definition, now: datetime) -> NotDue | None:
    midnight = datetime.combine(now.date(), datetime.min.time(), now.tzinfo)
    today = (
        Impression.partner_id == who.partner.id,
        Impression.granted_at >= midnight,
        Impression.live == who.live,
    )
    caps = []
    if definition.daily_cap is not None:
        caps.append((definition.daily_cap, Impression.survey_id == survey.id))
    if who.respondent_id is None:
        caps.append((UNSIGNED_A_DAY, Impression.respondent_id.is_(None)))
    if caps:
        one_at_a_time(session, who.partner.id)
    for most, which in caps:
        asked = session.scalar(
            select(func.count()).select_from(select(Impression.id).where(*today, which).limit(most).subquery())
        )
        if asked == most:
            return NotDue("cap_reached", midnight + timedelta(days=1))
    return None
