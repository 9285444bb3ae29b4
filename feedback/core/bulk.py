"""Write many rows with one statement whose text does not depend on how many there are.

The rows go in as one value: arrays on a server, JSON on SQLite. What SQLAlchemy does for each row takes longer than the
database does; a driver of SQLite lets other threads in at each row, for which the writer then waits; and one of
PostgreSQL looks at each element of an array. A row is a sequence of the values of `names`, columns of the table.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    Dialect,
    Float,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
    cast,
    func,
    literal,
    select,
    true,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from feedback.core import writing
from feedback.core.rows import Ran, plain_run

Names = tuple[str, ...]
Rows = Sequence[Sequence[Any]]


def insert_many(session: Session, table: Table, names: Names, rows: Rows) -> None:
    """Insert `rows`."""
    if rows:
        run_all(session, insert_all(_dialect(session), table, names), table, names, rows)


def insert_new(session: Session, table: Table, names: Names, rows: Rows) -> set[int]:
    """Insert those whose primary key is not there; the places of those whose key is. No key twice in `rows`."""
    if not rows:
        return set()
    keys = [names.index(column.name) for column in table.primary_key]
    statement = _insert_new(_dialect(session), table, names)
    if _dialect(session) != "sqlite":
        ran = run_all(session, statement, table, names, rows)
        if ran.rowcount == len(rows):
            return set()
        inserted = set(ran.rows)
        return {place for place, row in enumerate(rows) if tuple(row[key] for key in keys) not in inserted}
    # Mostly all of them are new, and asking first would take as long as inserting.
    driver: Any = session.connection().connection
    driver.execute("SAVEPOINT insert_new")
    whole = run_all(session, statement, table, names, rows).rowcount == len(rows)
    if not whole:
        driver.execute("ROLLBACK TO insert_new")
    driver.execute("RELEASE insert_new")
    if whole:
        return set()
    key_columns = list(table.primary_key)
    stands = select(literal(1)).select_from(table)
    there = set()
    for place, row in enumerate(rows):
        own = (column == row[key] for column, key in zip(key_columns, keys, strict=True))
        if session.scalar(stands.where(*own)) is not None:
            there.add(place)
    insert_many(session, table, names, [row for place, row in enumerate(rows) if place not in there])
    return there


def update_many(session: Session, table: Table, names: Names, rows: Rows) -> None:
    """Set the columns of `names` that are not its primary key, by that key."""
    if rows:
        run_all(session, _update_all(_dialect(session), table, names), table, names, rows)


def run_all(session: Session, statement: UpdateBase, table: Table, names: Names, rows: Rows) -> Ran:
    """Run a statement of this module for all rows of `table` at once."""
    session.flush()
    columns = list(zip(*rows, strict=True))
    if _dialect(session) != "sqlite":
        arrays = (write(column) for write, column in zip(_array_writers(table, names), columns, strict=True))
        given = {f"new_{name}": array for name, array in zip(names, arrays, strict=True)}
        return plain_run(session, statement, given)
    written = [
        column if write is None else write(column)
        for write, column in zip(_json_writers(table, names), columns, strict=True)
    ]
    return plain_run(session, statement, {"rows": orjson.dumps(list(zip(*written, strict=True))).decode()})


def run_each(session: Session, statement: UpdateBase, names: Names, rows: Rows) -> int:
    """Run a statement on SQLite for each row, of whose columns it has the parameters `new_...`; how many it wrote."""
    session.flush()
    connection = session.connection()
    known = _compiled(statement, connection.dialect)
    given = dict(zip(names, zip(*rows, strict=True), strict=True))
    columns = []
    for name, make in zip(known.order, known.makers, strict=True):
        # What is no column of the rows is a constant of the statement.
        values = given[name] if name in given else [known.constants[name]] * len(rows)
        columns.append(values if make is None else _made(make, values))
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(known.sql, list(zip(*columns, strict=True)))
        return int(cursor.rowcount)
    except sqlite3.Error as error:
        raise DBAPIError.instance(known.sql, None, error, sqlite3.Error, hide_parameters=True) from error
    finally:
        cursor.close()


def _made(make: Callable[[Any], Any], values: Sequence[Any]) -> Sequence[Any]:
    return [None if value is None else make(value) for value in values]


@lru_cache(256)
def insert_all(dialect: str, table: Table, names: Names) -> Any:
    """For `run_all`."""
    incoming = _incoming(dialect, table, names)
    # `WHERE true`: without it SQLite takes ON CONFLICT for a part of a join.
    chosen = select(*(incoming[name] for name in names)).where(true())
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).from_select(list(names), chosen, include_defaults=False)


class _Compiled(NamedTuple):
    sql: str
    order: list[str]
    makers: list[Any]
    """What makes of a value what the driver takes; None: nothing has to."""
    constants: Mapping[str, Any]


@lru_cache(256)
def _compiled(statement: UpdateBase, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    order = list(compiled.positiontup or ())
    makers = [compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order]
    constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    return _Compiled(compiled.string, [name.removeprefix("new_") for name in order], makers, constants)


def _incoming(dialect: str, table: Table, names: Sequence[str]) -> Mapping[str, Any]:
    """The columns of the rows that go in."""
    if dialect == "sqlite":
        if exotic := [name for name in names if isinstance(table.c[name].type, LargeBinary | Float)]:
            raise TypeError(f"{', '.join(exotic)} of {table.name} would not survive JSON.")
        row = writing.elements("rows", "incoming").c.value
        return {
            name: type_coerce(func.json_extract(row, f"$[{place}]"), table.c[name].type)
            for place, name in enumerate(names)
        }
    arrays = (cast(bindparam(f"new_{name}", type_=Text()), ARRAY(_type(table, name))) for name in names)
    incoming = func.unnest(*arrays).table_valued(*names, name="incoming").render_derived()
    return {name: incoming.c[name] for name in names}


def _type(table: Table, name: str) -> TypeEngine[Any]:
    # A cast to VARCHAR(8) cuts what is longer; the column itself refuses it.
    kind = table.c[name].type
    return Text() if isinstance(kind, String) else kind


@lru_cache(256)
def _json_writers(table: Table, names: Names) -> list[writing.ForJson | None]:
    return [writing.for_json(table.c[name].type) for name in names]


@lru_cache(256)
def _array_writers(table: Table, names: Names) -> list[writing.ForArray]:
    return [writing.for_array(table.c[name].type) for name in names]


@lru_cache(256)
def _insert_new(dialect: str, table: Table, names: Names) -> UpdateBase:
    keys = [column.name for column in table.primary_key]
    statement: UpdateBase = insert_all(dialect, table, names).on_conflict_do_nothing(index_elements=keys)
    return statement if dialect == "sqlite" else statement.returning(*(table.c[name] for name in keys))


@lru_cache(256)
def _update_all(dialect: str, table: Table, names: Names) -> UpdateBase:
    incoming = _incoming(dialect, table, names)
    keys = [column.name for column in table.primary_key]
    changed = {name: incoming[name] for name in names if name not in keys}
    return update(table).values(changed).where(*(table.c[name] == incoming[name] for name in keys))


def _dialect(session: Session) -> str:
    return str(session.get_bind().dialect.name)
