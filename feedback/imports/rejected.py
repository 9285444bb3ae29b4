"""FILE.rejected.csv: the lines that were not taken, with their numbers, the reasons and the cells as they were."""

import csv
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from feedback.core.db import Database
from feedback.core.erasures import REFUSED, WITHDRAWN
from feedback.core.errors import Code, Problem
from feedback.core.spreadsheet import safe_cell
from feedback.imports.models import RejectedLine
from feedback.imports.table import REJECTED_COLUMNS, Table

_AT_ONCE = 1_000
_NOT_REPEATED = (REFUSED, WITHDRAWN)
"""There is nothing to correct in such a line, and what it says of somebody erased is not written down again."""


def rejected_path(path: Path) -> Path:
    """Where the rejected lines of `path` go."""
    return path.with_name(path.name + ".rejected.csv")


def write_rejected(path: Path, store: Database, import_id: UUID) -> Path | None:
    """Write the list beside the file, in the order of the lines; returns where it is, None when nothing was rejected.

    The list can be corrected and imported: its first two columns are ignored then. A list of an earlier attempt is
    replaced, or removed when it no longer holds. Raises FILE_REFUSED when the folder cannot be written.
    """
    target = rejected_path(path)
    rejects = _rejects(store, import_id)
    first = next(rejects, None)
    try:
        if first is None:
            _remove(target)
            return None
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            _write(draft, path, first, rejects)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise Problem(
            Code.FILE_REFUSED,
            f"The good lines are in, but the list of rejected ones could not be written to {target}: {error.strerror}. "
            "Make room for it there and run the same command again; it will only write the list.",
        ) from None
    return target


def _write(draft: Path, path: Path, first: tuple[int, str], rejects: Iterator[tuple[int, str]]) -> None:
    with Table(path) as table, draft.open("w", encoding="utf-8", errors="replace", newline="") as file:
        if table.has_bom:
            file.write("\ufeff")
        writer = csv.writer(file, delimiter=table.delimiter, lineterminator="\r\n")
        writer.writerow([*REJECTED_COLUMNS, *(safe_cell(name) for name in table.header)])
        records = table.records()
        wanted: tuple[int, str] | None = first
        while wanted is not None:
            line, reason = wanted
            found = next((record.cells for record in records if record.line == line), [])
            cells = [] if reason in _NOT_REPEATED else found
            writer.writerow([line, safe_cell(reason), *(safe_cell(cell.replace("\0", "\ufffd")) for cell in cells)])
            wanted = next(rejects, None)
        file.flush()
        os.fsync(file.fileno())


def _rejects(store: Database, import_id: UUID) -> Iterator[tuple[int, str]]:
    after = 0
    while True:
        statement = (
            select(RejectedLine.line, RejectedLine.reason)
            .where(RejectedLine.import_id == import_id, RejectedLine.line > after)
            .order_by(RejectedLine.line)
            .limit(_AT_ONCE)
        )
        with store.reading() as session:
            rows = session.execute(statement).all()
        if not rows:
            return
        yield from ((row.line, row.reason) for row in rows)
        after = rows[-1].line


def _remove(target: Path) -> None:
    """Only a list of ours: somebody may have a file of that name."""
    with suppress(FileNotFoundError, Problem), Table(target) as table:
        if table.is_list_of_rejected:
            target.unlink()
