"""Import a file: staged, then merged, so that a crash in the middle leaves nothing half and can be resumed."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from feedback.core.db import Base, Database
from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.gap.daily import catch_up
from feedback.imports.columns import Columns, match
from feedback.imports.kinds import KINDS
from feedback.imports.kinds.kind import Kind
from feedback.imports.lock import one_at_a_time
from feedback.imports.merging import Merge
from feedback.imports.models import ImportBatch, RejectedLine, StagedLine
from feedback.imports.orders import counts_of
from feedback.imports.rejected import write_rejected
from feedback.imports.staging import Staging
from feedback.imports.table import Table
from feedback.seats.attributes import Declared
from feedback.staff import audit

_KEPT_UNFINISHED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class By:
    """Who imports, as the audit log calls them; of an order, which, and what its file is called."""

    actor: str = audit.CLI
    order_id: UUID | None = None
    file_name: str = ""


FROM_TERMINAL = By()

Progress = Callable[[str, int, int], None]
"""Hears of a phase (`reading`, `merging`, `counting`), how far it is and how far it goes."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file. Every line is exactly one of created, revised, unchanged, repeated and rejected."""

    lines: int
    created: int
    revised: int
    unchanged: int
    repeated: int
    """Lines that a later line of the same file replaces."""
    rejected: int
    also: dict[str, int] = field(default_factory=dict)
    """What was made or changed on the way, for instance `partners made`."""
    ignored_columns: tuple[str, ...] = ()
    rejected_file: Path | None = None
    resumed: bool = False


def import_file(
    services: Services,
    kind_name: str,
    path: Path,
    *,
    maps: Sequence[str] = (),
    dry_run: bool = False,
    progress: Progress = lambda phase, done, total: None,  # noqa: ARG005
    tell: Callable[[str], None] = lambda text: None,  # noqa: ARG005
    by: By = FROM_TERMINAL,
) -> Outcome:
    """Import the file at `path`; begun before and not finished, it goes on where it stopped.

    `maps`: OURS=THEIRS for columns of other names. `dry_run`: check everything and count as a real import would, and
    change nothing. `tell` hears a sentence when something is waited for or resumed. Raises FILE_REFUSED.
    """
    kind = KINDS[kind_name]
    seen = _stamp(path)
    name = by.file_name or path.name
    columns = _columns(services, kind, path, name, maps)
    file = _File(path, name, kind, columns, _digest(path, kind, maps), seen, by)
    if dry_run:
        with _scratch() as store:
            return _import(services, store, file, progress, tell)
    with one_at_a_time(services.database, lambda: tell("Another import is running; waiting for it to end.")):
        return _import(services, services.database, file, progress, tell)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    name: str
    kind: Kind
    columns: Columns
    digest: str
    seen: tuple[int, int]
    """Size and time of change when it was first looked at."""
    by: By


def _import(
    services: Services, store: Database, file: _File, progress: Progress, tell: Callable[[str], None]
) -> Outcome:
    path, kind, columns = file.path, file.kind, file.columns
    import_id, resumed = _begin(store, file, now=services.clock(), tell=tell)
    if not resumed:
        with Table(path) as table:
            staging = Staging(services, store, kind, columns, import_id)
            staging.fill(table, lambda done: progress("reading", done, table.size_bytes))
        if _stamp(path) != file.seen:
            with store.transaction() as session:
                _drop(session, import_id)
            raise Problem(
                Code.FILE_REFUSED, f"{file.name} was changed while it was read; import it again when it is whole."
            )
    Merge(services, store, kind, columns, import_id).run(lambda done, total: progress("merging", done, total))
    if store is services.database:
        progress("counting", 0, 1)
        catch_up(services.database, services.settings, now=services.clock(), history_changed=True)
        progress("counting", 1, 1)
    rejected_file = write_rejected(path, store, import_id)
    with store.transaction() as session:
        session.execute(delete(RejectedLine).where(RejectedLine.import_id == import_id))
        batch = session.get_one(ImportBatch, import_id)
        batch.state, batch.finished_at = "done", services.clock()
        if store is services.database:
            told = {"kind": kind.name, **counts_of(batch)}
            audit.record(session, file.by.actor, "import.finished", file.name[:300], told, batch.finished_at)
        return Outcome(
            lines=batch.lines,
            created=batch.created,
            revised=batch.revised,
            unchanged=batch.unchanged,
            repeated=batch.repeated,
            rejected=batch.rejected,
            also=batch.also,
            ignored_columns=columns.ignored,
            rejected_file=rejected_file,
            resumed=resumed,
        )


def _columns(services: Services, kind: Kind, path: Path, name: str, maps: Sequence[str]) -> Columns:
    with services.database.reading() as session:
        declared = Declared(session).values
    with Table(path, name) as table:
        columns = match(table.header, kind, maps, declared)
    if columns.attributes:
        # The rules for attributes are where they are declared: declare them, and take it back.
        with services.database.transaction() as session:
            try:
                Declared(session).declare((name for name, _place in columns.attributes), now=services.clock())
            except Problem as problem:
                raise Problem(Code.FILE_REFUSED, problem.detail) from None
            finally:
                session.rollback()
    return columns


def _begin(store: Database, file: _File, *, now: datetime, tell: Callable[[str], None]) -> tuple[UUID, bool]:
    """The import of this file, and whether it had come to merging before. Imports that nobody finished are dropped."""
    with store.transaction() as session:
        unfinished = session.scalars(select(ImportBatch).where(ImportBatch.finished_at.is_(None))).all()
        mine = None
        for one in unfinished:
            begun = f"{one.started_at:%Y-%m-%d %H:%M} UTC"
            if one.file_digest == file.digest and not _newer(session, one):
                mine = one
            elif one.file_digest == file.digest or one.started_at < now - _KEPT_UNFINISHED:
                _drop(session, one.id)
            else:
                tell(f"The import of {one.file_name} ({one.kind}), begun {begun}, is not finished; run it again.")
        if mine is not None and mine.state == "merging":
            mine.actor, mine.order_id = file.by.actor, file.by.order_id
            tell(f"Going on with the import of {mine.file_name} that was begun {mine.started_at:%Y-%m-%d %H:%M} UTC.")
            return mine.id, True
        if mine is None:
            mine = ImportBatch(id=new_id(), kind=file.kind.name, file_name=file.name[:300], file_digest=file.digest)
            session.add(mine)
        mine.actor, mine.order_id = file.by.actor, file.by.order_id
        mine.state, mine.started_at = "staging", now
        mine.lines = mine.created = mine.revised = mine.unchanged = mine.repeated = mine.rejected = 0
        mine.also, mine.attribute_values = {}, {}
        return mine.id, False


def _newer(session: Session, one: ImportBatch) -> bool:
    """Was another file of this kind begun since? Then what is left to merge may be older than what stands."""
    newer = select(ImportBatch.id).where(ImportBatch.kind == one.kind, ImportBatch.started_at > one.started_at)
    return session.scalar(newer.limit(1)) is not None


def _drop(session: Session, import_id: UUID) -> None:
    for table in (StagedLine, RejectedLine):
        session.execute(delete(table).where(table.import_id == import_id))
    batch = session.get_one(ImportBatch, import_id)
    batch.state = "dropped"
    batch.finished_at = batch.started_at


def unfinished_before(moment: datetime) -> Select[UUID]:
    """Imports that were begun before that and that nobody finished."""
    return select(ImportBatch.id).where(ImportBatch.finished_at.is_(None), ImportBatch.started_at < moment)


def drop_unfinished(session: Session, moment: datetime) -> None:
    """Delete what waits of imports that were begun before that and that nobody finished."""
    for import_id in session.scalars(unfinished_before(moment)).all():
        _drop(session, import_id)


def _stamp(path: Path) -> tuple[int, int]:
    now = path.stat()
    return now.st_size, now.st_mtime_ns


def _digest(path: Path, kind: Kind, maps: Sequence[str]) -> str:
    result = hashlib.sha256("\0".join([kind.name, *sorted(maps), ""]).encode())
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            result.update(part)
    return result.hexdigest()


@contextmanager
def _scratch() -> Iterator[Database]:
    """A staging of its own for a dry run."""
    with tempfile.TemporaryDirectory(prefix="feedback-import-") as folder:
        store = Database(f"sqlite:///{folder}/staging.sqlite3")
        tables = [Base.metadata.tables[one.__tablename__] for one in (ImportBatch, StagedLine, RejectedLine)]
        Base.metadata.create_all(store.engine, tables=tables)
        try:
            yield store
        finally:
            store.close()
