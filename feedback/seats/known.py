"""Declared attributes and segments as the embed's doors need them: at most five seconds old (see `core.cached`)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.cached import Cached
from feedback.core.db import Database
from feedback.core.ids import segment_id
from feedback.seats.attributes import declared_values, vector
from feedback.seats.models import Attribute, AttributeValue, Segment


class Frozen(NamedTuple):
    """The segment of somebody's attributes; `stands`: it is known to be interned already."""

    id: int
    values: Mapping[str, str]
    stands: bool


def _values(session: Session, _key: None) -> dict[str, set[str]]:
    return declared_values(session)


def _stands(session: Session, identifier: int) -> bool:
    if session.get(Segment, identifier) is None:
        # What is not there is not remembered: it may come any moment.
        raise LookupError
    return True


def _standing(session: Session, identifiers: Sequence[int]) -> dict[int, bool]:
    return dict.fromkeys(session.scalars(select(Segment.id).where(Segment.id.in_(identifiers))), True)


_DECLARED = Cached(_values, Attribute, AttributeValue)
_STANDING = Cached(_stands, Segment, many=_standing)


def frozen(database: Database, attributes: Mapping[str, str]) -> Frozen:
    """The segment of `attributes`, found without the transaction that will need it."""
    values = vector(_DECLARED.get(database, None), attributes)
    identifier = segment_id(values)
    try:
        stands = not identifier or _STANDING.get(database, identifier)
    except LookupError:
        stands = False
    return Frozen(identifier, values, stands)
