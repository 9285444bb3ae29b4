"""What is stored, from the raw rows: all that was acknowledged, and on the floor as much of it as in the service."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session

from bench._intake.asking import Key
from feedback.core.db import Base, Database
from feedback.core.months import month_of
from feedback.responses.models import Impression, Response
from feedback.seats.models import ActivityMonth, Seat

_ALIKE = 0.02
_NOT_PER_REQUEST = ("embed_sightings", "seat_changes")
"""Written at most once a minute, and once for a partner and a batch, however many come."""


def stored(database: Database, since: datetime) -> set[Key]:
    """The keys of all that came in since the world was made."""
    statements = {
        "response": select(Response.id),
        "impression": select(Impression.respondent_id).where(Impression.granted_at >= since),
        "activity": select(ActivityMonth.seat_id).where(
            ActivityMonth.month == month_of(since), ActivityMonth.days.bitwise_and(1 << since.day - 1) != 0
        ),
    }
    with database.reading() as session:
        return {(kind, found) for kind, one in statements.items() for found in session.scalars(one) if found}


def written(database: Database, since: datetime) -> Mapping[str, int]:
    """How many rows each table has, how many were changed since then, and how many bytes the answers take."""
    with database.reading() as session:
        found = {table.name: _count(session, table) for table in Base.metadata.sorted_tables}
        found["answered impressions"] = _count(
            session, Impression.__table__, Impression.state == "answered", Impression.response_id.is_not(None)
        )
        found["changed seats"] = _count(session, Seat.__table__, Seat.changed_at >= since)
        found["bytes of responses"] = _bytes(session, Response.__table__)
    return found


def unlike(floor: Mapping[str, float], service: Mapping[str, float]) -> list[str]:
    """Where, per acknowledged request, one of them writes more than the other."""
    return [
        f"{name}: {floor[name]:.2f} on the floor, {service[name]:.2f} in the service"
        for name in floor
        if name not in _NOT_PER_REQUEST
        and abs(floor[name] - service[name]) > _ALIKE * max(floor[name], service[name], 1)
    ]


def per_request(before: Mapping[str, int], after: Mapping[str, int], requests: int) -> Mapping[str, float]:
    """What one acknowledged request adds."""
    return {name: (after[name] - before[name]) / requests for name in after}


def _count(session: Session, table: Table, *which: object) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*which)) or 0  # type: ignore[arg-type]


def _bytes(session: Session, table: Table) -> int:
    if session.get_bind().dialect.name == "sqlite":
        columns = " + ".join(f"coalesce(length(CAST({column.name} AS blob)), 0)" for column in table.columns)
        return session.scalar(text(f"SELECT sum({columns}) FROM {table.name}")) or 0
    return session.scalar(text(f"SELECT sum(pg_column_size({table.name}.*)) FROM {table.name}")) or 0
