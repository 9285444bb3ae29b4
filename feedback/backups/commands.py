"""Backups: everything that a deployment cannot make anew, in one file, and back into an empty place.

What is in it: the database as one moment saw it, and the secret when that is asked for. What is not: the queue, which
is a hint; uploads and mails; and the journal of erasures, which a restore must not take back.
"""

import errno
import hmac
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version as installed
from pathlib import Path

from sqlalchemy import func, inspect, select, table
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from feedback.backups import archive, postgres, sqlite
from feedback.backups.archive import Archive, Manifest, Progress
from feedback.core import secrets
from feedback.core.db import Database
from feedback.core.erasure_journal import Journal
from feedback.core.errors import Code, Problem
from feedback.core.ids import random_text
from feedback.core.processes import UP_LOCK, FileLock, make_home
from feedback.migrations.run import is_behind, knows, migrate, version_of
from feedback.privacy.journal import Replayed, replay
from feedback.settings import Settings
from feedback.tallies import adoption
from feedback.tallies.verify import verify

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = 0o600


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: the manifest of the backup, and what the recount found."""

    manifest: Manifest
    migrated: bool
    answers: int
    voices: int
    differences: int
    erased: Replayed | None
    """What the journal erased again; None: there is no journal in this home."""


def backup(settings: Settings, target: Path, *, with_secret: bool, progress: Progress, now: datetime) -> Path:
    """Write a backup while the service runs; returns the file. `target` is a folder, or the name of a new file.

    Raises BACKUP_FAILED, and then nothing stands under that name.
    """
    if target.is_dir():
        target /= f"feedback-{now:%Y%m%dT%H%M%SZ}.backup"
    if target.exists():
        raise Problem(Code.BACKUP_FAILED, f"{target} is there already.")
    if settings.is_sqlite and not Path(settings.database_url.removeprefix("sqlite:///")).exists():
        raise Problem(Code.BACKUP_FAILED, "There is no database yet.")
    with _told(Code.BACKUP_FAILED, target.parent), _drafts(target) as (draft, data):
        database = Database(settings.database_url)
        try:
            with database.reading() as session:
                schema = version_of(session)
                if schema is None:
                    raise Problem(Code.BACKUP_FAILED, "The database holds nothing yet.")
                rows = _rows(session)
                tool = None
                if database.is_sqlite:
                    sqlite.dump(session, data, progress)
                else:
                    tool = postgres.dump(database, session, data, progress)
        finally:
            database.close()

        def manifest(size: int, digest: str) -> Manifest:
            return Manifest(
                made_at=now.isoformat(),
                product=installed("feedback-service"),
                database=database.url.get_backend_name(),
                schema=schema,
                rows=rows,
                secret=_fingerprint(settings),
                data_bytes=size,
                data_sha256=digest,
                tool=tool,
            )

        archive.write(draft, data, manifest, secrets.root(settings) if with_secret else None)
        archive.appear(draft, target)
    return target


def restore(settings: Settings, source: Path, *, new_secret: bool, progress: Progress, now: datetime) -> Restored:
    """Bring a backup into an empty place, to the schema of this code, and recount everything.

    What the journal of erasures in the home names is erased again before anybody sees it.
    With `new_secret` it goes on without the secret that belongs to it: pseudonyms and signing keys are lost then.
    Raises BACKUP_UNREADABLE, RESTORE_REFUSED and RESTORE_FAILED; in every case it can be tried again.
    """
    make_home(settings.home)
    lock = FileLock(settings.home / UP_LOCK)
    if not lock.acquire():
        raise Problem(Code.RESTORE_REFUSED, f"`feedback up` runs on {settings.home}. Stop it first.")
    try:
        with archive.opened(source) as found:
            _check(settings, found, new_secret=new_secret)
            with _told(Code.RESTORE_FAILED, settings.home):
                if settings.is_sqlite:
                    return _into_sqlite(settings, found, progress, now)
                return _into_postgres(settings, found, progress, now)
    finally:
        lock.release()


def _check(settings: Settings, found: Archive, *, new_secret: bool) -> None:
    kind = "sqlite" if settings.is_sqlite else "postgresql"
    manifest = found.manifest
    if manifest.database != kind:
        raise Problem(Code.RESTORE_REFUSED, f"It is of {manifest.database}, and DATABASE_URL names {kind}.")
    if not knows(manifest.schema):
        raise Problem(
            Code.RESTORE_REFUSED,
            f"Its schema {manifest.schema} is newer than this version's. Version {manifest.product} restores it.",
        )
    if settings.secret or (settings.home / "secret").exists():
        if _fingerprint(settings) != manifest.secret and not new_secret:
            raise Problem(
                Code.RESTORE_REFUSED,
                "The secret that is in place is another than the backup's. Put the right one there,"
                " or lose all pseudonyms and signing keys with --new-secret.",
            )
    elif found.secret is None and not new_secret:
        raise Problem(
            Code.RESTORE_REFUSED,
            f"The secret is not in this backup. Put it into {settings.home / 'secret'} or FEEDBACK_SECRET,"
            " or lose all pseudonyms and signing keys with --new-secret.",
        )


def _into_sqlite(settings: Settings, found: Archive, progress: Progress, now: datetime) -> Restored:
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    sqlite.check_empty(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".restoring")
    sqlite.clear(draft)  # Of a restore that was interrupted.
    try:
        found.unpack(draft, progress)
        draft.chmod(_CLOSED)
        result = _finish(Database(f"sqlite:///{draft}"), settings, found, now)
        _keep_secret(settings, found)
        archive.appear(draft, path)
    finally:
        sqlite.clear(draft)
    return result


def _into_postgres(settings: Settings, found: Archive, progress: Progress, now: datetime) -> Restored:
    postgres.check_tool(found.manifest.tool)
    database = Database(settings.database_url)
    draft = settings.home / "restoring.dump"
    try:
        postgres.check_empty(database)
        found.unpack(draft, progress)
        _keep_secret(settings, found)
        postgres.load(database, draft, len(found.manifest.rows), progress)
        return _finish(database, settings, found, now)
    finally:
        draft.unlink(missing_ok=True)
        database.close()


def _finish(database: Database, settings: Settings, found: Archive, now: datetime) -> Restored:
    """Every row is there, the schema is this code's, and the tallies are what they count."""
    try:
        with database.reading() as session:
            rows = _rows(session)
        if rows != found.manifest.rows:
            off = sorted(name for name in rows | found.manifest.rows if rows.get(name) != found.manifest.rows.get(name))
            raise Problem(Code.RESTORE_FAILED, f"Rows are missing or too many in {', '.join(off)}.")
        behind = is_behind(database)
        if behind:
            migrate(database)
        with database.transaction() as session:
            again = _erase_again(session, settings, now)
            counted = verify(session, now=now)
            seats = adoption.verify(session, settings, now=now)
    finally:
        database.close()
    differences = len(counted.differences) + len(seats)
    return Restored(found.manifest, behind, counted.responses, counted.voices, differences, again)


def _erase_again(session: Session, settings: Settings, now: datetime) -> Replayed | None:
    """What was erased since the backup was made does not come back with it."""
    journal = Journal(settings.home)
    return replay(session, journal.entries(), now=now) if journal.path.exists() else None


def _keep_secret(settings: Settings, found: Archive) -> None:
    path = settings.home / "secret"
    if found.secret is None or settings.secret or path.exists():
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _CLOSED)
    with os.fdopen(descriptor, "w") as file:
        file.write(found.secret)
        file.flush()
        os.fsync(file.fileno())


def _rows(session: Session) -> dict[str, int]:
    names = inspect(session.connection()).get_table_names()
    return {name: session.scalar(select(func.count()).select_from(table(name))) or 0 for name in sorted(names)}


def _fingerprint(settings: Settings) -> str:
    return hmac.digest(secrets.load(settings).pepper, b"which secret", "sha256")[:16].hex()


@contextmanager
def _drafts(target: Path) -> Iterator[tuple[Path, Path]]:
    """Names beside `target` for the archive and for the data that go into it; both are gone afterwards."""
    name = f".{target.name}-{random_text(8)}"
    draft, data = target.with_name(name), target.with_name(name + ".data")
    try:
        yield draft, data
    finally:
        draft.unlink(missing_ok=True)
        sqlite.clear(data)


@contextmanager
def _told(code: Code, folder: Path) -> Iterator[None]:
    """Tell a full or missing disk and a database that does not answer in a sentence."""
    try:
        yield
    except OSError as error:
        what = "The disk is full" if error.errno in _FULL else str(error.strerror or error)
        raise Problem(code, f"{what}: {folder}.") from error
    except OperationalError as error:
        raise Problem(code, str(error.orig).partition("\n")[0]) from error
    except sqlite3.Error as error:
        raise Problem(code, f"{error}: {folder}.") from error
