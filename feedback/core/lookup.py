"""Look up many rows by two-part keys, in few statements that use the index on both databases."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Text, Uuid, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from feedback.core import writing
from feedback.core.rows import made, plain_rows

_MOST_AT_ONCE = 500
_HEX, _ARRAY = writing.hexes, writing.for_array(Uuid())

Second = TypeVar("Second")


def by_partner(keys: Iterable[tuple[UUID, Second]]) -> Iterator[tuple[UUID, list[Second]]]:
    """`keys` as partner and up to 500 of its second parts, for `partner == p AND second IN (...)`.

    Not `(partner, second) IN ((..), (..))`: for that SQLite reads the whole table.
    """
    groups: dict[UUID, list[Second]] = {}
    for partner_id, second in keys:
        groups.setdefault(partner_id, []).append(second)
    for partner_id, own in groups.items():
        for start in range(0, len(own), _MOST_AT_ONCE):
            yield partner_id, own[start : start + _MOST_AT_ONCE]


class Wanted(NamedTuple):
    """The columns of the keys that are asked for, for a statement to select from. `place`: the key's, in order."""

    place: ColumnElement[Any]
    partner: ColumnElement[Any]
    second: ColumnElement[Any]


class Keys(tuple[tuple[UUID, UUID], ...]):
    """Keys as the databases take them; that is made once for all that is asked about the same ones."""

    @cached_property
    def json(self) -> str:
        """For SQLite."""
        partners, seconds = zip(*self, strict=True)
        return orjson.dumps(list(zip(_HEX(partners), _HEX(seconds), strict=True))).decode()

    @cached_property
    def arrays(self) -> tuple[str, str]:
        """For PostgreSQL."""
        partners, seconds = zip(*self, strict=True)
        return _ARRAY(partners), _ARRAY(seconds)


class ByKeys:
    """A statement about many rows of tables, each named by its partner and a second UUID.

    `build(wanted)` makes it; what it selects first is `wanted.place`. The keys go in as one value, so that the
    statement is the same however many there are, and the index is used on both databases.
    """

    def __init__(self, build: Callable[[Wanted], Any]) -> None:
        wanted = writing.elements("keys", "wanted")
        parts = (func.json_extract(wanted.c.value, f"$[{part}]") for part in range(2))
        self._one = build(Wanted(wanted.c.key, *parts))
        # All rows as one: the driver lets other threads in at each row, and the one that waits for it may hold a lock.
        found = self._one.subquery()
        self._on_sqlite = select(func.json_group_array(func.json_array(*found.c)))
        arrays = (cast(bindparam(name, type_=Text()), ARRAY(Uuid)) for name in ("partners", "seconds"))
        pairs = func.unnest(*arrays).table_valued("partner", "second", with_ordinality="place", name="wanted")
        pairs = pairs.render_derived()
        self._on_postgresql = build(Wanted(pairs.c.place - 1, pairs.c.partner, pairs.c.second))

    def rows(self, session: Session, keys: Sequence[tuple[UUID, UUID]]) -> Sequence[Any]:
        """What the statement says of `keys`, in no order."""
        if not keys:
            return []
        session.flush()
        own = keys if isinstance(keys, Keys) else Keys(keys)
        if session.get_bind().dialect.name == "sqlite":
            ((found,),) = plain_rows(session, self._on_sqlite, {"keys": own.json})
            return made(self._one, [tuple(row) for row in orjson.loads(found)])
        partners, seconds = own.arrays
        return plain_rows(session, self._on_postgresql, {"partners": partners, "seconds": seconds})

    def in_order(self, session: Session, keys: Sequence[tuple[UUID, UUID]]) -> list[Any]:
        """The row of each of `keys`, without its place; None: there is none. For what each key names one row of."""
        found: list[Any] = [None] * len(keys)
        for row in self.rows(session, keys):
            found[row[0]] = row[1:]
        return found
