"""Imports of files: what came, how far it got, the lines that wait to be merged, and those that were rejected."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, Uuid
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
