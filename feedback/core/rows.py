"""Read many rows quickly: SQLAlchemy takes longer to make its own than SQLite to find them."""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from sqlalchemy import JSON, Boolean, ColumnElement, Connection, CursorResult, Date, Dialect, Select, Uuid, bindparam
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from feedback.core.db import UtcDateTime
from feedback.core.foresight import Row, foreseen
from feedback.core.same import MANY

_uuid = lru_cache(2**14)(UUID)
"""The ids of partners come again and again, and making one costs as much as the rest of its row."""
_MOST = 32
"""Questions of which the latest answer is kept, if that has many rows."""
_latest: OrderedDict[tuple[str, str], tuple[list[Row], list[Row]]] = OrderedDict()
"""What the driver gave, and what was made of it."""
_lock = Lock()


def plain_rows(session: Session, statement: Select[Any], values: Mapping[str, Any] | None = None) -> list[Row]:
    """The rows of `statement` as plain tuples, with the values that SQLAlchemy gives.

    Make the statement of tables, once, and give what differs as bound parameters: making it anew takes as long as
    running it. Columns are numbers, texts, booleans, ids, days, moments and JSON. While the database says the same,
    many rows are the same list: nobody may change it.
    """
    connection = session.connection()
    dialect = connection.dialect
    question = _question(statement, dialect)
    if question is None:
        return _of_sqlite(statement, dialect, _fetched(connection.execute(statement, values)))
    given = question.given(values or {})
    if dialect.name != "sqlite" and (foretold := foreseen(session, question.sql, given)) is not None:
        return foretold
    found = _asked(connection, question.sql, given)
    if len(found) < MANY:
        return _of_sqlite(statement, dialect, found)
    key = question.sql, repr(given)
    known, kept = _latest.get(key, (None, found))
    if known != found:
        kept = _of_sqlite(statement, dialect, found)
        with _lock:
            _latest[key] = found, kept
            _latest.move_to_end(key)
            while len(_latest) > _MOST:
                _latest.popitem(last=False)
    return kept


class Ran(NamedTuple):
    """What came of a statement that writes."""

    rowcount: int
    rows: list[Row]
    """What it returns."""


def plain_run(session: Session, statement: UpdateBase, values: Mapping[str, Any]) -> Ran:
    """Run a statement that writes, on a server. Made once, with all values as parameters."""
    session.flush()
    connection = session.connection()
    question = _question(statement, connection.dialect)
    if question is None:
        raise ValueError("A statement that is run plainly has no lists in it.")
    result = connection.exec_driver_sql(question.sql, question.given(values))
    return Ran(result.rowcount, _fetched(result) if result.returns_rows else [])


def _asked(connection: Connection, sql: str, given: Any) -> list[Row]:
    if connection.dialect.name == "sqlite":
        # The driver itself: what SQLAlchemy finds out about a result takes longer than SQLite to find it.
        with suppress(sqlite3.Error):
            return cast("list[Row]", cast("Any", connection.connection).execute(sql, given).fetchall())
    return _fetched(connection.exec_driver_sql(sql, given))  # also what failed above: here its error gets its words


def _fetched(result: CursorResult[Any]) -> list[Row]:
    found = cast("list[Row]", result.cursor.fetchall())
    result.close()
    return found


def _of_sqlite(statement: Select[Any], dialect: Dialect, found: list[Row]) -> list[Row]:
    return made(statement, found) if dialect.name == "sqlite" else found


def made(statement: Select[Any], found: list[Row]) -> list[Row]:
    """What SQLite keeps of the columns of `statement`, as the values that SQLAlchemy gives."""
    if not found:
        return found
    makers = _makers(statement)
    columns: list[Iterable[Any]] = list(zip(*found, strict=True))
    for place, make in makers:
        columns[place] = [None if value is None else make(value) for value in columns[place]]
    return list(zip(*columns, strict=True)) if makers else found


class ByPartner(NamedTuple):
    """The same question about all partners and about one, each said once."""

    of_all: Select[Any]
    of_one: Select[Any]

    @classmethod
    def of(cls, statement: Select[Any], partner_id: ColumnElement[UUID]) -> "ByPartner":
        """Of a statement about all, and its column that says the partner."""
        return cls(statement, statement.where(partner_id == bindparam("own_partner_id", type_=Uuid())))

    def rows(self, session: Session, partner_id: UUID | None, values: Mapping[str, Any] | None = None) -> list[Row]:
        """As `plain_rows`, of all partners or of one."""
        if partner_id is None:
            return plain_rows(session, self.of_all, values)
        return plain_rows(session, self.of_one, {**(values or {}), "own_partner_id": partner_id})


class _Question(NamedTuple):
    """A statement as the driver takes it. `order`: names of its parameters by place; None: it takes them by name."""

    sql: str
    order: tuple[str, ...] | None
    constants: Mapping[str, Any]
    adapt: Mapping[str, Callable[[Any], Any]]

    def given(self, values: Mapping[str, Any]) -> Any:
        """The parameters of one run."""
        named = {**self.constants, **values}
        for name, make in self.adapt.items():
            named[name] = make(named[name])
        return named if self.order is None else tuple(named[name] for name in self.order)


@lru_cache(256)
def _question(statement: Select[Any] | UpdateBase, dialect: Dialect) -> _Question | None:
    """None: with a list as parameter the text is another each time."""
    compiled = statement.compile(dialect=dialect)
    if "__[POSTCOMPILE" in compiled.string:
        return None
    kinds = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
    processors = {name: kind.bind_processor(dialect) for name, kind in kinds.items()}
    order = tuple(compiled.positiontup) if compiled.positiontup is not None else None
    constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    return _Question(compiled.string, order, constants, {name: one for name, one in processors.items() if one})


@lru_cache(256)
def _makers(statement: Select[Any]) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """By place of the column, what makes a value of what SQLite keeps."""
    made: list[tuple[type, Callable[[Any], Any]]] = [
        (Uuid, _uuid),
        (Boolean, bool),
        (Date, date.fromisoformat),
        (UtcDateTime, _moment),
        (JSON, _json),
    ]
    return tuple(
        (place, make)
        for place, column in enumerate(statement.selected_columns)
        for kind, make in made
        if isinstance(column.type, kind)
    )


def _json(kept: Any) -> Any:
    # SQLite makes a number of what is written as one in a column whose type it does not know.
    return orjson.loads(kept) if isinstance(kept, str) else kept


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
