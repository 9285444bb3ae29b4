"""A column of values as the databases read it in one text: elements of JSON for SQLite, an array for PostgreSQL."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Subquery,
    Text,
    Uuid,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

from feedback.core.db import UtcDateTime, sqlite_moment

ForJson = Callable[[Sequence[Any]], Sequence[Any]]
ForArray = Callable[[Sequence[Any]], str]
_SQLITE = sqlite.dialect()


def for_json(kind: TypeEngine[Any]) -> ForJson | None:
    """What makes of values of a type what JSON holds and SQLite keeps. None: they go as they are."""
    if isinstance(kind, Uuid):
        return hexes
    # What SQLAlchemy would do, without what it looks up each time.
    moment = isinstance(kind, UtcDateTime)
    make = sqlite_moment if moment else kind.dialect_impl(_SQLITE).bind_processor(_SQLITE)
    return None if make is None else lambda values: _each(make, values)


def hexes(values: Sequence[UUID | None]) -> list[Any]:
    """Ids as SQLite keeps them."""
    return _each(_hex, values)


def for_array(kind: TypeEngine[Any]) -> ForArray:
    """What writes values of a type as PostgreSQL reads an array of them (its manual, 8.15.2)."""
    for kinds, write in _ELEMENTS:
        if isinstance(kind, kinds):
            return lambda values, write=write: "{" + ",".join(_each(write, values, "NULL")) + "}"  # type: ignore[misc]
    raise TypeError(f"How arrays of {kind!r} are written is not known.")


def elements(parameter: str, name: str) -> Subquery:
    """The elements of the JSON array that SQLite is given as `parameter`: their places as `key`, each as `value`."""
    each = func.json_each(bindparam(parameter, type_=Text())).table_valued("key", "value")
    # With the offset an element is written out once; without it, once for each part that is taken of it.
    return select(each.c.key, each.c.value).offset(0).subquery(name)


def _each(make: Callable[[Any], Any], values: Sequence[Any], nothing: str | None = None) -> list[Any]:
    """Many rows in turn often have the very same value: that is made once."""
    last, made = None, nothing
    every = []
    for one in values:
        if one is not last:
            last, made = one, nothing if one is None else make(one)
        every.append(made)
    return every


def _hex(one: UUID) -> str:
    return f"{one.int:032x}"


def _moment(one: datetime) -> str:
    if one.tzinfo is None:
        raise ValueError("A datetime without a zone cannot be stored.")
    return one.isoformat()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_ELEMENTS: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (Uuid, _hex),
    (UtcDateTime, _moment),
    (Date, date.isoformat),
    ((Boolean, Integer, Numeric), str),
    (LargeBinary, lambda one: _quoted("\\x" + one.hex())),
    (JSON, lambda one: _quoted(orjson.dumps(one).decode())),
    (String, _quoted),
)
