"""Impressions: permission to show a survey once, what became of it, and the one answer that belongs to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from feedback.buyers.commands import NewBuyer, put_buyers
from feedback.core.bulk import insert_many, update_many
from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.core.lookup import ByKeys
from feedback.partners.commands import mark_embed_seen
from feedback.partners.models import Partner
from feedback.partners.queries import policy_of
from feedback.responses import due
from feedback.responses.due import Caps, NotDue, Terms, one_at_a_time
from feedback.responses.models import Impression
from feedback.responses.pasts import Past, pasts
from feedback.seats.attributes import Declared
from feedback.seats.callers import Speaker
from feedback.seats.commands import NewSeat, put_seats, record_shown
from feedback.seats.known import Frozen
from feedback.seats.queries import segments_by_id
from feedback.surveys.known import Asked
from feedback.surveys.models import Survey, SurveyVersion

_IMPRESSIONS: Table = Impression.__table__  # type: ignore[assignment]
_ANSWERED = ("partner_id", "id", "response_id", "state", "changed_at")
SHOWABLE = timedelta(days=1)
"""How long after its grant an impression may still be drawn."""
ANSWERABLE = timedelta(days=8)
"""How long after a grant its answer may still come: a token's hour and the seven days of an offline page."""


class StandingImpression(NamedTuple):
    """What an answer needs to know of its impression."""

    respondent_id: UUID | None
    survey_version_id: UUID
    audience: str
    live: bool
    state: str
    granted_at: datetime
    response_id: UUID | None
    notice_version: str | None


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody asks whether this survey may be shown to them now.

    `terms`: what holds at their partner. `segment`: of the attributes in the token; None: there are none.
    """

    who: Speaker
    asked: Asked
    terms: Terms
    now: datetime
    segment: Frozen | None = None


def grant(session: Session, asks: Sequence[Ask], *, pepper: bytes) -> list[UUID | NotDue]:
    """For each the id of an impression, or why there is none. Each person at most once; people become known by asking.

    Two tabs at once get one impression between them: whoever asks about the same person elsewhere waits for this.
    """
    one_at_a_time(session, (subject for one in asks for subject in _subjects(one)))
    known = pasts(session, [one.who for one in asks])
    asks = _with_watched_partners(session, asks)
    meet(session, list(zip(asks, known, strict=True)), pepper, now=asks[-1].now)
    segments = segments_by_id(session, {past.seat.segment_id for past in known if past.seat is not None})
    caps = Caps(session)
    results: list[UUID | NotDue] = []
    rows: list[_Row] = []
    for one, past in zip(asks, known, strict=True):
        who, asked = one.who, one.asked
        waits = due.not_allowed(one.terms, who, asked.survey, past, now=one.now)
        waits = waits or due.not_due(who, asked, past, segments, pepper=pepper, now=one.now)
        waits = waits or caps.take(who, asked, now=one.now)
        if waits is None:
            rows.append(_row(who, asked.survey, asked.version, one.terms, now=one.now))
        results.append(waits or rows[-1].id)
    insert_many(session, _IMPRESSIONS, _Row._fields, rows)
    return results


def _subjects(ask: Ask) -> Iterator[UUID]:
    """The person, and the partner where no more than so many of its people may be asked."""
    if ask.who.respondent_id is not None:
        yield ask.who.respondent_id
    if Caps.of(ask.who, ask.asked):
        yield ask.who.partner_id


def new_impression(
    session: Session, who: Speaker, survey: Survey, version: SurveyVersion, *, now: datetime
) -> Impression:
    """Permission to show the survey once."""
    row = _row(who, survey, version, policy_of(session, who.partner_id), now=now)
    impression = Impression(**row._asdict())
    session.add(impression)
    session.flush()
    return impression


def _with_watched_partners(session: Session, asks: Sequence[Ask]) -> Sequence[Ask]:
    """The same asks, each with a partner of whom is known whether their widget has been seen.

    A partner as it is remembered may not know yet of the ping that made its seat: as if a backend had told of that
    first day, the person would look new. So whoever had no widget when it was remembered is read once more, after the
    seats.
    """
    unseen = {one.who.partner_id for one in asks if one.who.partner.embed_seen_on is None}
    if not unseen:
        return asks
    partners = {one: session.get_one(Partner, one) for one in unseen}
    return [
        replace(one, who=one.who._replace(partner=partners[one.who.partner_id]))
        if one.who.partner_id in partners
        else one
        for one in asks
    ]


class _Row(NamedTuple):
    """As the table has it."""

    partner_id: UUID
    id: UUID
    survey_id: UUID
    survey_version_id: UUID
    audience: str
    respondent_id: UUID | None
    trust: str
    live: bool
    state: str
    granted_at: datetime
    changed_at: datetime
    notice_version: str | None


def _row(who: Speaker, survey: Survey, version: SurveyVersion, terms: Terms, *, now: datetime) -> _Row:
    return _Row(
        who.partner_id,
        new_id(now),
        survey.id,
        version.id,
        survey.audience,
        who.respondent_id,
        who.trust,
        who.live,
        "granted",
        now,
        now,
        terms.notice_version,
    )


def meet(session: Session, people: Sequence[tuple[Ask, Past]], pepper: bytes, *, now: datetime) -> None:
    """Know those whom somebody vouches for: the widget deploys a seat, and names a buyer."""
    vouched = [(one.who, one.segment, past) for one, past in people if one.who.subject is not None and one.who.live]
    for partner_id in {who.partner_id for who, *_rest in vouched if who.partner.embed_seen_on is None}:
        mark_embed_seen(session.get_one(Partner, partner_id), today=now.date())
    named = {(who.partner_id, who.subject) for who, *_rest in vouched if who.audience == "buyer" and who.subject}
    put_buyers(session, [NewBuyer(*one) for one in sorted(named)], pepper=pepper, now=now)
    seats = []
    for who, segment, past in vouched:
        # Only the vendor's word changes what is known about a seat; a partner's goes with its own answers.
        told = segment is not None and who.trust == "vendor"
        news = past.seat is None or (segment is not None and told and segment.id != past.seat.segment_id)
        attributes = who.attributes if told else None
        if news and who.audience == "end_user" and who.respondent_id is not None:
            seats.append(NewSeat(who.partner_id, who.respondent_id, attributes=attributes))
    if seats:
        put_seats(session, seats, Declared(session), now=now)


def move(session: Session, who: Speaker, impression_id: UUID, state: str, *, now: datetime) -> Impression:
    """Record what became of an impression. One that was answered stays so, and a no stays a no. Raises NOT_FOUND."""
    impression = session.get(Impression, (who.partner_id, impression_id), with_for_update=True)
    if impression is None or impression.respondent_id != who.respondent_id or impression.live != who.live:
        raise Problem(Code.NOT_FOUND, "There is no such impression of this person.")
    # Two reports of one page may overtake each other: that a card was shown may arrive after that it was dismissed.
    late = impression.state in ("dismissed", "later") and state in ("shown", "left")
    if impression.state not in ("answered", "withdrawn") and not late:
        shown = _shown_now(impression, impression.partner_id)
        record_shown(session, [] if shown is None else [shown])
        impression.state, impression.changed_at = state, now
    return impression


def bind(
    found: StandingImpression | None, who: Speaker, version_id: UUID, response_id: UUID, now: datetime
) -> StandingImpression:
    """The impression that an answer needs, if it may have it; the first response id stays. Raises IMPRESSION_*."""
    if (
        found is None
        or found.respondent_id != who.respondent_id
        or found.survey_version_id != version_id
        or found.live != who.live
    ):
        raise Problem(Code.IMPRESSION_REFUSED, "No such impression was granted to this person for this survey.")
    if found.state == "withdrawn":
        raise Problem(Code.RESPONSE_DELETED, "Whoever gave the answer to this impression deleted it.")
    if now - found.granted_at > ANSWERABLE:
        raise Problem(Code.IMPRESSION_REFUSED, "The impression was granted too long ago.")
    if who.expired_at is not None and found.granted_at > who.expired_at:
        raise Problem(
            Code.TOKEN_REFUSED, f"It expired at {who.expired_at:%Y-%m-%d %H:%M:%S} UTC, before the impression."
        )
    if found.response_id not in (None, response_id):
        raise Problem(Code.IMPRESSION_TAKEN, "This impression was answered under another response id.")
    return found


_STANDING = ByKeys(
    lambda wanted: (
        select(wanted.place, *(_IMPRESSIONS.c[name] for name in StandingImpression._fields))
        .where(_IMPRESSIONS.c.partner_id == wanted.partner, _IMPRESSIONS.c.id == wanted.second)
        .order_by(_IMPRESSIONS.c.partner_id, _IMPRESSIONS.c.id)
        .with_for_update(of=_IMPRESSIONS)
    )
)


def standing(session: Session, keys: Sequence[tuple[UUID, UUID]]) -> list[StandingImpression | None]:
    """The impressions of these keys (partner, impression), in their order, locked until the transaction ends."""
    return [None if row is None else StandingImpression._make(row) for row in _STANDING.in_order(session, keys)]


class Bound(NamedTuple):
    """An answer that has its impression."""

    partner_id: UUID
    impression_id: UUID
    response_id: UUID
    impression: StandingImpression


def mark_answered(session: Session, bound: Sequence[Bound], *, now: datetime) -> None:
    """Tie impressions to the ids of their first answers."""
    new = [one for one in bound if one.impression.response_id is None]
    record_shown(session, [shown for one in new if (shown := _shown_now(one.impression, one.partner_id)) is not None])
    rows = [(one.partner_id, one.impression_id, one.response_id, "answered", now) for one in new]
    update_many(session, _IMPRESSIONS, _ANSWERED, rows)


def _shown_now(impression: Impression | StandingImpression, partner_id: UUID) -> tuple[UUID, UUID, date] | None:
    """What comes of a grant, be it that the person went away, says that they were shown the survey: once, then.

    On the day of the grant: a page that is offline tells of it days later.
    """
    respondent = impression.respondent_id if impression.audience == "end_user" and impression.live else None
    if impression.state != "granted" or respondent is None:
        return None
    return partner_id, respondent, impression.granted_at.date()
