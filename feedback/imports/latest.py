"""What became of the last file of each kind, for whoever wants to know how far the facts may be trusted."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.imports.models import ImportBatch


class LastImport(NamedTuple):
    """The file of its kind that was begun last. `finished_at` None: it is on its way, or stopped on it."""

    kind: str
    file_name: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    lines: int
    created: int
    revised: int
    rejected: int


def last_of_each_kind(session: Session) -> Sequence[LastImport]:
    """By kind; kinds of which no file ever came are not there."""
    newest_first = ImportBatch.started_at.desc(), ImportBatch.id.desc()
    place = func.row_number().over(partition_by=ImportBatch.kind, order_by=newest_first).label("place")
    ranked = select(*(getattr(ImportBatch, name) for name in LastImport._fields), place).subquery()
    columns = (ranked.c[name] for name in LastImport._fields)
    rows = session.execute(select(*columns).where(ranked.c.place == 1).order_by(ranked.c.kind))
    return [LastImport._make(row) for row in rows]
