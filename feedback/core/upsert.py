"""Insert or update many rows with one prepared statement, on both databases."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table
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
) -> None:
    """Insert `rows`; where the primary key is there, set the columns in `change` (None: the incoming value).

    Columns that `change` does not name stay. All rows must have the same columns, and no key twice.
    """
    if not rows:
        return
    table: Table = model.__table__
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = make(table)
    keys = [column.name for column in table.primary_key]
    if change:
        values = {
            name: statement.excluded[name] if how is None else how(table.c[name], statement.excluded[name])
            for name, how in change.items()
        }
        statement = statement.on_conflict_do_update(index_elements=keys, set_=values)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    session.execute(statement, [dict(row) for row in rows])
