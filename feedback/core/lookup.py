"""Look up many rows by two-part keys, in few statements that use the index on both databases."""

from collections.abc import Iterable, Iterator
from typing import TypeVar
from uuid import UUID

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
