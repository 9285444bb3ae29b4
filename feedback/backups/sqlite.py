"""SQLite in and out of a backup: a snapshot taken while others write, and a file that appears when it is complete."""

from pathlib import Path
from sqlite3 import Connection, connect
from typing import Any

from sqlalchemy.orm import Session

from feedback.backups.archive import Progress
from feedback.core.db import Database
from feedback.core.errors import Code, Problem

_PAGES = 2048


def dump(session: Session, target: Path, progress: Progress) -> None:
    """Copy the database as this reading session sees it; writers are not held up."""
    # On the session's own connection: in its read transaction the copy need not begin anew after each foreign commit.
    source: Any = session.connection().connection.driver_connection
    copy: Connection = connect(target)
    try:
        copy.execute("PRAGMA synchronous=OFF")  # The archive is what must reach the disk.
        source.backup(copy, pages=_PAGES, progress=lambda _status, left, of: progress("Copying pages", of - left, of))
    finally:
        copy.close()


def check_empty(path: Path) -> None:
    """Raises RESTORE_REFUSED when a database with tables is there, or what one left behind."""
    beside = [path.with_name(path.name + end) for end in ("-wal", "-journal")]
    if path.exists() and path.stat().st_size:
        database = Database(f"sqlite:///{path}")
        try:
            with database.reading() as session:
                found = session.connection().exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar_one()
        finally:
            database.close()
        if found:
            raise Problem(Code.RESTORE_REFUSED, f"{path} is not empty. Move it away, or choose another FEEDBACK_HOME.")
        return
    for file in beside:
        # SQLite would take it for the newest pages of whatever database is put beside it.
        if file.exists() and file.stat().st_size:
            raise Problem(Code.RESTORE_REFUSED, f"{file} is left of a former database. Move it away.")


def clear(draft: Path) -> None:
    """Take away a draft and what SQLite and we keep beside it."""
    for end in ("", "-wal", "-shm", "-journal", ".write-lock"):
        draft.with_name(draft.name + end).unlink(missing_ok=True)
