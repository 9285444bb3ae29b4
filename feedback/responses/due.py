"""Whether a person is due: the server decides, across all devices and surveys of a seat."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from feedback.core import writing
from feedback.core.ids import first_id, mac
from feedback.core.rows import plain_rows
from feedback.partners.commands import PolicyTerms
from feedback.partners.models import Partner, Policy
from feedback.responses.models import Impression
from feedback.responses.pasts import Past
from feedback.seats.callers import Speaker
from feedback.seats.queries import StandingSeat
from feedback.surveys.definition import Definition, Quiet
from feedback.surveys.known import Asked
from feedback.surveys.models import Survey

UNSHOWN = timedelta(minutes=10)
"""How long a grant that was not shown keeps other tabs and devices from asking."""
UNSIGNED_A_DAY = 1_000
"""How many people for whom nobody vouches are asked per partner and day: nothing else holds them back here."""
_KEYS = cast(bindparam("keys", type_=Text()), ARRAY(BigInteger))
_LOCK = select(func.pg_advisory_xact_lock(func.unnest(_KEYS)))

_array = writing.for_array(BigInteger())

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


Terms = Policy | PolicyTerms


def not_allowed(terms: Terms, who: Speaker, survey: Survey, past: Past, *, now: datetime) -> NotDue | None:
    """Why nobody may ask this person this survey at all: what holds for an invitation as well."""
    found = not_allowed_at(terms, who.partner, survey, now=now)
    found = found or ("wrong_audience" if survey.audience != who.audience else _gone(past, now))
    return None if found is None else NotDue(found, None)


def not_allowed_at(terms: Terms, partner: Partner, survey: Survey, *, now: datetime) -> Reason | None:
    """Why nobody may ask anybody at this partner this survey."""
    left_at = partner.left_at
    if not terms.may_ask or (left_at is not None and left_at <= now):
        return "not_allowed"
    if terms.valid_until is not None and terms.valid_until < now.date():
        return "policy_expired"
    if survey.state != "live":
        return "closed"
    # The answers name the vendor, whose name a white label hides.
    return "white_label" if terms.branding == "white_label" and survey.metric == "recognition" else None


def _gone(past: Past, now: datetime) -> Reason | None:
    if past.objected:
        return "objected"
    left_on = None if past.seat is None else past.seat.left_on
    return "left" if left_on is not None and left_on <= now.date() else None


def not_due(
    who: Speaker, asked: Asked, past: Past, segments: Mapping[int, Mapping[str, str]], *, pepper: bytes, now: datetime
) -> NotDue | None:
    """Why the person is not asked now, caps aside. For one that somebody vouches for the caller holds the lock.

    `segments`: the vectors of the segments of the seats in question.
    """
    if asked.definition.partners and who.partner.slug not in asked.definition.partners:
        return NotDue("other_partners", None)
    if who.respondent_id is None:
        return _anybody_not_due(asked.definition)
    known = {} if past.seat is None else segments.get(past.seat.segment_id, {})
    return _person_not_due(who, who.respondent_id, asked, past, known, pepper, now)


def _anybody_not_due(definition: Definition) -> NotDue | None:
    """Nobody says who it is: lots are drawn here, and the page remembers that they were."""
    if definition.seats:
        return NotDue("other_seats", None)
    return NotDue("not_in_sample", None) if secrets.randbelow(2**32) >= definition.sample * 2**32 else None


def one_at_a_time(session: Session, subjects: Iterable[UUID]) -> None:
    """Let decisions about the same people or partners wait for one another. SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "sqlite":
        # Ordered, so that two that lock the same do not wait for each other for ever.
        numbers = sorted({one.int & 0x7FFF_FFFF_FFFF_FFFF for one in subjects})
        plain_rows(session, _LOCK, {"keys": _array(numbers)})


def in_sample(pepper: bytes, survey_id: UUID, wave: str, respondent_id: UUID, share: float) -> bool:
    """Whether a person is in the sample: the same answer for the whole wave, on every device, with probability `share`.

    Under the pepper, so that nobody outside can tell who is in.
    """
    if share >= 1:
        return True
    drawn = mac(pepper, b"sample" + survey_id.bytes + respondent_id.bytes + wave.encode())
    return int.from_bytes(drawn[:8], "big") < share * 2**64


def first_use(seat: StandingSeat | None, partner: Partner, watched_days: int) -> date | None:
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
    who: Speaker,
    respondent_id: UUID,
    asked: Asked,
    past: Past,
    known: Mapping[str, str],
    pepper: bytes,
    now: datetime,
) -> NotDue | None:
    definition = asked.definition
    if who.audience == "end_user":
        if definition.seats and not _is_one_of({**known, **who.attributes}, definition):
            return NotDue("other_seats", None)
        if (found := _by_first_use(past.seat, who.partner, definition.quiet, now)) is not None:
            return found
    if not in_sample(pepper, asked.survey.id, definition.wave, respondent_id, definition.sample):
        return NotDue("not_in_sample", None)
    if not past.latest and past.answered_at is None:
        return None
    blocks = [one for one in _quiet_until(past, definition.quiet) if one.again_at and one.again_at > now]
    return max(blocks, key=lambda one: one.again_at or now, default=None)


def _is_one_of(attributes: Mapping[str, str], definition: Definition) -> bool:
    """Whether the attributes, those in the token before those known of the seat, are among the survey's."""
    return all(attributes.get(name) in values for name, values in definition.seats.items())


def _by_first_use(seat: StandingSeat | None, partner: Partner, quiet: Quiet, now: datetime) -> NotDue | None:
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


def _quiet_until(past: Past, quiet: Quiet) -> Iterator[NotDue]:
    after: dict[str, tuple[Reason, timedelta]] = {
        "granted": ("shown_recently", UNSHOWN),
        "shown": ("shown_recently", timedelta(days=quiet.later_days)),
        "left": ("shown_recently", timedelta(days=quiet.later_days)),
        "later": ("later", timedelta(days=quiet.later_days)),
        "dismissed": ("dismissed_recently", timedelta(days=quiet.dismissed_days)),
        "answered": ("answered_recently", timedelta(days=quiet.answered_days)),
        "withdrawn": ("answered_recently", timedelta(days=quiet.answered_days)),
    }
    for state, changed_at in past.latest.items():
        reason, pause = after[state]
        yield NotDue(reason, changed_at + pause)
    if past.answered_at is not None:
        yield NotDue("answered_recently", past.answered_at + timedelta(days=quiet.answered_days))


class Caps:
    """How many were asked today where no more than so many may be. The caller holds the partners' locks."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked: dict[tuple[UUID, UUID | None, bool], int] = {}

    @staticmethod
    def of(who: Speaker, asked: Asked) -> list[tuple[int, UUID | None]]:
        """Most a day, of this survey or (None) of those for whom nobody vouches."""
        most = asked.definition.daily_cap
        caps: list[tuple[int, UUID | None]] = [] if most is None else [(most, asked.survey.id)]
        return caps if who.respondent_id is not None else [*caps, (UNSIGNED_A_DAY, None)]

    def take(self, who: Speaker, asked: Asked, *, now: datetime) -> NotDue | None:
        """Count one more, unless there is no room."""
        if not (wanted := self.of(who, asked)):
            return None
        midnight = datetime.combine(now.date(), datetime.min.time(), now.tzinfo)
        keys = []
        for most, survey_id in wanted:
            key = who.partner_id, survey_id, who.live
            if self._count(key, midnight, most) >= most:
                return NotDue("cap_reached", midnight + timedelta(days=1))
            keys.append(key)
        for key in keys:
            self._asked[key] += 1
        return None

    def _count(self, key: tuple[UUID, UUID | None, bool], midnight: datetime, most: int) -> int:
        if key not in self._asked:
            partner_id, survey_id, live = key
            which = Impression.respondent_id.is_(None) if survey_id is None else Impression.survey_id == survey_id
            # By the ids, of which the table has an index as it is; those of impressions are made at the grant.
            today = Impression.id >= first_id(midnight), Impression.granted_at >= midnight
            own = Impression.partner_id == partner_id, Impression.live == live
            found = select(Impression.id).where(*own, *today, which).limit(most).subquery()
            self._asked[key] = self._session.scalar(select(func.count()).select_from(found)) or 0
        return self._asked[key]
