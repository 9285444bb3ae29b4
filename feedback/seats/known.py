"""Declared attributes and segments as the embed's doors need them: at most five seconds old (see `core.cached`)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.cached import Cached
from feedback.core.db import Database
from feedback.core.ids import segment_id
from feedback.core.memory import remember
from feedback.seats.attributes import declared_values, vector
from feedback.seats.models import Attribute, AttributeValue, Segment

MOST_SEEN = 4096
"""Attributes of which the segment is remembered: a token may say what it likes."""


class Frozen(NamedTuple):
    """The segment of somebody's attributes; `stands`: it is known to be interned already."""

    id: int
    values: Mapping[str, str]
    stands: bool


def _stands(session: Session, identifier: int) -> bool:
    if session.get(Segment, identifier) is None:
        # What is not there is not remembered: it may come any moment.
        raise LookupError
    return True


def _standing(session: Session, identifiers: Sequence[int]) -> dict[int, bool]:
    return dict.fromkeys(session.scalars(select(Segment.id).where(Segment.id.in_(identifiers))), True)


class _Declared:
    """The values that are told apart, and what came of the attributes that were seen: few, and each again and again."""

    def __init__(self, session: Session) -> None:
        self._values = declared_values(session)
        self._segments: dict[tuple[tuple[str, str], ...], tuple[int, Mapping[str, str]]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Declared) and self._values == other._values

    __hash__ = None  # type: ignore[assignment]

    def segment(self, attributes: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
        """Its id and its vector."""
        key = tuple(attributes.items())
        known = self._segments.get(key)
        if known is None:
            values = vector(self._values, attributes)
            known = segment_id(values), values
            remember(self._segments, key, known, most=MOST_SEEN)
        return known


def _declared(session: Session, _key: None) -> _Declared:
    return _Declared(session)


_DECLARED = Cached(_declared, Attribute, AttributeValue)
_STANDING = Cached(_stands, Segment, many=_standing)


def frozen(database: Database, attributes: Mapping[str, str]) -> Frozen:
    """The segment of `attributes`, found without the transaction that will need it."""
    identifier, values = _DECLARED.get(database, None).segment(attributes)
    try:
        stands = not identifier or _STANDING.get(database, identifier)
    except LookupError:
        stands = False
    return Frozen(identifier, values, stands)
