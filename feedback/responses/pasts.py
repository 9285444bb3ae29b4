"""What is known of the people who could be asked now: read for many at once, judged by `due`."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.buyers.queries import objecting_buyers
from feedback.core.erasures import erased
from feedback.core.lookup import ByKeys, Keys
from feedback.responses.models import Impression, Response
from feedback.seats.callers import Speaker
from feedback.seats.queries import StandingSeat, standing_seats

Person = tuple[UUID, UUID]
"""Partner and respondent."""
_LATEST = ByKeys(
    lambda wanted: (
        select(wanted.place, Impression.live, Impression.state, func.max(Impression.changed_at))
        .where(Impression.partner_id == wanted.partner, Impression.respondent_id == wanted.second)
        .group_by(wanted.place, Impression.live, Impression.state)
    )
)
_ANSWERED = ByKeys(
    lambda wanted: (
        select(wanted.place, Response.live, func.max(Response.answered_at))
        .where(Response.partner_id == wanted.partner, Response.respondent_id == wanted.second)
        .group_by(wanted.place, Response.live)
    )
)


class Past(NamedTuple):
    """What came of asking a person before: by state of impressions when the latest came into it, the last answer."""

    seat: StandingSeat | None = None
    objected: bool = False
    latest: Mapping[str, datetime] = {}
    answered_at: datetime | None = None


def pasts(session: Session, speakers: Collection[Speaker]) -> list[Past]:
    """The past of each; nothing is known of those for whom nobody vouches. Live and test do not see each other.

    Whoever was erased begins anew, as somebody who answered on the day of it.
    """
    known = [one for one in speakers if one.respondent_id is not None]
    people = Keys((one.partner_id, one.respondent_id) for one in known if one.respondent_id is not None)
    buyers = [key for key, one in zip(people, known, strict=True) if one.audience == "buyer"]
    objecting = objecting_buyers(session, buyers) if buyers else set()
    latest: list[dict[str, datetime]] = [{} for _ in known]
    for place, live, state, changed_at in _LATEST.rows(session, people):
        if live == known[place].live:
            latest[place][state] = changed_at
    answered: list[datetime | None] = [None] * len(known)
    for place, live, answered_at in _ANSWERED.rows(session, people):
        if live == known[place].live:
            answered[place] = answered_at
    found = []
    standing = standing_seats(session, people)
    # Whoever was erased has no seat.
    gone = erased(session, [key for key, seat in zip(people, standing, strict=True) if seat is None])
    for place, seat in enumerate(standing):
        objected = (seat is not None and seat.objected_at is not None) or (
            bool(objecting) and people[place] in objecting
        )
        if seat is None and (was := gone.get(people[place])) is not None:
            objected = objected or was.objected
            answered[place] = max(was.at, answered[place] or was.at)
        found.append(Past(seat, objected, latest[place], answered[place]))
    told = iter(found)
    return [Past() if one.respondent_id is None else next(told) for one in speakers]
