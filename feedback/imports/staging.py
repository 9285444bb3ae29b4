"""Read and check a file, and put its good lines and the reasons against the others into staging, chunk by chunk."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.core.services import Services
from feedback.core.upsert import upsert
from feedback.imports.columns import Columns
from feedback.imports.kinds.kind import Checking, Draft, Kind
from feedback.imports.models import ImportBatch, RejectedLine, StagedLine
from feedback.imports.table import Record, Table
from feedback.imports.values import RejectedError
from feedback.partners.commands import SLUG
from feedback.partners.queries import partners_by_slug
from feedback.seats.attributes import MOST_VALUES

_LINES_AT_ONCE = 5_000


class Staging:
    """Fills the staging of one import, which may lie in another database than the facts (a dry run)."""

    def __init__(self, services: Services, store: Database, kind: Kind, columns: Columns, import_id: UUID) -> None:
        self._services = services
        self._store = store
        self._kind = kind
        self._columns = columns
        self._import_id = import_id
        self._partners: dict[str, UUID] = {}
        self._lines = 0
        self._good = 0
        self._values: dict[str, dict[str, None]] = {name: {} for name, _place in columns.attributes}

    def fill(self, table: Table, progress: Callable[[int], None]) -> None:
        """Stage all of `table`. What an earlier attempt left is thrown away; `progress` hears of bytes read."""
        self._clear()
        records = table.records()
        while chunk := list(islice(records, _LINES_AT_ONCE)):
            self._find_partners(chunk)
            drafts, rejects = self._check(chunk)
            with self._store.transaction() as session:
                self._stage(session, drafts, rejects)
            progress(table.position_bytes())
        with self._store.transaction() as session:
            self._conclude(session)

    def _clear(self) -> None:
        for table in (StagedLine, RejectedLine):
            with self._store.transaction() as session:
                session.execute(delete(table).where(table.import_id == self._import_id))

    def _find_partners(self, chunk: Iterable[Record]) -> None:
        place = dict(self._columns.places)["partner"]
        named = {record.cells[place].strip() for record in chunk if len(record.cells) > place}
        unknown = {slug for slug in named.difference(self._partners) if SLUG.fullmatch(slug)}
        if unknown:
            with self._services.database.reading() as session:
                self._partners.update({slug: one.id for slug, one in partners_by_slug(session, unknown).items()})

    def _check(self, chunk: Iterable[Record]) -> tuple[dict[tuple[int, str], tuple[int, Draft]], list[tuple[int, str]]]:
        checking = Checking(self._services.secrets.pepper, self._partners, self._services.clock())
        drafts: dict[tuple[int, str], tuple[int, Draft]] = {}
        rejects = []
        for record in chunk:
            self._lines += 1
            try:
                row = self._columns.row(record)
                for draft in self._kind.check(row, checking):
                    drafts[draft.step, draft.key] = record.line, draft
            except RejectedError as error:
                rejects.append((record.line, str(error)))
                continue
            self._good += 1
            self._remember(row.attributes)
        return drafts, rejects

    def _remember(self, attributes: Mapping[str, str]) -> None:
        for name, value in attributes.items():
            seen = self._values[name]
            if value and len(seen) < MOST_VALUES:
                seen[value] = None

    def _stage(
        self,
        session: Session,
        drafts: Mapping[tuple[int, str], tuple[int, Draft]],
        rejects: list[tuple[int, str]],
    ) -> None:
        rows = [
            {
                "import_id": self._import_id,
                "step": step,
                "key": key,
                "line": line,
                "content": orjson.dumps(draft.content).decode(),
            }
            for (step, key), (line, draft) in drafts.items()
        ]
        upsert(session, StagedLine, rows, change={"line": None, "content": None})
        if rejects:
            session.execute(insert(RejectedLine), rejected_rows(self._import_id, rejects))

    def _conclude(self, session: Session) -> None:
        """From now on the import merges; everything about the file that merging needs is in the database."""
        batch = session.get_one(ImportBatch, self._import_id)
        batch.lines, batch.rejected = self._lines, self._lines - self._good
        batch.repeated = self._good - staged_count(session, self._import_id, len(self._kind.steps) - 1)
        batch.attribute_values = {name: list(values) for name, values in self._values.items()}
        batch.state = "merging"


def staged_count(session: Session, import_id: UUID, step: int) -> int:
    """How many lines wait to be merged in `step`."""
    chosen = StagedLine.import_id == import_id, StagedLine.step == step
    return session.scalar(select(func.count()).select_from(StagedLine).where(*chosen)) or 0


def rejected_rows(import_id: UUID, rejects: Iterable[tuple[int, str]]) -> list[dict[str, Any]]:
    """Rows of `RejectedLine`."""
    return [{"import_id": import_id, "line": line, "reason": reason} for line, reason in rejects]
