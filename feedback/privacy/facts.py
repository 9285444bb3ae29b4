"""What the release rule is applied to: counts of one partner's people, and who they are where two releases meet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, Table, bindparam, select
from sqlalchemy.orm import Session

from feedback.core.rows import plain_rows
from feedback.privacy.rule import Answers, Seats
from feedback.responses.models import Voice
from feedback.seats.queries import segments_by_id
from feedback.settings import Settings
from feedback.tallies import queries as tallies
from feedback.tallies.cube import SEAT, Cube, cube

METRIC = "nps"
_END_USER = 0
_DETRACTORS, _PASSIVES = slice(0, 7), slice(7, 9)


@dataclass(frozen=True, slots=True)
class Months:
    """Whole months, both ends included."""

    first: int
    last: int


class _Spoke(NamedTuple):
    """Somebody's voice of a month."""

    person: UUID
    month: int
    trust: str
    segment: int


def enough(session: Session, settings: Settings, months: Mapping[UUID, Months], fewest: int) -> list[UUID]:
    """The partners of whom at least `fewest` people answered in their months, and have so many seats."""
    whole = cube(session)
    chosen = []
    for window in sorted(set(months.values()), key=lambda one: (one.first, one.last)):
        people = whole.people(METRIC, window.first, window.last, settings.headline_trust)[:, _END_USER].sum(axis=1)
        deployed = whole.seats(window.last)[:, SEAT["deployed"]]
        own = [partner for partner, other in months.items() if other == window and partner in whole.place]
        chosen += [one for one in own if min(people[whole.place[one]], deployed[whole.place[one]]) >= fewest]
    return sorted(chosen)


def seats(session: Session, partner_id: UUID, months: Months) -> Seats:
    """Seats at the end of the months, and those who were shown a survey within."""
    own: Cube = cube(session).only(partner_id)
    counts = own.seats(months.last)[0]
    reached = int(own.reached("shown", months.first, months.last)[0])
    return Seats(int(counts[SEAT["deployed"]]), int(counts[SEAT["activated"]]), reached)


def deployed(session: Session, partner_id: UUID, month: int) -> int:
    """Seats at the end of a month, or so far, as they are counted; 0 before anybody counted."""
    found = tallies.seats_by_segment(session, month, partner_id=partner_id)
    return sum(int(counts[SEAT["deployed"]]) for counts in found.values())


def answers(
    session: Session, settings: Settings, partner_id: UUID, months: Months, attribute: str | None
) -> dict[str, Answers]:
    """End users of the months, each once, by value of the attribute; "" where it is not known, or none is asked for."""
    found = tallies.people_by_segment(
        session, METRIC, months.first, months.last, trust=settings.headline_trust, partner_id=partner_id
    )
    vectors = segments_by_id(session, found)
    by_value: dict[str, Answers] = {}
    for segment, sides in found.items():
        scores = sides[_END_USER]
        low, middle = int(scores[_DETRACTORS].sum()), int(scores[_PASSIVES].sum())
        said = Answers(low, middle, int(scores.sum()) - low - middle)
        value = vectors[segment].get(attribute, "") if attribute else ""
        by_value[value] = by_value.get(value, Answers()) + said
    return by_value


class Audience:
    """Who answered at one partner since a month: to tell how far two groups of people are the same."""

    def __init__(self, session: Session, settings: Settings, partner_id: UUID, since: int) -> None:
        self._session = session
        self._trust = settings.headline_trust
        rows = plain_rows(session, _SPOKE, {"partner_id": partner_id, "since": since, "metric": METRIC})
        self._spoke = [one for one in map(_Spoke._make, rows) if one.trust in self._trust]

    def groups(self, months: Months, attribute: str | None, values: Collection[str]) -> list[frozenset[UUID]]:
        """Everybody of the months, or those with each of the values."""
        latest = {
            one.person: one.segment
            for one in sorted(self._spoke, key=lambda one: one.month)
            if months.first <= one.month <= months.last
        }
        if attribute is None:
            return [frozenset(latest)]
        vectors = segments_by_id(self._session, set(latest.values()))
        return [
            frozenset(person for person, segment in latest.items() if vectors[segment].get(attribute) == value)
            for value in values
        ]


def _spoke() -> Select[Any]:
    voices: Table = Voice.__table__  # type: ignore[assignment]
    columns = (voices.c[name] for name in ("respondent_id", "month", "trust", "segment_id"))
    own = voices.c.partner_id == bindparam("partner_id"), voices.c.audience == "end_user"
    return select(*columns).where(*own, voices.c.metric == bindparam("metric"), voices.c.month >= bindparam("since"))


_SPOKE = _spoke()
