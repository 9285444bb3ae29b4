"""Insert or update many rows with one prepared statement, on both databases."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

Change = Callable[[Any, Any], ColumnElement[Any]]
"""From the standing column and the incoming one to the new value."""


def upsert(
    session: Session,
    model: Any,
    rows: Sequence[Mapping[str, Any]],
    *,
    change: Mapping[str, Change | None],
    leave_same: bool = False,
) -> int:
    """Insert `rows`; where the primary key is there, set the columns in `change` (None: the incoming value).

    Columns that `change` does not name stay. All rows must have the same columns, and no key twice. `leave_same`: a row
    that would be as it is is not written. Returns how many were written.
    """
    if not rows:
        return 0
    table: Table = model.__table__
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = make(table)
    keys = [column.name for column in table.primary_key]
    if change:
        values = {
            name: statement.excluded[name] if how is None else how(table.c[name], statement.excluded[name])
            for name, how in change.items()
        }
        differs = or_(*(table.c[name].is_distinct_from(value) for name, value in values.items()))
        statement = statement.on_conflict_do_update(
            index_elements=keys, set_=values, where=differs if leave_same else None
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    done = session.execute(statement, [dict(row) for row in rows], execution_options={"preserve_rowcount": True})
    return int(done.rowcount)  # type: ignore[attr-defined]
