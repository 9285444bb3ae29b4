"""From voices to cells: which tables count them by what, and the SQL that adds or compares."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, case, func, literal, or_, select, union_all
from sqlalchemy.dialects import postgresql, sqlite

from feedback.tallies.models import COUNTS, SCORES, DailyTally, PartnerTally, Tally


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of tallies and the columns of a voice that are its key."""

    table: Table
    keys: tuple[str, ...]


def _cells(model: Any) -> Cells:
    table: Table = model.__table__
    return Cells(table, tuple(column.name for column in table.primary_key))


ALL_CELLS = (_cells(Tally), _cells(PartnerTally), _cells(DailyTally))


def signed(voices: FromClause, sign: int, keys: tuple[str, ...]) -> Select[Any]:
    """The voices' keys and score, each with `sign`: +1 to count it, -1 to take it back."""
    return select(*(voices.c[key] for key in keys), voices.c.score, literal(sign).label("sign"))


def counted(source: FromClause, keys: tuple[str, ...]) -> Select[Any]:
    """Signed voices summed per cell, one column per score; cells where nothing changes are left out."""
    sums = [func.sum(_if(source.c.score == score, source.c.sign)).label(f"h{score}") for score in SCORES]
    grouping = [source.c[key] for key in keys]
    return select(*grouping, *sums).group_by(*grouping).having(or_(*(total != 0 for total in sums)))


def add(cells: Cells, parts: list[Select[Any]], dialect: str) -> Any:
    """An upsert that adds the signed voices in `parts` to `cells`."""
    source = union_all(*parts).subquery("delta")
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(cells.table).from_select([*cells.keys, *COUNTS], counted(source, cells.keys))
    return statement.on_conflict_do_update(
        index_elements=list(cells.keys),
        set_={name: cells.table.c[name] + statement.excluded[name] for name in COUNTS},
    )


def difference(cells: Cells, voices: FromClause) -> Select[Any]:
    """Cells in which what stands differs from the count of `voices`: expected minus standing, per score."""
    keys = [voices.c[key] for key in cells.keys]
    expected = select(
        *keys, *(func.sum(_if(voices.c.score == score, literal(1))).label(f"h{score}") for score in SCORES)
    ).group_by(*keys)
    standing = select(
        *(cells.table.c[key] for key in cells.keys), *((-cells.table.c[name]).label(name) for name in COUNTS)
    )
    both = union_all(expected, standing).subquery("both_sides")
    sums = [func.sum(both.c[name]).label(name) for name in COUNTS]
    grouping = [both.c[key] for key in cells.keys]
    return select(*grouping, *sums).group_by(*grouping).having(or_(*(total != 0 for total in sums)))


def _if(condition: ColumnElement[bool], value: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((condition, value), else_=0)
