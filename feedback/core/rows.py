"""Read many rows quickly: SQLAlchemy takes longer to make its own than SQLite to find them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from sqlalchemy import JSON, Boolean, ColumnElement, Date, Select, Uuid, bindparam
from sqlalchemy.orm import Session

from feedback.core.db import UtcDateTime

Row = tuple[Any, ...]

_uuid = lru_cache(2**14)(UUID)
"""The ids of partners come again and again, and making one costs as much as the rest of its row."""


def plain_rows(session: Session, statement: Select[Any], values: Mapping[str, Any] | None = None) -> list[Row]:
    """The rows of `statement` as plain tuples, with the values that SQLAlchemy gives.

    Make the statement of tables, once, and give what differs as bound parameters: making it anew takes as long as
    running it. Columns are numbers, texts, booleans, ids, days, moments and JSON.
    """
    connection = session.connection()
    result = connection.execute(statement, values)
    found = cast("list[Row]", result.cursor.fetchall())
    result.close()
    if connection.dialect.name != "sqlite" or not found:
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


@lru_cache(256)
def _makers(statement: Select[Any]) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """By place of the column, what makes a value of what SQLite keeps."""
    made: list[tuple[type, Callable[[Any], Any]]] = [
        (Uuid, _uuid),
        (Boolean, bool),
        (Date, date.fromisoformat),
        (UtcDateTime, _moment),
        (JSON, orjson.loads),
    ]
    return tuple(
        (place, make)
        for place, column in enumerate(statement.selected_columns)
        for kind, make in made
        if isinstance(column.type, kind)
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
