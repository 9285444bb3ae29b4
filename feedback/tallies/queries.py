"""Read tallies: people and voices as histograms of eleven counts. Set-based, from the tables of this room alone.

People in the months a..b are the voices whose month lies in it and whose respondent has no later voice up to b: each
respondent once, at the latest answer. `trust` is the set of who must vouch for a voice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, func, select
from sqlalchemy.orm import Session

from feedback.surveys.models import AUDIENCES
from feedback.tallies.models import COUNTS, PartnerTally, Tally, TallyState

Histogram = tuple[int, ...]
"""Eleven counts: how many gave each score, 0 first."""

_TALLIES: Table = Tally.__table__  # type: ignore[assignment]
_PARTNER_TALLIES: Table = PartnerTally.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class PartnerPeople:
    """People of one audience at one partner."""

    partner_id: UUID
    audience: str
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class MonthVoices:
    """Voices of one audience at one partner in one month."""

    partner_id: UUID
    audience: str
    month: int
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class SegmentPeople:
    """People of one audience in one segment, over all partners asked for; 0 is the empty segment."""

    segment_id: int
    audience: str
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class TrustPeople:
    """People of one audience at one partner, by who vouches for their latest voice."""

    partner_id: UUID
    audience: str
    trust: str
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class Folded:
    """How many folds changed the tallies so far, and when the last one did (None: never)."""

    generation: int
    folded_at: datetime | None


def people_by_partner(
    session: Session,
    metric: str,
    first_month: int,
    last_month: int,
    *,
    trust: Collection[str],
    partner_id: UUID | None = None,
) -> list[PartnerPeople]:
    """People per partner and audience. Raises ValueError for a `trust` with `partner` but without `vendor`."""
    cells = _PARTNER_TALLIES
    keys = [cells.c.partner_id, cells.c.audience]
    where = (_of(cells, metric, partner_id), cells.c.trust.in_(sorted(trust)))
    statement = _counts(cells, keys).where(*where, _latest(cells, first_month, last_month, trust))
    return [PartnerPeople(row[0], row[1], tuple(row[2:])) for row in session.execute(statement)]


def voices_by_month(
    session: Session,
    metric: str,
    first_month: int,
    last_month: int,
    *,
    trust: Collection[str],
    partner_id: UUID | None = None,
) -> list[MonthVoices]:
    """Voices per partner, audience and month: who answered in three months counts once in each of them."""
    cells = _PARTNER_TALLIES
    keys = [cells.c.partner_id, cells.c.audience, cells.c.month]
    where = (_of(cells, metric, partner_id), cells.c.trust.in_(sorted(trust)))
    statement = _counts(cells, keys).where(*where, cells.c.month.between(first_month, last_month))
    return [MonthVoices(row[0], row[1], row[2], tuple(row[3:])) for row in session.execute(statement)]


def people_by_segment(
    session: Session,
    metric: str,
    first_month: int,
    last_month: int,
    *,
    trust: Collection[str],
    partner_id: UUID | None = None,
    without: Collection[UUID] = (),
) -> list[SegmentPeople]:
    """People per segment and audience, those of the partners in `without` left out. Raises as `people_by_partner`."""
    cells = _TALLIES
    keys = [cells.c.segment_id, cells.c.audience]
    where = (_of(cells, metric, partner_id), cells.c.trust.in_(sorted(trust)), cells.c.partner_id.not_in(without))
    statement = _counts(cells, keys).where(*where, _latest(cells, first_month, last_month, trust))
    return [SegmentPeople(row[0], row[1], tuple(row[2:])) for row in session.execute(statement)]


def people_by_trust(
    session: Session, metric: str, first_month: int, last_month: int, *, partner_id: UUID | None = None
) -> list[TrustPeople]:
    """People of every trust class per partner and audience; each once, where their latest voice is."""
    cells = _PARTNER_TALLIES
    keys = [cells.c.partner_id, cells.c.audience, cells.c.trust]
    everybody = _latest(cells, first_month, last_month, {"vendor", "partner", "none"})
    statement = _counts(cells, keys).where(_of(cells, metric, partner_id), everybody)
    return [TrustPeople(row[0], row[1], row[2], tuple(row[3:])) for row in session.execute(statement)]


def folded(session: Session) -> Folded:
    """How fresh the tallies are."""
    state = session.get(TallyState, 1)
    return Folded(0, None) if state is None else Folded(state.generation, state.folded_at)


def _counts(cells: Table, keys: list[Any]) -> Select[Any]:
    sums = (func.sum(cells.c[name]).label(name) for name in COUNTS)
    return select(*keys, *sums).group_by(*keys).order_by(*keys).having(_anybody(cells))


def _anybody(cells: Table) -> ColumnElement[bool]:
    """A cell that was emptied stays as a row of zeros; it is nobody."""
    everybody: ColumnElement[Any] = sum((cells.c[name] for name in COUNTS[1:]), start=cells.c[COUNTS[0]])
    return func.sum(everybody) > 0


def _of(cells: Table, metric: str, partner_id: UUID | None) -> ColumnElement[bool]:
    # The audience is named, though it is any, because it stands before the metric in the primary key.
    chosen = and_(cells.c.audience.in_(AUDIENCES), cells.c.metric == metric)
    return chosen if partner_id is None else and_(cells.c.partner_id == partner_id, chosen)


def _latest(cells: Table, first_month: int, last_month: int, trust: Collection[str]) -> ColumnElement[bool]:
    """The voices of the window that no later one of the same respondent within it replaces.

    Cells know the next voice of any trust and the next that the vendor vouches for: with `partner` and without
    `vendor` nobody could be counted exactly. Who is vouched for by nobody has one voice only.
    """
    if "partner" in trust and "vendor" not in trust:
        raise ValueError("voices that partners vouch for are counted together with the vendor's only")
    following = cells.c.next_month if "partner" in trust else cells.c.next_vendor_month
    return and_(cells.c.month.between(first_month, last_month), following > last_month)
