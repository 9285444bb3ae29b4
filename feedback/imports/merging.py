"""Merge staged lines into the facts, chunk by chunk, each in one transaction with taking its lines out of staging."""

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.core.services import Services
from feedback.imports.columns import Columns
from feedback.imports.kinds.kind import Kind, Line, Merging, Plan, Step
from feedback.imports.models import ImportBatch, RejectedLine, StagedLine
from feedback.imports.staging import rejected_rows, staged_count
from feedback.seats.attributes import Declared

# Small, because on SQLite nobody else can write meanwhile.
_LINES_AT_ONCE = 2_000
_ATTEMPTS = 4


class Merge:
    """Merges one import. `store` is where the staging lies; when that is not the database of the facts, it is a dry
    run, and every transaction on the facts is rolled back.
    """

    def __init__(self, services: Services, store: Database, kind: Kind, columns: Columns, import_id: UUID) -> None:
        self._services = services
        self._store = store
        self._dry = store is not services.database
        self._kind = kind
        self._columns = columns
        self._import_id = import_id
        self._values: dict[str, list[str]] = {}

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Merge what is staged; `progress` hears of lines merged and lines in all."""
        last = len(self._kind.steps) - 1
        with self._store.reading() as session:
            total = staged_count(session, self._import_id, last)
            self._values = session.get_one(ImportBatch, self._import_id).attribute_values
        merged = 0
        for number, step in enumerate(self._kind.steps):
            after, before = "", None
            while rows := self._next(number, after):
                lines = [Line(line, orjson.loads(content)) for _key, line, content in rows]
                after = rows[-1][0]
                self._merge(number, step, lines, after, before)
                before = lines[-1]
                merged += len(lines) if number == last else 0
                progress(merged, total)

    def _next(self, step: int, after: str) -> list[tuple[str, int, str]]:
        own = StagedLine
        chosen = own.import_id == self._import_id, own.step == step, own.key > after
        statement = select(own.key, own.line, own.content).where(*chosen).order_by(own.key).limit(_LINES_AT_ONCE)
        with self._store.reading() as session:
            return [(key, line, content) for key, line, content in session.execute(statement)]

    def _merge(self, number: int, step: Step, lines: list[Line], upto: str, before: Line | None) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._services.database.transaction() as session:
                    plan = step.merge(self._context(session, before), lines)
                    if self._dry:
                        session.rollback()
                    else:
                        plan.apply()
                        self._account(session, number, step, plan, upto)
                break
            except (IntegrityError, OperationalError):
                # Somebody wrote the same rows between our look and our write; on PostgreSQL that can happen.
                if attempt == _ATTEMPTS:
                    raise
        if self._dry:
            with self._store.transaction() as session:
                self._account(session, number, step, plan, upto)

    def _context(self, session: Session, before: Line | None) -> Merging:
        now = self._services.clock()
        declared = Declared(session)
        declared.declare((name for name, _place in self._columns.attributes), now=now)
        for name, values in self._values.items():
            for value in values:
                declared.learn({name: value})
        return Merging(
            session=session,
            import_id=self._import_id,
            declared=declared,
            given=self._columns.given,
            pepper=self._services.secrets.pepper,
            named_here=self._named_here,
            before=before,
            now=now,
        )

    def _named_here(self, slugs: Collection[str]) -> set[str]:
        """In a dry run the partners that a file names are not made; their lines stay in staging to be found here."""
        if not self._dry or not slugs:
            return set()
        chosen = StagedLine.import_id == self._import_id, StagedLine.step == 0, StagedLine.key.in_(slugs)
        with self._store.reading() as session:
            return set(session.scalars(select(StagedLine.key).where(*chosen)))

    def _account(self, session: Session, number: int, step: Step, plan: Plan, upto: str) -> None:
        batch = session.get_one(ImportBatch, self._import_id)
        if number == len(self._kind.steps) - 1:
            batch.created += plan.created
            batch.revised += plan.revised
            batch.unchanged += plan.unchanged
            batch.rejected += len(plan.rejected)
        else:
            also: dict[str, Any] = dict(batch.also)
            for name, count in ((step.created_as, plan.created), (step.revised_as, plan.revised)):
                if name and count:
                    also[name] = also.get(name, 0) + count
            batch.also = also
        if plan.rejected:
            session.execute(insert(RejectedLine), rejected_rows(self._import_id, plan.rejected))
        if not self._dry:
            own = StagedLine
            done = own.import_id == self._import_id, own.step == number, own.key <= upto
            session.execute(delete(own).where(*done))
