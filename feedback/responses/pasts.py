"""What is known of the people who could be asked now: read for many at once, judged by `due`."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.buyers.queries import objecting_buyers
from feedback.core.lookup import ByKeys
from feedback.responses.models import Impression, Response
from feedback.seats.callers import Speaker
from feedback.seats.queries import StandingSeat, seats_by_key

Person = tuple[UUID, UUID]
"""Partner and respondent."""
_LATEST = ByKeys(
    lambda partner, person: (
        select(
            Impression.partner_id,
            Impression.respondent_id,
            Impression.live,
            Impression.state,
            func.max(Impression.changed_at),
        )
        .where(Impression.partner_id == partner, Impression.respondent_id == person)
        .group_by(Impression.partner_id, Impression.respondent_id, Impression.live, Impression.state)
    )
)
_ANSWERED = ByKeys(
    lambda partner, person: (
        select(Response.partner_id, Response.respondent_id, Response.live, func.max(Response.answered_at))
        .where(Response.partner_id == partner, Response.respondent_id == person)
        .group_by(Response.partner_id, Response.respondent_id, Response.live)
    )
)


class Past(NamedTuple):
    """What came of asking a person before: by state of impressions when the latest came into it, the last answer."""

    seat: StandingSeat | None = None
    objected: bool = False
    latest: Mapping[str, datetime] = {}
    answered_at: datetime | None = None


def pasts(session: Session, speakers: Collection[Speaker]) -> list[Past]:
    """The past of each; nothing is known of those for whom nobody vouches. Live and test do not see each other."""
    people = [(one.partner.id, one.respondent_id) for one in speakers if one.respondent_id is not None]
    seats = seats_by_key(session, people)
    buyers = [(one.partner.id, one.respondent_id) for one in speakers if one.respondent_id and one.audience == "buyer"]
    objecting = objecting_buyers(session, buyers) if buyers else set()
    latest: defaultdict[tuple[UUID, UUID, bool], dict[str, datetime]] = defaultdict(dict)
    for partner, person, live, state, changed_at in _LATEST.rows(session, people):
        latest[partner, person, live][state] = changed_at
    answered = {(row[0], row[1], row[2]): row[3] for row in _ANSWERED.rows(session, people)}
    found = []
    for one in speakers:
        if one.respondent_id is None:
            found.append(Past())
            continue
        key, own = (one.partner.id, one.respondent_id), (one.partner.id, one.respondent_id, one.live)
        seat = seats.get(key)
        objected = key in objecting or (seat is not None and seat.objected_at is not None)
        found.append(Past(seat, objected, latest.get(own, {}), answered.get(own)))
    return found
