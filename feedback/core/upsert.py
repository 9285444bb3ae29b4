"""Insert or update many rows with one prepared statement, on both databases."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback.core import bulk
from feedback.core.cached import note_changed

Change = Callable[[Any, Any], ColumnElement[Any]]
"""From the standing column and the incoming one to the new value. A function with a name: statements are kept by it."""


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
    note_changed(session, model)
    dialect = session.get_bind().dialect.name
    names = tuple(rows[0])
    values = [tuple([row[name] for name in names]) for row in rows]
    statement = _statement(dialect, model.__table__, names, tuple(change.items()), leave_same)
    if dialect == "sqlite":
        return bulk.run_each(session, statement, names, values)
    return bulk.run_all(session, statement, model.__table__, names, values).rowcount


@lru_cache(256)
def _statement(
    dialect: str, table: Table, names: tuple[str, ...], change: tuple[tuple[str, Change | None], ...], leave_same: bool
) -> Any:
    statement: sqlite.Insert | postgresql.Insert
    if dialect == "sqlite":
        statement = sqlite.insert(table).values({name: bindparam(f"new_{name}") for name in names})
    else:
        statement = bulk.insert_all(dialect, table, names)
    keys = [column.name for column in table.primary_key]
    if not change:
        return statement.on_conflict_do_nothing(index_elements=keys)
    values = {
        name: statement.excluded[name] if how is None else how(table.c[name], statement.excluded[name])
        for name, how in change
    }
    differs = or_(*(table.c[name].is_distinct_from(value) for name, value in values.items()))
    return statement.on_conflict_do_update(index_elements=keys, set_=values, where=differs if leave_same else None)
