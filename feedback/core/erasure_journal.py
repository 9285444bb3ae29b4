"""The journal of erasures: a file in FEEDBACK_HOME that a restore of the database does not take back.

One JSON object per line, ids and times only, written to disk before `add` returns. The tables of `core.erasures` are
the truth while the database lives; the file is what is left of them when an older database comes back. With several
machines the one that runs the schedule collects what all of them erased; files of others can be read in.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.core.erasures import Erasure, PartnerRemoval, Withdrawal
from feedback.core.errors import Code, Problem

NAME = "erasures.journal"
RESPONDENT, RESPONSE, PARTNER = "respondent", "response", "partner"
_OVERLAP = timedelta(hours=1)
"""Clocks of several machines differ, and a transaction is committed later than the time it writes down."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """`kind`: RESPONDENT, RESPONSE (an answer deleted by whoever gave it) or PARTNER, whose `id` is the partner's."""

    at: datetime
    kind: str
    partner_id: UUID
    id: UUID
    objected: bool = False


class Journal:
    """The file in `home`; it is made with the first entry."""

    def __init__(self, home: Path) -> None:
        self.path = home / NAME
        self._known: set[Entry] = set()
        self._read_bytes = 0
        self._seen: tuple[Any, ...] | None = None
        self._upto: datetime | None = None

    def entries(self) -> list[Entry]:
        """What is in the file, in order of time. Raises CONFLICT for a line that says nothing."""
        with self._locked() as file:
            self._read(file)
        return sorted(self._known)

    def add(self, entries: Iterable[Entry]) -> int:
        """Write those that are not there yet; on disk when this returns. Returns how many."""
        with self._locked() as file:
            self._read(file)
            new = sorted(set(entries) - self._known)
            if new:
                # A line that a crash cut short was acknowledged to nobody; the tables say it again.
                os.ftruncate(file, self._read_bytes)
                os.pwrite(file, b"".join(_line(one) for one in new), self._read_bytes)
                os.fsync(file)
                self._read(file)
        return len(new)

    def collect(self, session: Session) -> int:
        """Write what the tables have and the file has not; returns how many. Quick when nothing changed."""
        if not self.path.exists():
            # Somebody took it away, or the home is new: all of it is written again.
            self._known, self._read_bytes, self._seen, self._upto = set(), 0, None, None
        seen = tuple(session.execute(_FINGERPRINT).one())
        if seen == self._seen:
            return 0
        entries = list(recorded(session, None if self._upto is None else self._upto - _OVERLAP))
        added = self.add(entries) if entries else 0
        self._seen, self._upto = seen, max([self._upto, *(one.at for one in entries)], key=_time, default=None)
        return added

    @contextmanager
    def _locked(self) -> Iterator[int]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _read(self, file: int) -> None:
        """What was added since, also by others; a last line without its end is not taken."""
        added = os.pread(file, os.fstat(file).st_size - self._read_bytes, self._read_bytes)
        whole = added[: added.rfind(b"\n") + 1]
        self._known.update(_entries(whole, self.path))
        self._read_bytes += len(whole)


def read_file(path: Path) -> list[Entry]:
    """The entries of the journal of another machine. Raises CONFLICT."""
    try:
        return sorted(set(_entries(path.read_bytes(), path)))
    except OSError as error:
        raise Problem(Code.CONFLICT, f"{path} cannot be read: {error.strerror}.") from error


def recorded(session: Session, since: datetime | None = None) -> Iterator[Entry]:
    """What the tables say was erased, `since` then."""
    for row in session.scalars(_since(select(Erasure), Erasure.erased_at, since)):
        yield Entry(row.erased_at, RESPONDENT, row.partner_id, row.respondent_id, row.objected)
    for one in session.scalars(_since(select(Withdrawal), Withdrawal.withdrawn_at, since)):
        yield Entry(one.withdrawn_at, RESPONSE, one.partner_id, one.response_id)
    for gone in session.scalars(_since(select(PartnerRemoval), PartnerRemoval.removed_at, since)):
        yield Entry(gone.removed_at, PARTNER, gone.id, gone.id)


def _since(statement: Any, moment: Any, since: datetime | None) -> Any:
    return statement if since is None else statement.where(moment >= since)


def _latest(model: Any, moment: Any) -> tuple[Any, Any]:
    return (
        select(func.count()).select_from(model).scalar_subquery(),
        select(func.max(moment)).scalar_subquery(),
    )


_FINGERPRINT = select(
    *_latest(Erasure, Erasure.erased_at),
    *_latest(Withdrawal, Withdrawal.withdrawn_at),
    *_latest(PartnerRemoval, PartnerRemoval.removed_at),
)


def _time(moment: datetime | None) -> float:
    return float("-inf") if moment is None else moment.timestamp()


def _line(one: Entry) -> bytes:
    said: dict[str, Any] = {"erased": one.kind, "partner": one.partner_id, "id": one.id, "at": one.at}
    return orjson.dumps({**said, **({"objected": True} if one.objected else {})}) + b"\n"


def _entries(text: bytes, path: Path) -> Iterator[Entry]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            said = orjson.loads(line)
            kind = {RESPONDENT: RESPONDENT, RESPONSE: RESPONSE, PARTNER: PARTNER}[said["erased"]]
            at = datetime.fromisoformat(said["at"])
            yield Entry(at, kind, UUID(said["partner"]), UUID(said["id"]), bool(said.get("objected")))
        except (ValueError, KeyError, TypeError) as error:
            where = f"Line {number} of {path} is no entry of the journal of erasures; mend it or take it out."
            raise Problem(Code.CONFLICT, where) from error
