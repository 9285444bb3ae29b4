"""Write many rows with one statement whose text does not depend on how many there are."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Executable, String, Table, Text, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine


def insert_many(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, which all have the same columns."""
    if not rows:
        return
    if session.get_bind().dialect.name == "sqlite":
        session.execute(insert(table), rows)
    else:
        session.execute(_insert(table, tuple(rows[0]), new_only=False), _columns(rows))


def insert_new(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> set[tuple[Any, ...]]:
    """Insert those whose primary key nobody else inserts at the same moment; the keys of those that were inserted.

    On SQLite, where nobody else writes, the caller has left out those that stand.
    """
    keys = [column.name for column in table.primary_key]
    if not rows or session.get_bind().dialect.name == "sqlite":
        insert_many(session, table, rows)
        return {tuple(row[name] for name in keys) for row in rows}
    found = session.execute(_insert(table, tuple(rows[0]), new_only=True), _columns(rows))
    return {tuple(row) for row in found}


def update_many(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set the columns of `rows` that are not its primary key, by that key. All rows have the same columns."""
    if not rows:
        return
    names = tuple(rows[0])
    if session.get_bind().dialect.name == "sqlite":
        given = [{f"new_{name}": value for name, value in row.items()} for row in rows]
        session.connection().execute(_update_one(table, names), given)
    else:
        session.execute(_update(table, names), _columns(rows))


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {f"new_{name}": [row[name] for row in rows] for name in rows[0]}


def _unnested(table: Table, names: Sequence[str]) -> Any:
    arrays = (bindparam(f"new_{name}", type_=ARRAY(_type(table.c[name]))) for name in names)
    return func.unnest(*arrays).table_valued(*names, name="incoming").render_derived()


def _type(column: Column[Any]) -> TypeEngine[Any]:
    # A cast to VARCHAR(8) cuts what is longer; the column itself refuses it.
    return Text() if isinstance(column.type, String) else column.type


@cache
def _insert(table: Table, names: tuple[str, ...], *, new_only: bool) -> Executable:
    incoming = _unnested(table, names)
    statement = postgresql.insert(table).from_select(list(names), select(*(incoming.c[name] for name in names)))
    if not new_only:
        return statement
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_nothing(index_elements=keys).returning(*(table.c[name] for name in keys))


@cache
def _update(table: Table, names: tuple[str, ...]) -> Executable:
    incoming = _unnested(table, names)
    keys = [column.name for column in table.primary_key]
    changed = {name: incoming.c[name] for name in names if name not in keys}
    return update(table).values(changed).where(*(table.c[name] == incoming.c[name] for name in keys))


@cache
def _update_one(table: Table, names: tuple[str, ...]) -> Executable:
    keys = [column.name for column in table.primary_key]
    changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names if name not in keys}
    return update(table).values(changed).where(*(table.c[name] == bindparam(f"new_{name}") for name in keys))
