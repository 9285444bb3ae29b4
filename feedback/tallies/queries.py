"""Read what the cube does not keep: people and seats by segment, cohorts, buyers one by one, how fresh it all is.

People in the months a..b are the voices whose month lies in it and whose respondent has no later voice up to b: each
respondent once, at the latest answer. `trust` is the set of who must vouch for a voice; one with `partner` and
without `vendor` raises ValueError.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, Table, Uuid, and_, bindparam, func, literal_column, or_, select
from sqlalchemy.orm import Session

from feedback.core.rows import plain_rows
from feedback.surveys.models import AUDIENCES
from feedback.tallies.counts import SEAT_COUNTS, TRUSTS
from feedback.tallies.desired import VOICES
from feedback.tallies.generations import counted
from feedback.tallies.models import COUNTS, CohortSeats, DailyTally, SegmentSeats, SegmentTally, Tally
from feedback.tallies.remembered import remembered

People = NDArray[np.int64]
"""People by audience and score: (audiences, scores 0 to 10)."""

SeatNumbers = NDArray[np.int64]
"""Counts of seats as in `cube.SEAT_COUNTS`."""

_TALLIES: Table = Tally.__table__  # type: ignore[assignment]
_SEGMENTS: Table = SegmentTally.__table__  # type: ignore[assignment]


class BuyerVoice(NamedTuple):
    """What one buyer said last. `day` is that of the answer, `reason` one of REASONS."""

    respondent_id: UUID
    day: date
    score: int
    trust: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Folded:
    """How many folds changed the tallies so far, and when the last one did (None: never)."""

    generation: int
    folded_at: datetime | None


def people_by_segment(
    session: Session,
    metric: str,
    first_month: int,
    last_month: int,
    *,
    trust: Collection[str],
    partner_id: UUID | None = None,
    without: Collection[UUID] = (),
) -> dict[int, People]:
    """People by segment id, of one partner or of all but those in `without`; 0 is the empty segment."""
    window = _window(metric, first_month, last_month, trust)
    if partner_id is not None:
        return _everybody(_by_segment(session, _TALLIES, window, [partner_id]))

    def of_all() -> dict[int, People]:
        found = _by_segment(session, _SEGMENTS, window)
        for segment, gone in (_by_segment(session, _TALLIES, window, without) if without else {}).items():
            found[segment] -= gone
        return _everybody(found)

    return remembered(session, ("people", *window, tuple(without)), of_all)


def buyers_last(
    session: Session, metric: str, first_month: int, last_month: int, *, trust: Collection[str], partner_id: UUID
) -> list[BuyerVoice]:
    """Each buyer's latest voice of the months at one partner."""
    window = _window(metric, first_month, last_month, trust)
    found = plain_rows(session, _of_buyers(window.trust), {**window.values, "partner_id": partner_id})
    return list(map(BuyerVoice._make, found))


def people_by_version(
    session: Session,
    metric: str,
    versions: Collection[UUID],
    first_month: int,
    last_month: int,
    *,
    trust: Collection[str],
) -> NDArray[np.int64]:
    """People by score whose latest voice of the months answers one of these survey versions. Shape: scores 0 to 10."""
    window = _window(metric, first_month, last_month, trust)
    cells = Tally.__table__.c
    statement = select(*(func.coalesce(func.sum(cells[name]), 0) for name in COUNTS)).where(
        _latest(_TALLIES, window.trust), cells.survey_version_id.in_(versions)
    )
    return np.array(session.execute(statement, window.values).one(), np.int64)


def people_of_versions(
    session: Session, metric: str, first_month: int, last_month: int, *, trust: Collection[str]
) -> dict[UUID, NDArray[np.int64]]:
    """As `people_by_version`, of each version that somebody's latest voice answers, by its id."""
    window = _window(metric, first_month, last_month, trust)
    cells = Tally.__table__.c
    sums = (func.sum(cells[name]) for name in COUNTS)
    statement = select(cells.survey_version_id, *sums).where(_latest(_TALLIES, window.trust))
    found = session.execute(statement.group_by(cells.survey_version_id), window.values)
    return {version: np.array(counts, np.int64) for version, *counts in found}


def reasons_by_version(
    session: Session,
    metric: str,
    versions: Collection[UUID],
    first_month: int,
    last_month: int,
    *,
    trust: Collection[str],
) -> dict[str, int]:
    """The same people by the reason that they chose, those without left out."""
    window = _window(metric, first_month, last_month, trust)
    statement = (
        select(VOICES.c.reason, func.count())
        .where(_latest(VOICES, window.trust), VOICES.c.survey_version_id.in_(versions), VOICES.c.reason.is_not(None))
        .group_by(VOICES.c.reason)
    )
    return {reason: count for reason, count in session.execute(statement, window.values)}  # noqa: C416


def seats_by_segment(
    session: Session, month: int, *, partner_id: UUID | None = None, without: Collection[UUID] = ()
) -> dict[int, SeatNumbers]:
    """Seats at the end of the month by segment id, those of the partners in `without` left out."""
    return _seats_by(session, "segment_id", month, partner_id, without)


def cohorts(
    session: Session, month: int, *, partner_id: UUID | None = None, without: Collection[UUID] = ()
) -> dict[int, SeatNumbers]:
    """Seats at the end of the month by the month in which they were deployed; partners in `without` left out."""
    return _seats_by(session, "cohort_month", month, partner_id, without)


def folded(session: Session) -> Folded:
    """How fresh the tallies are."""
    state = counted(session)
    return Folded(0, None) if state is None else Folded(state.generation, state.folded_at)


class _Window(NamedTuple):
    """Whose voices of which months; `trust` in order."""

    metric: str
    first_month: int
    last_month: int
    trust: tuple[str, ...]

    @property
    def values(self) -> dict[str, Any]:
        """What `_latest` has parameters for."""
        return {"metric": self.metric, "first_month": self.first_month, "last_month": self.last_month}


def _window(metric: str, first_month: int, last_month: int, trust: Collection[str]) -> _Window:
    """Cells know the next voice of any trust and the next that the vendor vouches for: with `partner` and without
    `vendor` nobody could be counted exactly. Who is vouched for by nobody has one voice only.
    """
    if "partner" in trust and "vendor" not in trust:
        raise ValueError("voices that partners vouch for are counted together with the vendor's only")
    if unknown := set(trust) - set(TRUSTS):
        raise ValueError(f"nobody vouches as {', '.join(sorted(unknown))}")
    return _Window(metric, first_month, last_month, tuple(sorted(trust)))


def _latest(cells: Table, trust: tuple[str, ...]) -> ColumnElement[bool]:
    """The voices of a window that no later one of the same respondent within it replaces."""
    following = cells.c.next_month if "partner" in trust else cells.c.next_vendor_month
    return and_(
        cells.c.metric == bindparam("metric"),
        cells.c.month.between(bindparam("first_month"), bindparam("last_month")),
        following > bindparam("last_month"),
        or_(*(cells.c.trust == literal_column(f"'{one}'") for one in trust)),
    )


def _by_segment(
    session: Session, cells: Table, window: _Window, partners: Collection[UUID] | None = None
) -> dict[int, People]:
    statement = _counted_by_segment(cells, window.trust, len(partners or ()))
    found: dict[int, People] = {}
    own = {f"partner_{number}": partner for number, partner in enumerate(partners or ())}
    for segment, audience, *counts in plain_rows(session, statement, window.values | own):
        sides = found.setdefault(segment, np.zeros((len(AUDIENCES), len(COUNTS)), np.int64))
        sides[AUDIENCES.index(audience)] = counts
    return found


def _everybody(found: dict[int, People]) -> dict[int, People]:
    """Without the cells that were emptied: they stay as rows of zeros."""
    return {segment: people for segment, people in found.items() if people.any()}


@lru_cache
def _counted_by_segment(cells: Table, trust: tuple[str, ...], partners: int) -> Select[Any]:
    keys = cells.c.segment_id, cells.c.audience
    statement = select(*keys, *(func.sum(cells.c[name]) for name in COUNTS)).group_by(*keys)
    statement = statement.where(_latest(cells, trust))
    if cells is _SEGMENTS:
        return statement
    # The audience is named, though it is any, because it stands before the metric in the primary key.
    chosen = cells.c.partner_id.in_([bindparam(f"partner_{number}", type_=Uuid()) for number in range(partners)])
    return statement.where(chosen, or_(*(cells.c.audience == literal_column(f"'{one}'") for one in AUDIENCES)))


@lru_cache
def _of_buyers(trust: tuple[str, ...]) -> Select[Any]:
    voices = VOICES
    # Said as it stands in the index of buyers: with a parameter no planner could know that the index has them all.
    buyers = voices.c.audience == literal_column("'buyer'"), voices.c.partner_id == bindparam("partner_id")
    columns = (voices.c[name] for name in BuyerVoice._fields)
    return select(*columns).where(*buyers, _latest(voices, trust))


def _seats_by(
    session: Session, key: str, month: int, partner_id: UUID | None, without: Collection[UUID]
) -> dict[int, SeatNumbers]:
    statements = _SEATS_BY[key]

    def ask(statement: Select[Any], values: Mapping[str, Any]) -> dict[int, SeatNumbers]:
        found = plain_rows(session, statement, {"month": month, **values})
        return {row[0]: np.array(row[1:], np.int64) for row in found}

    if partner_id is not None:
        return ask(statements.of_one, {"partner_id": partner_id})
    values = {"without": list(without)}
    return remembered(session, (key, month, tuple(without)), lambda: ask(statements.of_all_but, values))


class _SeatsBy(NamedTuple):
    of_one: Select[Any]
    of_all_but: Select[Any]


def _counted_seats(model: Any, key: str) -> _SeatsBy:
    seats: Table = model.__table__
    sums = (func.sum(seats.c[name]) for name in SEAT_COUNTS)
    statement = select(seats.c[key], *sums).where(seats.c.month == bindparam("month"))
    statement = statement.group_by(seats.c[key]).order_by(seats.c[key])
    return _SeatsBy(
        statement.where(seats.c.partner_id == bindparam("partner_id")),
        statement.where(seats.c.partner_id.not_in(bindparam("without", expanding=True))),
    )


_SEATS_BY = {
    "segment_id": _counted_seats(SegmentSeats, "segment_id"),
    "cohort_month": _counted_seats(CohortSeats, "cohort_month"),
}


def first_answered_on(session: Session, partner_id: UUID, audience: str) -> date | None:
    """The day of the earliest answer that counts of this side of a partner; None before the first."""
    # What was erased leaves its cell behind, empty.
    somebody = or_(*(getattr(DailyTally, name) > 0 for name in COUNTS))
    cells = DailyTally.partner_id == partner_id, DailyTally.audience == audience, somebody
    return session.scalar(select(func.min(DailyTally.day)).where(*cells))
