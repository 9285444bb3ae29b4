"""Imports of files: what came, how far it got, and the lines that wait to be merged."""

from datetime import datetime
from typing import Any
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
    """SHA-256 of the file and of the mapping it was read with."""
    state: Mapped[str] = mapped_column(String(8))
    """`staging`, `merging`, `done`."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    staged: Mapped[int]
    merged: Mapped[int]
    rejected: Mapped[int]


class StagedLine(Base):
    """A line that was read and found good, waiting to be merged."""

    __tablename__ = "import_lines"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why the merge rejected it; empty while it is good."""
