"""The watched folder: a file laid into the subfolder of its kind is taken, imported, and put away with a report.

`working/KIND--ID/FILE` is a file that was taken. Its name says all that is needed to go on after a crash at any point.
"""

import os
import stat
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from feedback.core.errors import Problem
from feedback.core.ids import new_id
from feedback.core.services import Services
from feedback.imports import mappings
from feedback.imports.kinds import KINDS
from feedback.imports.models import ImportOrder
from feedback.imports.orders import HandedIn, shown_name, take_in
from feedback.imports.rejected import rejected_path
from feedback.imports.table import Table
from feedback.imports.telling import told

ACTOR = "folder"
"""Who imported, in the audit log."""
REPORT = "report.txt"
_WORKING, _DONE, _FAILED = "working", "done", "failed"
_SETTLED = timedelta(seconds=3)
_EMPTY_SETTLED = timedelta(minutes=1)
"""An empty file may be one that somebody is about to write."""
_UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload", ".swp", "~")
_LONGEST_NAME_BYTES = 200
_A_LINK = "It is a link or a device, not a file; nothing of it was read. Lay the file itself into the folder."

log = structlog.get_logger(__name__)


def claimed(root: Path, order: ImportOrder) -> Path:
    """Where the file of an order lies until it is put away."""
    return _place(root, order.kind, order.id) / order.file_name


class FolderWatch:
    """Remembers what it saw, so that a file that still grows is left alone. One in a process is enough."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[tuple[int, int], datetime]] = {}
        self._trouble: str | None = None

    def look(self, services: Services) -> int:
        """Take what has settled and make orders of it; how many. Goes on with what a crash left behind."""
        root = services.settings.import_folder
        if root is None:
            return 0
        taken = 0
        trouble = None
        try:
            for name in (*KINDS, _WORKING, _DONE, _FAILED):
                (root / name).mkdir(parents=True, exist_ok=True)
            taken += _recover(services, root)
            for path in self._settled(root, services.clock()):
                _take(services, root, path)
                taken += 1
        except OSError as error:
            trouble = f"{error.strerror}: {error.filename}"
        if trouble != self._trouble and trouble is not None:
            log.warning("the watched folder cannot be used", folder=str(root), reason=trouble)
        self._trouble = trouble
        return taken

    def _settled(self, root: Path, now: datetime) -> list[Path]:
        seen, self._seen = self._seen, {}
        settled = []
        for kind in KINDS:
            with os.scandir(root / kind) as entries:
                found = sorted((entry for entry in entries if _is_ours(entry)), key=lambda entry: entry.name)
            for entry in found:
                status = entry.stat(follow_symlinks=False)
                stamp, path = (status.st_size, status.st_mtime_ns), Path(entry.path)
                before, since = seen.get(path, (stamp, now))
                since = since if before == stamp and since <= now else now
                self._seen[path] = stamp, since
                if now - since >= (_SETTLED if status.st_size else _EMPTY_SETTLED):
                    settled.append(path)
        return settled


def put_away(root: Path, order: ImportOrder, *, now: datetime) -> None:
    """Move a file that is done with into `done` or `failed`, with a report beside it."""
    place = _place(root, order.kind, order.id)
    failed = order.state != "done"
    if not place.is_dir():
        return
    (place / REPORT).write_text("\n".join(_report(order, place)) + "\n", encoding="utf-8")
    name = f"{now:%Y-%m-%d-%H%M%S}-{order.kind}-{order.id.hex[-8:]}"
    place.rename(root / (_FAILED if failed else _DONE) / name)


def _report(order: ImportOrder, place: Path) -> list[str]:
    if order.state != "done" or order.counts is None:
        again = f"Then move the file back into the folder {order.kind}."
        return [f"{order.file_name} was not imported.", "", order.problem or "", again]
    lines = list(told(order.file_name, order.counts))
    rejects = rejected_path(place / order.file_name)
    if rejects.exists():
        lines += ["", f"The rejected lines, with their reasons: {rejects.name}"]
        lines += [f"Correct them there and move that file into the folder {order.kind}."]
    return lines


def _is_ours(entry: "os.DirEntry[str]") -> bool:
    hidden = entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED)
    return not hidden and not entry.is_dir(follow_symlinks=False)


def _take(services: Services, root: Path, path: Path) -> None:
    order_id, kind = new_id(), path.parent.name
    place = _place(root, kind, order_id)
    place.mkdir()
    with suppress(FileNotFoundError):
        # From here on nobody else finds it: whatever happens next, it is taken once.
        path.rename(place / _name_on_disk(path.name))
    _put_down(services, place, kind, order_id)


def _put_down(services: Services, place: Path, kind: str, order_id: UUID) -> bool:
    """Make the order of a file that was taken; False when it is gone."""
    file = next((one for one in sorted(place.iterdir()) if one.name != REPORT), None)
    if file is None:
        place.rmdir()
        return False
    status = file.lstat()
    new = HandedIn(order_id, kind, file.name, status.st_size, "folder")
    header = _header(file) if stat.S_ISREG(status.st_mode) else None
    now = services.clock()
    with services.database.transaction() as session:
        mapping = mappings.fitting(session, kind, header) if header else None
        order = take_in(session, new, mapping, actor=ACTOR, now=now, state="importing")
        if not stat.S_ISREG(status.st_mode):
            order.state, order.problem, order.finished_at = "failed", _A_LINK, now
    if order.state == "failed":
        put_away(place.parents[1], order, now=now)
    return True


def _recover(services: Services, root: Path) -> int:
    """Go on with what was taken and not put down, or done and not put away; how many orders were made."""
    made = 0
    for place in sorted((root / _WORKING).iterdir()):
        kind, _, text = place.name.partition("--")
        try:
            order_id = UUID(text)
        except ValueError:
            continue
        with services.database.reading() as session:
            order = session.get(ImportOrder, order_id)
        if order is None and kind in KINDS:
            made += _put_down(services, place, kind, order_id)
        elif order is not None and order.finished_at is not None:
            put_away(root, order, now=services.clock())
    return made


def _header(file: Path) -> list[str] | None:
    try:
        with Table(file) as table:
            return table.header
    except Problem:
        return None  # the import will say so


def _place(root: Path, kind: str, order_id: UUID) -> Path:
    return root / _WORKING / f"{kind}--{order_id}"


def _name_on_disk(name: str) -> str:
    """The file's name where it can be kept and shown; short enough for what is written beside it."""
    shown = shown_name(name)
    # Cut between two words it would end with a blank, which the order does not keep.
    encoded = shown.encode()[:_LONGEST_NAME_BYTES].decode(errors="ignore").rstrip()
    return encoded if encoded != REPORT else f"_{REPORT}"
