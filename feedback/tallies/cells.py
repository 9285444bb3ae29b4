"""From voices to cells: which tables count them by what, and the SQL that adds or compares."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, case, extract, func, or_, select, union_all
from sqlalchemy.dialects import postgresql, sqlite

from feedback.responses.seals import LAST_SEALED, sealed_voices
from feedback.tallies.models import (
    COUNTS,
    SCORES,
    AsideTally,
    DailyTally,
    PartnerTally,
    ReasonTally,
    SegmentTally,
    Tally,
)

COUNTED = (*COUNTS, "commented")
"""The columns of a cell that are counts."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of tallies, and the columns of a voice that are its key. A voice that lacks one of them is not in it."""

    table: Table
    keys: tuple[str, ...]


def _cells(model: Any) -> Cells:
    table: Table = model.__table__
    return Cells(table, tuple(column.name for column in table.primary_key))


FINEST, BY_PARTNER, BY_SEGMENT, BY_DAY, BY_REASON, BY_ASIDE = ALL_CELLS = (
    _cells(Tally),
    _cells(PartnerTally),
    _cells(SegmentTally),
    _cells(DailyTally),
    _cells(ReasonTally),
    _cells(AsideTally),
)


def add(cells: Cells, changes: Select[Any], dialect: str) -> Any:
    """An upsert that adds `changes`, as `counted` or `rolled_up` give them, to `cells`."""
    delta = changes.subquery("delta")
    # Cells in which nothing changes are left alone. SQLite also wants this WHERE: it would read the ON of the
    # conflict clause as the condition of a join.
    changed = select(delta).where(or_(*(delta.c[name] != 0 for name in COUNTED)))
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(cells.table).from_select([*cells.keys, *COUNTED], changed)
    return statement.on_conflict_do_update(
        index_elements=list(cells.keys),
        set_={name: cells.table.c[name] + statement.excluded[name] for name in COUNTED},
    )


def counted(cells: Cells, voices: FromClause, sign: ColumnElement[int] | int = 1) -> Select[Any]:
    """`voices` counted by cell, each `sign` times: 1 to count it, -1 to take it back."""
    keys = [voices.c[key] for key in cells.keys]
    sums = [func.sum(case((voices.c.score == score, sign), else_=0)).label(f"h{score}") for score in SCORES]
    commented = func.sum(case((voices.c.commented, sign), else_=0)).label("commented")
    present = [key.is_not(None) for key in keys if key.nullable]
    return select(*keys, *sums, commented).where(*present).group_by(*keys)


def rolled_up(cells: Cells, finer: FromClause) -> Select[Any]:
    """Cells from the sum of finer ones."""
    keys = [finer.c[key] for key in cells.keys]
    return select(*keys, *(func.sum(finer.c[name]).label(name) for name in COUNTED)).group_by(*keys)


def difference(cells: Cells, voices: FromClause) -> Select[Any]:
    """Cells in which what stands differs from the count of `voices`: expected minus standing, per count."""
    standing = select(
        *(cells.table.c[key] for key in cells.keys), *((-cells.table.c[name]).label(name) for name in COUNTED)
    )
    both = union_all(counted(cells, voices), standing).subquery("both_sides")
    sums = [func.sum(both.c[name]).label(name) for name in COUNTED]
    grouping = [both.c[key] for key in cells.keys]
    counted_anew = month_of(cells, both) >= since(cells, both)
    return select(*grouping, *sums).where(counted_anew).group_by(*grouping).having(or_(*(one != 0 for one in sums)))


def since(cells: Cells, rows: FromClause) -> ColumnElement[int]:
    """The first month that is counted anew: months before it are sealed. Of sums over all partners, of any of them."""
    by_partner = "partner_id" in cells.keys
    sealed: ColumnElement[int] = sealed_voices(rows.c.partner_id) if by_partner else LAST_SEALED.scalar_subquery()
    return sealed


def month_of(cells: Cells, rows: FromClause) -> ColumnElement[int]:
    """The month that each of `rows`, keyed as `cells` are, lies in."""
    if "month" in cells.keys:
        month: ColumnElement[int] = rows.c.month
        return month
    return extract("year", rows.c.day) * 12 + extract("month", rows.c.day) - 1
