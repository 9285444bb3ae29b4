"""Read what the cube does not keep: people and seats by segment, cohorts, buyers one by one, how fresh it all is.

People in the months a..b are the voices whose month lies in it and whose respondent has no later voice up to b: each
respondent once, at the latest answer. `trust` is the set of who must vouch for a voice; one with `partner` and
without `vendor` raises ValueError.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, Table, and_, func, literal_column, select
from sqlalchemy.orm import Session

from feedback.surveys.models import AUDIENCES
from feedback.tallies.counts import SEAT_COUNTS
from feedback.tallies.desired import VOICES
from feedback.tallies.models import COUNTS, CohortSeats, SegmentSeats, SegmentTally, Tally, TallyState

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
    months = first_month, last_month
    if partner_id is not None:
        found = _people_by_segment(session, _TALLIES, metric, months, trust, [partner_id])
    else:
        found = _people_by_segment(session, _SEGMENTS, metric, months, trust)
        left_out = _people_by_segment(session, _TALLIES, metric, months, trust, without) if without else {}
        for segment, gone in left_out.items():
            found[segment] -= gone
    # A cell that was emptied stays as a row of zeros; it is nobody.
    return {segment: people for segment, people in found.items() if people.any()}


def buyers_last(
    session: Session, metric: str, first_month: int, last_month: int, *, trust: Collection[str], partner_id: UUID
) -> list[BuyerVoice]:
    """Each buyer's latest voice of the months at one partner."""
    voices = VOICES
    columns = (voices.c[name] for name in BuyerVoice._fields)
    # Said as it stands in the index of buyers: with a parameter no planner could know that the index has them all.
    buyers = voices.c.audience == literal_column("'buyer'")
    where = (voices.c.partner_id == partner_id, buyers, voices.c.metric == metric, voices.c.trust.in_(sorted(trust)))
    statement = select(*columns).where(*where, _latest(voices, first_month, last_month, trust))
    return [BuyerVoice(*row) for row in session.execute(statement)]


def seats_by_segment(
    session: Session, month: int, *, partner_id: UUID | None = None, without: Collection[UUID] = ()
) -> dict[int, SeatNumbers]:
    """Seats at the end of the month by segment id, those of the partners in `without` left out."""
    return _seats_by(session, SegmentSeats, "segment_id", month, partner_id, without)


def cohorts(
    session: Session, month: int, *, partner_id: UUID | None = None, without: Collection[UUID] = ()
) -> dict[int, SeatNumbers]:
    """Seats at the end of the month by the month in which they were deployed; partners in `without` left out."""
    return _seats_by(session, CohortSeats, "cohort_month", month, partner_id, without)


def _seats_by(
    session: Session, model: Any, key: str, month: int, partner_id: UUID | None, without: Collection[UUID]
) -> dict[int, SeatNumbers]:
    rows: Table = model.__table__
    statement = _summed(rows, SEAT_COUNTS, key).where(rows.c.month == month, rows.c.partner_id.not_in(without))
    if partner_id is not None:
        statement = statement.where(rows.c.partner_id == partner_id)
    found = session.execute(statement.order_by(rows.c[key]))
    return {row[0]: np.array(row[1:], np.int64) for row in found}


def folded(session: Session) -> Folded:
    """How fresh the tallies are."""
    state = session.get(TallyState, 1)
    return Folded(0, None) if state is None else Folded(state.generation, state.folded_at)


def _people_by_segment(
    session: Session,
    cells: Table,
    metric: str,
    months: tuple[int, int],
    trust: Collection[str],
    partners: Collection[UUID] | None = None,
) -> dict[int, People]:
    where = [_latest(cells, *months, trust), cells.c.metric == metric, cells.c.trust.in_(sorted(trust))]
    if partners is not None:
        # The audience is named, though it is any, because it stands before the metric in the primary key.
        where += [cells.c.partner_id.in_(partners), cells.c.audience.in_(AUDIENCES)]
    rows = session.execute(_summed(cells, COUNTS, "segment_id", "audience").where(*where))
    found: dict[int, People] = {}
    for segment, audience, *counts in rows:
        sides = found.setdefault(segment, np.zeros((len(AUDIENCES), len(COUNTS)), np.int64))
        sides[AUDIENCES.index(audience)] = counts
    return found


@cache
def _summed(rows: Table, counts: tuple[str, ...], *keys: str) -> Select[Any]:
    """Counts added up by keys. Made once: putting so many columns together takes longer than finding the rows."""
    grouping = [rows.c[key] for key in keys]
    return select(*grouping, *(func.sum(rows.c[name]) for name in counts)).group_by(*grouping)


def _latest(cells: Table, first_month: int, last_month: int, trust: Collection[str]) -> ColumnElement[bool]:
    """The voices of the window that no later one of the same respondent within it replaces.

    Cells know the next voice of any trust and the next that the vendor vouches for: with `partner` and without
    `vendor` nobody could be counted exactly. Who is vouched for by nobody has one voice only.
    """
    if "partner" in trust and "vendor" not in trust:
        raise ValueError("voices that partners vouch for are counted together with the vendor's only")
    following = cells.c.next_month if "partner" in trust else cells.c.next_vendor_month
    return and_(cells.c.month.between(first_month, last_month), following > last_month)
