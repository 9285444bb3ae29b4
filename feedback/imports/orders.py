"""Orders to import: a file that the desk or the watched folder handed in, from its arrival to its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.imports.models import ImportBatch, ImportMapping, ImportOrder

TASK = "imports"
"""What is rung for when an order waits for a worker."""
WAITING = ("checking", "importing")
"""States that a worker takes up."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file as it arrived. `file_name`: what its owner calls it."""

    id: UUID
    kind: str
    file_name: str
    size_bytes: int
    source: str


@dataclass(frozen=True, slots=True)
class Past:
    """An import that was begun, of an order or by a command. `state`: of the order, or what became of the command."""

    kind: str
    file_name: str
    actor: str | None
    at: datetime
    state: str
    counts: dict[str, Any] | None
    order_id: UUID | None = None


def take_in(
    session: Session, new: HandedIn, mapping: ImportMapping | None, *, actor: str, now: datetime, state: str = "mapping"
) -> ImportOrder:
    """Put down a file that arrived, with the mapping that fits its header."""
    order = ImportOrder(
        id=new.id,
        kind=new.kind,
        file_name=shown_name(new.file_name),
        size_bytes=new.size_bytes,
        source=new.source,
        actor=actor,
        state=state,
        maps=[] if mapping is None else list(mapping.maps),
        mapping_name=None if mapping is None else mapping.name,
        made_at=now,
        attempts=0,
        done=0,
        total=0,
    )
    session.add(order)
    session.flush()
    return order


def check_with(session: Session, order_id: UUID, maps: Sequence[str], mapping_name: str | None, *, actor: str) -> None:
    """Have the file checked, read as `maps` say. Raises CONFLICT when it is past that."""
    order = _held(session, order_id)
    if order.state not in ("mapping", "checked"):
        raise Problem(Code.CONFLICT, "The columns were chosen already; look at the import again.")
    order.maps, order.mapping_name, order.actor = list(maps), mapping_name, actor
    _hand_over(order, "checking")


def begin(session: Session, order_id: UUID, *, actor: str) -> None:
    """Have the checked file imported. Asked twice it is once. Raises CONFLICT when it was not checked."""
    order = _held(session, order_id)
    if order.state in ("importing", "done"):
        return
    if order.state != "checked":
        raise Problem(Code.CONFLICT, "The file has to be checked first; look at the import again.")
    order.actor = actor
    _hand_over(order, "importing")


def go_on(session: Session, order_id: UUID, *, actor: str) -> None:
    """Have a file of the desk imported that was stopped. Raises CONFLICT when it was not."""
    order = _held(session, order_id)
    if order.state != "failed" or order.source != "desk":
        raise Problem(Code.CONFLICT, "This import was not stopped; look at it again.")
    order.finished_at, order.actor = None, actor
    _hand_over(order, "importing")


def drop(session: Session, order_id: UUID, *, now: datetime) -> None:
    """Give a file up that is not being imported; its files are the caller's to take away. Raises CONFLICT."""
    order = _held(session, order_id)
    if order.state == "done" or (order.state in WAITING and order.began_at is not None):
        raise Problem(Code.CONFLICT, "It is at a worker already; what is in cannot be thrown away here.")
    order.state, order.finished_at = "dropped", order.finished_at or now


def order_by_id(session: Session, order_id: UUID) -> ImportOrder:
    """The order. Raises NOT_FOUND."""
    found = session.get(ImportOrder, order_id)
    if found is None:
        raise Problem(Code.NOT_FOUND, "There is no such import.")
    return found


def first_waiting(session: Session) -> ImportOrder | None:
    """The order that has waited longest for a worker, or is at one."""
    chosen = ImportOrder.state.in_(WAITING)
    return session.scalar(select(ImportOrder).where(chosen).order_by(ImportOrder.made_at, ImportOrder.id).limit(1))


def past(session: Session, most: int) -> list[Past]:
    """The latest imports, those of commands too, newest first."""
    orders = session.scalars(select(ImportOrder).order_by(ImportOrder.made_at.desc()).limit(most))
    found = [
        Past(one.kind, one.file_name, one.actor, one.made_at, one.state, one.counts, one.id)
        for one in orders
    ]  # fmt: skip
    by_command = ImportBatch.order_id.is_(None)
    for one in session.scalars(
        select(ImportBatch).where(by_command).order_by(ImportBatch.started_at.desc()).limit(most)
    ):
        counts = counts_of(one) if one.state == "done" else None
        found.append(Past(one.kind, one.file_name, one.actor, one.started_at, one.state, counts))
    return sorted(found, key=lambda one: one.at, reverse=True)[:most]


def counts_of(batch: Any) -> dict[str, Any]:
    """What became of the lines of an import (a row, or an `Outcome`), as kept with an order."""
    names = ("lines", "created", "revised", "unchanged", "repeated", "rejected", "also")
    return {name: getattr(batch, name) for name in names}


def shown_name(name: str) -> str:
    """A file's name as it may be kept and shown: no folders, nothing that cannot be printed."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(one if one.isprintable() else "_" for one in last).strip()[:200] or "file.csv"


def _held(session: Session, order_id: UUID) -> ImportOrder:
    order = session.get(ImportOrder, order_id, with_for_update=True)
    if order is None:
        raise Problem(Code.NOT_FOUND, "There is no such import.")
    return order


def _hand_over(order: ImportOrder, state: str) -> None:
    order.state, order.attempts = state, 0
    order.began_at = order.phase = order.told = order.problem = None
    order.done = order.total = 0
    order.counts = order.counts if state == "importing" else None
