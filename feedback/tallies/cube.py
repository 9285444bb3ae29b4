"""The cube: a copy in memory of what is counted, so that a report scans no table, and how it stays up to date.

A cube never changes: when something was counted a new one is made, and a report keeps the one it began with.
"""

from dataclasses import dataclass, fields
from threading import Lock
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from feedback.responses.models import REASONS, Voice
from feedback.surveys.models import AUDIENCES, METRICS
from feedback.tallies.bulk import read
from feedback.tallies.cells import COUNTED
from feedback.tallies.counts import REACHED, SEAT, SEAT_COUNTS, TRUSTS, Cube, Layers
from feedback.tallies.generations import counted, only_reads
from feedback.tallies.layers import Layer
from feedback.tallies.models import (
    FirstValueDays,
    PartnerGeneration,
    PartnerSeats,
    PartnerTally,
    ReachedSeats,
    ReasonTally,
)

__all__ = ["REACHED", "SEAT", "SEAT_COUNTS", "TRUSTS", "Cube", "cube"]

_SPOKEN = ("audience", "metric", "trust", "month", "next_month", "next_vendor_month")
_WORDS = {"audience": AUDIENCES, "metric": METRICS, "trust": TRUSTS, "reason": REASONS, "kind": REACHED}
_DAYS = ("counted_on", "day")
_ORDINAL = {
    "sqlite": "CAST(julianday({}) - 1721424.5 AS INTEGER)",
    "postgresql": "({} - DATE '0001-01-01' + 1)",
}


@dataclass(frozen=True, slots=True)
class _Source:
    """A table and its columns that make a layer: keys and counts; `where` is SQL for which rows."""

    model: Any
    keys: tuple[str, ...]
    counts: tuple[str, ...]
    where: str = "true"

    def columns(self, dialect: str) -> tuple[str, ...]:
        """SQL for all columns as integers: a word is its place among its like, a day its ordinal."""
        return tuple(_as_integer(name, dialect) for name in (*self.keys, *self.counts))


_SCORED = "metric IN ('nps', 'csat', 'ces')"
"""Choices among options are counted as well, and are nothing that a report could compare."""
_SOURCES = (
    _Source(PartnerTally, _SPOKEN, COUNTED, _SCORED),
    _Source(
        ReasonTally, (*_SPOKEN, "reason"), COUNTED, f"{_SCORED} AND reason IN ('price', 'value', 'effort', 'other')"
    ),
    _Source(PartnerSeats, ("month",), ("counted_on", *SEAT_COUNTS)),
    _Source(ReachedSeats, ("kind", "month", "next_month"), ("seats",)),
    _Source(FirstValueDays, ("month", "days"), ("seats",)),
    # Said as it stands in the index of buyers, which has no others.
    _Source(Voice, (*_SPOKEN[1:], "day"), ("1",), f"audience = 'buyer' AND {_SCORED}"),
)
"""In the order of the fields of `Layers`."""


@dataclass(frozen=True, slots=True)
class _Copy:
    lineage: UUID | None
    generation: int
    cube: Cube


_NOTHING = Cube(
    (),
    Layers(
        *(
            Layer.of(one.keys, 0, np.zeros(0, np.int32), np.zeros((0, len(one.keys) + len(one.counts)), np.int32))
            for one in _SOURCES
        )
    ),
)
_copies: WeakKeyDictionary[Engine, _Copy] = WeakKeyDictionary()
_lock = Lock()


def cube(session: Session) -> Cube:
    """What is counted, as up to date as the session's snapshot or more.

    A process reads the tables once, and from then on only the partners for whom something changed. What a session
    sees that may write could still be rolled back: it gets a cube of its own, which nobody else does.
    """
    state = counted(session)
    if state is None:
        return _NOTHING
    lineage, generation = state.lineage, state.generation
    connection = session.connection()
    with _lock:
        kept = _copies.get(connection.engine)
        if kept is None or kept.lineage != lineage:
            kept = _Copy(lineage, 0, _NOTHING)
        if kept.generation >= generation:
            return kept.cube
        fresh = _Copy(lineage, generation, _refreshed(session, kept))
        if only_reads(connection):
            _copies[connection.engine] = fresh
        return fresh.cube


def _refreshed(session: Session, kept: _Copy) -> Cube:
    """The cube with the partners read anew for whom something changed since; with all when that is most of them."""
    connection = session.connection()
    changed = list(
        session.scalars(select(PartnerGeneration.partner_id).where(PartnerGeneration.generation > kept.generation))
    )
    only = changed if kept.generation and 2 * len(changed) <= len(kept.cube.partners) else None
    found = [
        read(connection, source.model.__tablename__, source.columns(connection.dialect.name), only, source.where)
        for source in _SOURCES
    ]
    place = {} if only is None else dict(kept.cube.place)
    for one in found:
        for partner in one.partners:
            place.setdefault(partner, len(place))
    layers = [
        Layer.of(
            source.keys,
            len(place),
            np.array([place[partner] for partner in one.partners], np.int32)[one.place],
            one.values,
        )
        for source, one in zip(_SOURCES, found, strict=True)
    ]
    if only is not None:
        places = [place[partner] for partner in only if partner in place]
        standing = (getattr(kept.cube.layers, field.name) for field in fields(Layers))
        layers = [layer.replaced(new, places) for layer, new in zip(standing, layers, strict=True)]
    return Cube(tuple(place), Layers(*layers))


def _as_integer(column: str, dialect: str) -> str:
    if column in _DAYS:
        return _ORDINAL[dialect].format(column)
    if column not in _WORDS:
        return column
    cases = " ".join(f"WHEN '{word}' THEN {number}" for number, word in enumerate(_WORDS[column]))
    return f"CASE {column} {cases} ELSE -1 END"
