"""Imports of files: what came, how far it got, what waits to be merged or was rejected; orders and saved mappings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime


class ImportBatch(Base):
    """One file on its way in; the same file found unfinished is resumed."""

    __tablename__ = "imports"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(300))
    file_digest: Mapped[str] = mapped_column(String(64), index=True)
    """SHA-256 of the file, its kind and the mapping it is read with."""
    state: Mapped[str] = mapped_column(String(8))
    """`staging`, `merging`, `done`, or `dropped` when nobody finished it."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lines: Mapped[int]
    created: Mapped[int]
    revised: Mapped[int]
    unchanged: Mapped[int]
    repeated: Mapped[int]
    """Good lines that a later line of the same file replaces."""
    rejected: Mapped[int]
    also: Mapped[dict[str, int]] = mapped_column(JSON)
    """What was made or changed on the way: partners, buyers."""
    attribute_values: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    """Values of each attribute in the order of the file; no more than can be told apart."""
    actor: Mapped[str | None] = mapped_column(String(300))
    """As in the audit log; None for imports from before that was kept."""
    order_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The order that it was run for; None for a command in a terminal."""


class StagedLine(Base):
    """What a good line says, waiting to be merged. Pseudonyms only: the subject of a seat is not stored here either."""

    __tablename__ = "import_lines"
    # Merged in the order of the key: rows of one partner or person come together, and the table is its own index.
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(400), primary_key=True)
    """What makes two lines of a file speak of the same thing; the later one stays."""
    line: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    """JSON."""


class RejectedLine(Base):
    """A line that was not taken, until the list of them is written beside the file."""

    __tablename__ = "import_rejects"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(Text)


class ImportOrder(Base):
    """A file that the desk or the watched folder handed in, and what is to be done with it."""

    __tablename__ = "import_orders"
    __table_args__ = (
        CheckConstraint(
            "state IN ('mapping', 'checking', 'checked', 'importing', 'done', 'failed', 'dropped')", name="state"
        ),
        CheckConstraint("source IN ('desk', 'folder')", name="source"),
        Index(None, "state", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(300))
    """What its owner calls it; never a path of ours."""
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(6))
    actor: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(9))
    """`mapping` and `checked` wait for a person, `checking` and `importing` for a worker or are at one."""
    maps: Mapped[list[str]] = mapped_column(JSON)
    """OURS=THEIRS."""
    mapping_name: Mapped[str | None] = mapped_column(String(80))
    """The saved mapping that `maps` came from."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a worker took it up; None while it waits."""
    attempts: Mapped[int]
    phase: Mapped[str | None] = mapped_column(String(8))
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    """How far the phase is and how far it goes: bytes while reading, then lines."""
    told: Mapped[str | None] = mapped_column(Text)
    """What is waited for or resumed, in words."""
    problem: Mapped[str | None] = mapped_column(Text)
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What became of the lines, or would become of them."""
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportMapping(Base):
    """Which column of a file is which of ours, kept under a name for the next file of its kind."""

    __tablename__ = "import_mappings"

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    maps: Mapped[list[str]] = mapped_column(JSON)
    """OURS=THEIRS."""
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the header that it was made for."""
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(300))
