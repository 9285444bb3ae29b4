"""Declared attributes: at most six, at most 20 values each plus `other`, so that segments stay few and countable."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import segment_id
from feedback.core.upsert import upsert
from feedback.seats.models import Attribute, AttributeValue, Segment

MOST_ATTRIBUTES = 6
MOST_VALUES = 20
OTHER = "other"
LONGEST_NAME = 40
LONGEST_VALUE = 80


class Declared:
    """The attributes of this deployment and the values that are told apart, as read in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._interned: set[int] = set()

    @cached_property
    def values(self) -> dict[str, set[str]]:
        """The values that are told apart, by attribute."""
        return declared_values(self._session)

    def declare(self, names: Iterable[str], *, now: datetime) -> None:
        """Add attributes. Raises CONFLICT when there would be more than six, INVALID for an unusable name."""
        for name in names:
            if name in self.values:
                continue
            if not name or len(name) > LONGEST_NAME or not name.replace("_", "").replace("-", "").isalnum():
                raise Problem(
                    Code.INVALID, f"An attribute's name has 1 to {LONGEST_NAME} letters, digits, - or _; not {name!r}."
                )
            if len(self.values) >= MOST_ATTRIBUTES:
                standing = ", ".join(sorted(self.values))
                raise Problem(
                    Code.CONFLICT,
                    f"{name!r} would be a seventh attribute; six are declared: {standing}. Leave it out, or map one of "
                    "them onto it.",
                )
            # Two requests may declare the same at once: both are right.
            upsert(self._session, Attribute, [{"name": name, "created_at": now}], change={})
            self.values[name] = set()

    def learn(self, attributes: Mapping[str, str]) -> None:
        """Tell new values of declared attributes apart from now on, while there is room.

        Only for what the vendor says: a page must not be able to use the room up.
        """
        for name, value in sorted(attributes.items()):
            standing = self.values.get(name)
            known = standing is None or value in standing or not value or value == OTHER
            if known or standing is None or len(standing) >= MOST_VALUES:
                continue
            upsert(self._session, AttributeValue, [{"name": name, "value": value[:LONGEST_VALUE]}], change={})
            standing.add(value[:LONGEST_VALUE])

    def vector(self, attributes: Mapping[str, str]) -> dict[str, str]:
        """The segment vector: declared attributes only, values that are not told apart as `other`."""
        return vector(self.values, attributes)

    def segment(self, attributes: Mapping[str, str]) -> int:
        """The id of the segment of `attributes`, interned."""
        values = self.vector(attributes)
        identifier = segment_id(values)
        if identifier not in self._interned:
            self._interned.add(identifier)
            intern(self._session, {identifier: values})
        return identifier


def declared_values(session: Session) -> dict[str, set[str]]:
    """The values that are told apart, by attribute."""
    values: dict[str, set[str]] = {name: set() for name in session.scalars(select(Attribute.name))}
    for name, value in session.execute(select(AttributeValue.name, AttributeValue.value)):
        # The attribute itself may have come between the two statements.
        values.setdefault(name, set()).add(value)
    return values


def vector(declared: Mapping[str, Collection[str]], attributes: Mapping[str, str]) -> dict[str, str]:
    """The segment vector: declared attributes only, values that are not told apart as `other`."""
    return {
        name: value[:LONGEST_VALUE] if value[:LONGEST_VALUE] in declared[name] else OTHER
        for name, value in sorted(attributes.items())
        if name in declared and value
    }


def intern(session: Session, vectors: Mapping[int, Mapping[str, str]]) -> None:
    """Keep vectors by their ids; the empty one, 0, is never kept."""
    upsert(session, Segment, [{"id": key, "values": values} for key, values in vectors.items() if key], change={})
