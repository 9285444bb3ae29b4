"""Invitations: personal links to one survey, for one answer each."""

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feedback.buyers.commands import NewBuyer, buyer_id, put_buyers
from feedback.buyers.queries import objecting_buyers
from feedback.core.erasures import erased
from feedback.core.errors import Code, Problem
from feedback.core.ids import ALPHABET, digest
from feedback.partners.models import Partner
from feedback.partners.queries import partners_by_slug, policy_of
from feedback.responses.due import not_allowed_at
from feedback.responses.models import Invitation
from feedback.seats.attributes import Declared
from feedback.seats.commands import NewSeat, put_seats, seat_id
from feedback.seats.queries import seats_by_key
from feedback.surveys.models import Survey
from feedback.surveys.queries import survey_by_name

USUAL_DAYS, MOST_DAYS = 14, 90
"""For how many days a link works."""
_PART = 26
"""Characters, of 5 bits each: 128 bits that name the partner, then 130 random ones."""
_TOKEN = re.compile(f"([0-7][{ALPHABET}]{{{_PART - 1}}})([{ALPHABET}]{{{_PART}}})")
_WHY_NOT = {
    "unknown": "There is no such partner.",
    "not_allowed": "Asking is not allowed at this partner, or it has left.",
    "policy_expired": "The partner's policy has run out; record one that holds.",
    "white_label": "The survey names the vendor, whose name is hidden at this partner (white label).",
    "objected": "This person objected to being asked.",
    "left": "This person has left.",
    "erased": "This person was erased.",
}


_Key = tuple[UUID, UUID]
"""Partner and respondent."""


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """Whom to invite: slug of the partner, the vendor's id of the seat or the buyer, and what is known of a buyer."""

    partner: str
    respondent: str
    role: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class NotInvited:
    """Why there is no link for this person, as a sentence."""

    reason: str


def survey_to_invite_to(session: Session, name: str) -> Survey:
    """The survey, if its links would be worth sending. Raises SURVEY_UNKNOWN, SURVEY_CLOSED, INVALID."""
    survey = survey_by_name(session, name)
    if survey.state == "builtin":
        raise Problem(Code.INVALID, f"{name!r} is built in for what is imported from files.")
    if survey.state != "live":
        raise Problem(Code.SURVEY_CLOSED, f"{name!r} is {survey.state}: its links would ask nothing.")
    return survey


def invite(
    session: Session,
    survey: Survey,
    people: Sequence[NewInvitation],
    *,
    expires_at: datetime,
    live: bool,
    pepper: bytes,
    now: datetime,
) -> list[str | NotInvited]:
    """For each of `people`, in their order, the token of a new link, or why there is none.

    The vendor's word makes people known; a test invitation (not `live`) leaves no trace of them. Only hashes of tokens
    are kept. A link that was made before goes on working: after one answer all of a person's are answered.
    """
    partners = partners_by_slug(session, {one.partner for one in people})
    closed = {slug: not_allowed_at(policy_of(session, one.id), one, survey, now=now) for slug, one in partners.items()}
    keys = [_key(survey.audience, partners.get(one.partner), one.respondent, pepper) for one in people]
    gone = _gone(session, survey.audience, {key for key in keys if key}, now.date())
    made: list[str | NotInvited] = []
    welcome: dict[_Key, NewInvitation] = {}
    rows = []
    for one, key in zip(people, keys, strict=True):
        reason = closed[one.partner] or gone.get(key) if key else "unknown"
        if key is None or reason is not None:
            made.append(NotInvited(_WHY_NOT[reason or "unknown"]))
            continue
        welcome[key] = one
        secret = _text(secrets.randbits(5 * _PART))
        made.append(_text(key[0].int) + secret)
        rows.append(
            {
                "partner_id": key[0],
                "token_hash": digest(secret),
                "survey_id": survey.id,
                "audience": survey.audience,
                "respondent_id": key[1],
                "live": live,
                "created_at": now,
                "expires_at": expires_at,
            }
        )
    if live:
        _meet(session, survey.audience, welcome, pepper=pepper, now=now)
    if rows:
        session.execute(insert(Invitation), rows)
    return made


def link(public_url: str, token: str) -> str:
    """The address that is sent to the person."""
    return f"{public_url}/s/{token}"


def expiry(days: int, *, now: datetime) -> datetime:
    """When a link made now ends that works for 1 to 90 days. Raises INVALID."""
    if not 1 <= days <= MOST_DAYS:
        raise Problem(Code.INVALID, f"A link works for 1 to {MOST_DAYS} days, not {days}.")
    return now + timedelta(days=days)


def invitation(session: Session, token: str, *, lock: bool = False) -> Invitation | None:
    """The invitation of a link; None when nobody was ever sent it."""
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        return None
    partner_id = UUID(int=_number(parts[1]))
    return session.get(Invitation, (partner_id, digest(parts[2])), with_for_update=lock or None)


def _key(audience: str, partner: Partner | None, external_id: str, pepper: bytes) -> _Key | None:
    identify = buyer_id if audience == "buyer" else seat_id
    return None if partner is None else (partner.id, identify(pepper, partner.id, external_id))


def _gone(session: Session, audience: str, keys: Collection[_Key], today: date) -> dict[_Key, str]:
    """Why those are not invited who are known and not to be asked, or were erased."""
    gone = dict.fromkeys(erased(session, keys), "erased")
    if audience == "buyer":
        return gone | dict.fromkeys(objecting_buyers(session, keys), "objected")
    for key, seat in seats_by_key(session, keys).items():
        if seat.objected_at is not None:
            gone[key] = "objected"
        elif seat.left_on is not None and seat.left_on <= today:
            gone[key] = "left"
    return gone


def _meet(
    session: Session, audience: str, people: Mapping[_Key, NewInvitation], *, pepper: bytes, now: datetime
) -> None:
    # In one order, so that two who invite the same people lock them in the same order.
    ordered = sorted(people)
    if audience == "buyer":
        buyers = [NewBuyer(key[0], people[key].respondent, people[key].role, people[key].name) for key in ordered]
        put_buyers(session, buyers, pepper=pepper, now=now)
    else:
        put_seats(session, [NewSeat(*key) for key in ordered], Declared(session), now=now)


def _text(number: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(_PART)))


def _number(text: str) -> int:
    number = 0
    for character in text:
        number = number << 5 | ALPHABET.index(character)
    return number
