"""Lines about a person or a partner in files that were handed in by the desk and still lie there.

To show, and to take out.
"""

import mmap
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Problem
from feedback.imports import uploads
from feedback.imports.models import ImportOrder
from feedback.imports.table import Record, Table
from feedback.settings import Settings


@dataclass(frozen=True, slots=True)
class Naming:
    """A file with lines about somebody, or of a partner.

    `count` of them; `lines`: each by the names of its columns, left out for a partner, whose lines may fill the file;
    `numbers`: where in the file.
    """

    path: Path
    kind: str
    file_name: str
    is_list_of_rejected: bool
    count: int
    lines: list[dict[str, str]]
    numbers: frozenset[int]


def naming(session: Session, settings: Settings, partner: str, subject: str | None = None) -> list[Naming]:
    """Files of the desk, and lists of their rejected lines, with lines that name both the partner and the person.

    `partner`: its slug; `subject`: as files name the person, None for every line of the partner. Which column is which
    need not be known: nobody may have chosen the columns yet.
    """
    found = []
    orders = select(ImportOrder).where(ImportOrder.source == "desk").order_by(ImportOrder.made_at, ImportOrder.id)
    # A file without an order is still being received.
    for order in session.scalars(orders):
        for path in uploads.kept(settings, order.id):
            one = _look(path, order, partner, subject)
            if one is not None:
                found.append(one)
    return found


def take_out(found: list[Naming]) -> int:
    """Make those lines empty, in the files; how many there were. Other lines stay as they are, with their numbers."""
    for one in found:
        try:
            _empty(one)
        except FileNotFoundError:
            continue
        except OSError:
            # A full disk, for instance. Without the file its owner uploads it again; with it the person stays in it.
            one.path.unlink(missing_ok=True)
    return sum(one.count for one in found)


def _look(path: Path, order: ImportOrder, partner: str, subject: str | None) -> Naming | None:
    try:
        if not _has(path, partner if subject is None else subject):
            return None
        count = 0
        lines: list[dict[str, str]] = []
        numbers: set[int] = set()
        with Table(path, order.file_name) as table:
            place, width = _place_of_partner(table.header, order.maps), len(table.header)
            for record in table.records():
                if not (_of(record, partner, place, width) if subject is None else _names(record, partner, subject)):
                    continue
                count += 1
                numbers.update(range(record.line, record.line + record.lines))
                if subject is not None:
                    lines.append(dict(zip(table.header, record.cells, strict=False)))
    except (FileNotFoundError, Problem):
        # It was imported and deleted meanwhile, or is no table and names nobody in a way that could be imported.
        return None
    if not count:
        return None
    return Naming(path, order.kind, order.file_name, table.is_list_of_rejected, count, lines, frozenset(numbers))


def _has(path: Path, subject: str) -> bool:
    """Do the bytes of the name occur at all? That is a hundred times faster than to read the table."""
    spellings = {subject.encode(), subject.replace('"', '""').encode()}
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(one) >= 0 for one in spellings)


def _names(record: Record, partner: str, subject: str) -> bool:
    if record.problem is not None and len(record.cells) == 1:
        # It could not be told apart into cells.
        return partner in record.cells[0] and subject in record.cells[0]
    cells = {cell.strip() for cell in record.cells}
    return partner in cells and subject.strip() in cells


def _of(record: Record, partner: str, place: int | None, width: int) -> bool:
    """Is it a line of this partner? Where its column is not known, or the line is out of step, any cell may say so."""
    if record.problem is not None and len(record.cells) == 1:
        return re.search(rf"(?<![a-z0-9-]){re.escape(partner)}(?![a-z0-9-])", record.cells[0]) is not None
    if place is not None and len(record.cells) == width:
        return record.cells[place].strip() == partner
    return partner in {cell.strip() for cell in record.cells}


def _place_of_partner(header: Sequence[str], maps: Sequence[str]) -> int | None:
    """The column that names partners, when it was chosen or is called so."""
    chosen = dict(one.partition("=")[::2] for one in maps)
    wanted = " ".join(chosen.get("partner", "partner").split()).casefold()
    theirs = [" ".join(name.split()).casefold() for name in header]
    return theirs.index(wanted) if wanted in theirs else None


def _empty(one: Naming) -> None:
    draft = one.path.with_name(f".{one.path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.writelines(_others(one))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(one.path)
    finally:
        draft.unlink(missing_ok=True)


def _others(one: Naming) -> Iterator[str]:
    with one.path.open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
        for number, line in enumerate(lines, 1):
            yield "\n" if number in one.numbers else line
