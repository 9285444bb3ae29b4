"""Files that were handed in by the desk: in the home, under names of ours, for a week at most."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.imports.models import ImportOrder
from feedback.imports.rejected import rejected_path
from feedback.settings import Settings

KEPT = timedelta(days=7)
"""A file that nobody imported, and the list of rejected lines, which holds people too."""
_NAME = "file.csv"
_NO_ORDER_YET = timedelta(hours=12)


def uploaded(settings: Settings, order_id: UUID) -> Path:
    """Where the file of an order lies."""
    return _folder(settings) / str(order_id) / _NAME


def report(settings: Settings, order_id: UUID) -> Path | None:
    """The list of rejected lines of an order; None when there is none, or none any more."""
    path = rejected_path(uploaded(settings, order_id))
    return path if path.is_file() else None


def kept(settings: Settings, order_id: UUID) -> list[Path]:
    """The files of an order that lie there now: the one that was handed in, the list of its rejected lines."""
    file = uploaded(settings, order_id)
    return [path for path in (file, rejected_path(file)) if path.is_file()]


@contextmanager
def receiving(settings: Settings, order_id: UUID) -> Iterator[BinaryIO]:
    """A new file that only we may read, to be filled in this block; when the block raises nothing is left."""
    path = uploaded(settings, order_id)
    _folder(settings).mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        forget(settings, order_id)
        raise


def forget(settings: Settings, order_id: UUID) -> None:
    """Take the file of an order away, and what was written beside it."""
    shutil.rmtree(uploaded(settings, order_id).parent, ignore_errors=True)


def forget_file(settings: Settings, order_id: UUID) -> None:
    """Take the file away; the list of rejected lines stays."""
    with suppress(FileNotFoundError):
        uploaded(settings, order_id).unlink()


def tidy(session: Session, settings: Settings, *, now: datetime) -> None:
    """Drop orders of the desk that nobody went on with for a week, and take away files that nobody needs any more."""
    waiting = ImportOrder.state.in_(("mapping", "checked")), ImportOrder.made_at < now - KEPT
    for order in session.scalars(select(ImportOrder).where(*waiting)):
        order.state, order.finished_at = "dropped", now
    session.flush()
    for folder, order_id in _folders(settings):
        found = session.get(ImportOrder, order_id)
        if found is None:
            began = datetime.fromtimestamp(folder.stat().st_mtime, now.tzinfo)
            gone = began < now - _NO_ORDER_YET
        else:
            gone = found.state == "dropped" or (found.finished_at is not None and found.finished_at < now - KEPT)
            if found.state == "done":
                forget_file(settings, order_id)
        if gone:
            forget(settings, order_id)


def _folders(settings: Settings) -> Iterator[tuple[Path, UUID]]:
    if not _folder(settings).is_dir():
        return
    for path in sorted(_folder(settings).iterdir()):
        with suppress(ValueError, FileNotFoundError):
            yield path, UUID(path.name)


def _folder(settings: Settings) -> Path:
    return settings.home / "uploads"
