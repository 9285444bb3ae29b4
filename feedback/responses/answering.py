"""What the person on the other side of the card does: answers, deletes the answer, asks not to be asked again."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.fernet import Fernet
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from feedback.buyers import commands as buyers
from feedback.core import inbox
from feedback.core.erasures import note_withdrawn
from feedback.core.errors import Code, Problem
from feedback.core.upsert import upsert
from feedback.responses import grants, second
from feedback.responses.commands import NewResponse, Standing, check_score, put_responses
from feedback.responses.due import Terms
from feedback.responses.grants import Bound, StandingImpression, bind
from feedback.responses.models import Contact, Impression, Response
from feedback.responses.second import Second
from feedback.seats import commands as seats
from feedback.seats.attributes import intern
from feedback.seats.callers import Speaker
from feedback.seats.known import Frozen
from feedback.seats.queries import standing_seats
from feedback.surveys.definition import Definition
from feedback.surveys.known import Asked

_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")


class Answer(NamedTuple):
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


class Said(NamedTuple):
    """An answer as it arrives, and who gives it. `asked`: what it names; `terms`: what holds at the partner.

    `segment`: of the attributes in the token; None: there are none.
    """

    who: Speaker
    response_id: UUID
    answer: Answer
    asked: Asked
    terms: Terms
    now: datetime
    segment: Frozen | None = None

    def check(self) -> None:
        """What can be told without looking at what stands. Raises INVALID."""
        check_score(self.asked.metric, self.answer.score)
        _check_reason(self.asked.definition, self.answer.reason)
        contact = self.answer.contact
        if contact is not None and self.keeps_contact and not _ADDRESS.fullmatch(contact.strip()):
            raise Problem(
                Code.INVALID, "`contact` is not an e-mail address.", errors={"contact": ["Like ada@example.com."]}
            )

    @property
    def keeps_contact(self) -> bool:
        """Where the survey does not ask for it, or the partner's policy does not allow it any more, nothing is kept."""
        wanted = self.asked.definition.contact and self.terms.may_contact and self.asked.audience == "end_user"
        return self.answer.contact is not None and wanted and self.who.live


def answer(session: Session, said: Sequence[Said], *, vault: Fernet) -> list[Standing | Problem]:
    """Keep answers, or higher revisions of them, under the impressions that were granted for them; of each what came.

    Each impression at most once among them; they are `check`ed. Problems are IMPRESSION_*, RESPONSE_DELETED,
    TOKEN_REFUSED and those of `put_responses`.
    """
    now = said[-1].now
    granted = grants.standing(session, [(one.who.partner_id, one.answer.impression) for one in said])
    segments = _segments(session, said)
    outcomes: list[Standing | Problem | None] = [None] * len(said)
    places: list[int] = []
    bound: list[Bound] = []
    batch: list[NewResponse] = []
    seconds: list[Second] = []
    for place, (one, found, segment) in enumerate(zip(said, granted, segments, strict=True)):
        who = one.who
        try:
            impression = bind(found, who, one.asked.version_id, one.response_id, one.now)
        except Problem as problem:
            outcomes[place] = problem
            if problem.code is Code.IMPRESSION_TAKEN and who.live:
                seconds.append(_second(one))
            continue
        places.append(place)
        bound.append(Bound(who.partner_id, one.answer.impression, one.response_id, impression))
        batch.append(_response(one, impression, segment))
    taken: list[Bound] = []
    contacts: dict[UUID, dict[str, Any]] = {}
    for place, own, outcome in zip(places, bound, put_responses(session, batch, now=now), strict=True):
        outcomes[place] = outcome
        if isinstance(outcome, Standing):
            taken.append(own)
            one = said[place]
            if one.answer.contact is not None and one.keeps_contact and outcome.revision == one.answer.revision:
                # Somebody may answer two surveys at once.
                contacts[one.who.respondent_id or one.response_id] = _contact(one, vault)
    grants.mark_answered(session, taken, now=now)
    second.keep(session, seconds, now=now)
    upsert(
        session,
        Contact,
        list(contacts.values()),
        change=dict.fromkeys(("response_id", "address_encrypted", "given_at")),
    )
    return [one for one in outcomes if one is not None]


def _response(one: Said, impression: StandingImpression, segment: int) -> NewResponse:
    who, said, asked = one.who, one.answer, one.asked
    return NewResponse(
        partner_id=who.partner_id,
        id=one.response_id,
        survey_id=asked.survey_id,
        survey_version_id=asked.version_id,
        audience=asked.audience,
        metric=asked.metric,
        respondent_id=who.respondent_id or one.response_id,
        impression_id=said.impression,
        notice_version=impression.notice_version,
        segment_id=segment,
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


def _second(one: Said) -> Second:
    who, said = one.who, one.answer
    about = who.partner_id, said.impression, one.response_id, who.respondent_id
    return Second(*about, one.asked.metric, said.score, said.comment or None, who.trust)


def withdraw(session: Session, who: Speaker, response_id: UUID, *, now: datetime) -> None:
    """Delete an answer, whoever gave it asks for it. It cannot come back; doing it again changes nothing.

    Of somebody for whom nobody vouches the id of the answer, which only their card knows, is proof enough.
    """
    own = (Response.partner_id == who.partner_id) & (Response.id == response_id)
    found = session.scalar(select(Response).where(own).with_for_update())
    if found is not None:
        if found.respondent_id != (who.respondent_id or response_id) or found.live != who.live:
            raise Problem(Code.NOT_FOUND, "There is no such answer of this person.")
        inbox.put(session, found.partner_id, found.respondent_id, found.metric, now=now)
        note_withdrawn(session, found.partner_id, found.id, now=now)
        session.delete(found)
        session.execute(delete(Contact).where(Contact.partner_id == who.partner_id, Contact.response_id == response_id))
    answered = (Impression.partner_id == who.partner_id) & (Impression.response_id == response_id)
    mine = Impression.respondent_id == who.respondent_id if who.respondent_id else Impression.respondent_id.is_(None)
    session.execute(update(Impression).where(answered, mine).values(state="withdrawn"))


def object_to(session: Session, who: Speaker, *, now: datetime) -> bool:
    """Never ask this person again, and record no more of what they do. False: nobody says who it is."""
    if who.respondent_id is None or not who.live:
        return False
    objection = seats.object_to if who.audience == "end_user" else buyers.object_to
    objection(session, who.partner_id, who.respondent_id, now=now)
    return True


def forget_contacts(session: Session, before: datetime) -> int:
    """Delete the addresses given before a moment. Returns how many there were."""
    return int(session.execute(delete(Contact).where(Contact.given_at < before)).rowcount)  # type: ignore[attr-defined]


def _check_reason(definition: Definition, reason: str | None) -> None:
    choices = definition.choices
    if reason is not None and reason not in choices:
        what = f"one of {', '.join(choices)}" if choices else "left out: this survey offers no choice"
        raise Problem(Code.INVALID, f"`reason` must be {what}.", errors={"reason": [f"Must be {what}."]})


def _contact(one: Said, vault: Fernet) -> dict[str, Any]:
    return {
        "partner_id": one.who.partner_id,
        "respondent_id": one.who.respondent_id or one.response_id,
        "response_id": one.response_id,
        "address_encrypted": vault.encrypt((one.answer.contact or "").strip().encode()),
        "given_at": one.now,
    }


def _segments(session: Session, said: Sequence[Said]) -> list[int]:
    """The segments that answers are frozen in: the token's attributes, else what is known of the seat."""
    intern(session, {one.segment.id: one.segment.values for one in said if one.segment and not one.segment.stands})
    asking = [one for one in said if one.segment is None and one.who.respondent_id and one.asked.audience == "end_user"]
    keys = [(one.who.partner_id, one.who.respondent_id) for one in asking if one.who.respondent_id is not None]
    seats = iter(standing_seats(session, keys))
    found = []
    for one in said:
        if one.who.respondent_id is None or one.asked.audience != "end_user":
            found.append(0)
        elif one.segment is not None:
            found.append(one.segment.id)
        else:
            seat = next(seats)
            found.append(0 if seat is None else seat.segment_id)
    return found
