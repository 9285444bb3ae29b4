"""Look up many rows by two-part keys, in few statements that use the index on both databases."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from feedback.core.rows import made, plain_rows

_MOST_AT_ONCE = 500

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


class ByKeys:
    """A statement about many rows of tables, each named by its partner and a second UUID.

    `build(partner, second)` makes it from the two columns of the keys that are asked for. The keys go in as one value,
    so that the statement is the same however many there are, and the index is used on both databases.
    """

    def __init__(self, build: Callable[[ColumnElement[Any], ColumnElement[Any]], Any]) -> None:
        each = func.json_each(bindparam("keys")).table_valued("value", name="wanted")
        self._one = build(*(func.json_extract(each.c.value, f"$[{place}]") for place in range(2)))
        # All rows as one: the driver lets other threads in at each row, and the one that waits for it may hold a lock.
        found = self._one.subquery()
        self._on_sqlite = select(func.json_group_array(func.json_array(*found.c)))
        arrays = (bindparam(name, type_=ARRAY(Uuid)) for name in ("partners", "seconds"))
        pairs = func.unnest(*arrays).table_valued("partner_id", "second_id", name="wanted").render_derived()
        self._on_postgresql = build(pairs.c.partner_id, pairs.c.second_id)

    def rows(self, session: Session, keys: Sequence[tuple[UUID, UUID]]) -> Sequence[Any]:
        """What the statement says of `keys`."""
        if not keys:
            return []
        session.flush()
        if session.get_bind().dialect.name == "sqlite":
            given = orjson.dumps([(partner.hex, second.hex) for partner, second in keys]).decode()
            ((found,),) = plain_rows(session, self._on_sqlite, {"keys": given})
            return made(self._one, [tuple(row) for row in orjson.loads(found)])
        partners, seconds = zip(*keys, strict=True)
        return plain_rows(session, self._on_postgresql, {"partners": list(partners), "seconds": list(seconds)})
