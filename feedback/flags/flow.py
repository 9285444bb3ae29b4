"""The answers of end users by partner and day, and what is beside them: all that the tests for flags look at."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from feedback.core.months import first_day, last_day, month_of
from feedback.partners.contracts import licence_spans, licences_by_day
from feedback.partners.models import Promotion
from feedback.partners.queries import contract_rows
from feedback.responses.models import Response, Voice
from feedback.seats.queries import known_by_the_vendor, seats_on_file
from feedback.surveys.models import SCALES
from feedback.tallies.models import COUNTS, DailyTally

Counts = NDArray[np.int64]

VOUCHED = ("vendor", "partner")
"""What nobody vouches for is told apart everywhere and does not count: it needs no flag."""
PERIOD_DAYS = 91
"""What a day is compared with reaches so far back."""


class Room(NamedTuple):
    """How many people there can have been in one month, by partner; 0 where the vendor names none."""

    seats: Counts
    """Seats that the vendor's own files and backend know, also of those who left in that month."""
    licences: Counts
    """The most that were in force on one of its days so far."""


class Prompt(NamedTuple):
    """A day on which somebody on the buyer's side turned to people or to us. `what`: `buyer_answered` or `told`."""

    place: int
    day: int
    what: str


@dataclass(frozen=True)
class Flow:
    """Answers that count, of end users by one metric, of all `partners`. Days are ordinals from `first_day` on.

    Arrays begin with partners and days. A person who answered in two months is in both.
    """

    metric: str
    partners: tuple[UUID, ...]
    first_day: int
    scores: Counts
    """By score 0 to 10."""
    signed: Counts
    """Those of them that the partner vouches for."""
    fresh: Counts
    """People who had never answered before."""
    unknown: Counts
    """Answers of people whom the vendor's own files and backend do not know."""
    began: Counts
    """By partner, the day of the first answer ever."""
    rooms: Mapping[int, Room]
    """By month, of those that are looked at."""
    prompts: tuple[Prompt, ...]
    moments: Mapping[tuple[int, int], NDArray[np.float64]]
    """By place of the partner and day, the second of the day in which each answer came."""

    @property
    def answers(self) -> Counts:
        """How many there were by partner and day."""
        return np.asarray(self.scores.sum(axis=2))

    def room(self, day: int) -> Room:
        """That of the day's month."""
        return self.rooms[month_of(date.fromordinal(day))]

    @property
    def scale(self) -> range:
        """The scores that the metric has."""
        low, high = SCALES[self.metric]
        return range(low, high + 1)

    def window(self, counts: Counts, first: int, last: int) -> Counts:
        """`counts` (partners, days) of the days `first` to `last`, both included, added up."""
        start = max(0, first - self.first_day)
        return np.asarray(counts[:, start : max(start, last + 1 - self.first_day)].sum(axis=1))


def read(session: Session, metric: str, *, since: date, until: date, looked_since: date) -> Flow:
    """The flow of the days `since` to `until`, both included; what is needed of single days from `looked_since` on."""
    days = until.toordinal() - since.toordinal() + 1
    cells = [*session.execute(_daily(metric, since, until))]
    partners = tuple(sorted({row[0] for row in cells}, key=lambda one: one.int))
    place = {partner: number for number, partner in enumerate(partners)}
    scores, signed = np.zeros((len(partners), days, len(COUNTS)), np.int64), np.zeros((len(partners), days), np.int64)
    for partner, day, trust, *counts in cells:
        own = place[partner], (day - since).days
        scores[own] += counts
        signed[own] += sum(counts) if trust == "partner" else 0

    def by_day(rows: Iterable[Any]) -> Counts:
        found = np.zeros((len(partners), days), np.int64)
        for partner, day, people in rows:
            if partner in place and since <= day <= until:
                found[place[partner], (day - since).days] = people
        return found

    first: dict[UUID, date] = {partner: day for partner, day in session.execute(_began(metric))}  # noqa: C416
    return Flow(
        metric=metric,
        partners=partners,
        first_day=since.toordinal(),
        scores=scores,
        signed=signed,
        fresh=by_day(session.execute(_fresh(metric, since))),
        unknown=by_day(session.execute(_unknown(metric, since))),
        began=np.array([first[one].toordinal() for one in partners], np.int64),
        rooms=_rooms(session, place, looked_since, until),
        prompts=tuple(_prompts(session, place, since, until)),
        moments=_moments(session, metric, place, looked_since, until),
    )


def _daily(metric: str, since: date, until: date) -> Any:
    cells = DailyTally
    return select(cells.partner_id, cells.day, cells.trust, *(getattr(cells, name) for name in COUNTS)).where(
        cells.audience == "end_user",
        cells.metric == metric,
        cells.trust.in_(VOUCHED),
        cells.day.between(since, until),
        or_(*(getattr(cells, name) > 0 for name in COUNTS)),
    )


def _began(metric: str) -> Any:
    cells = DailyTally
    somebody = or_(*(getattr(cells, name) > 0 for name in COUNTS))
    own = cells.audience == "end_user", cells.metric == metric, cells.trust.in_(VOUCHED), somebody
    return select(cells.partner_id, func.min(cells.day)).where(*own).group_by(cells.partner_id)


def _counting(metric: str) -> tuple[Any, ...]:
    return Voice.audience == "end_user", Voice.metric == metric, Voice.trust.in_(VOUCHED)


def _fresh(metric: str, since: date) -> Any:
    first = func.min(Voice.day)
    people = (
        select(Voice.partner_id, first.label("day"))
        .where(*_counting(metric))
        .group_by(Voice.partner_id, Voice.respondent_id)
        .having(first >= since)
        .subquery("people")
    )
    return select(people.c.partner_id, people.c.day, func.count()).group_by(people.c.partner_id, people.c.day)


def _unknown(metric: str, since: date) -> Any:
    stranger = ~known_by_the_vendor(Voice.partner_id, Voice.respondent_id)
    return (
        select(Voice.partner_id, Voice.day, func.count())
        .where(*_counting(metric), Voice.day >= since, stranger)
        .group_by(Voice.partner_id, Voice.day)
    )


def _rooms(session: Session, place: Mapping[UUID, int], since: date, until: date) -> dict[int, Room]:
    spans = licence_spans(contract_rows(session))
    rooms = {}
    for month in range(month_of(since), month_of(until) + 1):
        known = seats_on_file(session, month)
        ordinals = range(first_day(month).toordinal(), min(last_day(month), until).toordinal() + 1)
        licences = licences_by_day(spans, place, [date.fromordinal(one) for one in ordinals]).max(axis=1, initial=0)
        rooms[month] = Room(np.array([known.get(one, 0) for one in place], np.int64), licences)
    return rooms


def _prompts(session: Session, place: Mapping[UUID, int], since: date, until: date) -> list[Prompt]:
    buyers = select(Voice.partner_id, Voice.day).where(
        Voice.audience == "buyer", Voice.day.between(since, until), Voice.trust.in_(VOUCHED)
    )
    told = select(Promotion.partner_id, Promotion.day).where(Promotion.day.between(since, until))
    found = {
        Prompt(place[partner], day.toordinal(), what)
        for what, statement in (("buyer_answered", buyers), ("told", told))
        for partner, day in session.execute(statement)
        if partner in place
    }
    return sorted(found)


def _moments(
    session: Session, metric: str, place: Mapping[UUID, int], since: date, until: date
) -> dict[tuple[int, int], NDArray[np.float64]]:
    """When answers came: to a card when we took it, which nobody else says; else when it was given.

    What a backend sent without saying when it was given came when the backend ran; and where a file names the day or
    the minute alone, many seem to come at once.
    """
    begin = datetime.combine(since, time(), UTC)
    end = datetime.combine(until + timedelta(days=1), time(), UTC)
    by_card = Response.impression_id.is_not(None)
    moment = case((by_card, Response.received_at), else_=Response.answered_at)
    own = (
        Response.partner_id.in_(place),
        # So that the index by receipt serves; nothing is received before it is given.
        Response.received_at >= begin,
        Response.audience == "end_user",
        Response.metric == metric,
        Response.live.is_(True),
        Response.trust.in_(VOUCHED),
        Response.set_aside_id.is_(None),
        and_(moment >= begin, moment < end),
        or_(by_card, Response.answered_at != Response.received_at),
    )
    seconds: dict[tuple[int, int], list[float]] = defaultdict(list)
    for partner, card, received_at, answered_at in session.execute(
        select(Response.partner_id, by_card, Response.received_at, Response.answered_at).where(*own)
    ):
        at = received_at if card else answered_at
        if not card and not (at.second or at.microsecond):
            continue
        midnight = datetime.combine(at.date(), time(), UTC)
        seconds[place[partner], at.toordinal()].append((at - midnight).total_seconds())
    return {key: np.array(one) for key, one in seconds.items()}
