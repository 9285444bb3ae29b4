"""People of the vendor, their sessions and sign-in links, and the audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime

STAFF_ROLES = ("admin", "researcher", "analyst", "account")


class StaffMember(Base):
    """Somebody of the vendor who may sign in to the desk."""

    __tablename__ = "staff"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(12))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("role IN ('admin', 'researcher', 'analyst', 'account')", name="role"),)


class StaffSession(Base):
    """One browser that is signed in; only the SHA-256 of its cookie is kept."""

    __tablename__ = "staff_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInLink(Base):
    """A link that signs one person in, once; only its SHA-256 is kept."""

    __tablename__ = "sign_in_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInAttempts(Base):
    """How often a password was tried for one address in one quarter of an hour, known or not; short-lived."""

    __tablename__ = "sign_in_attempts"

    quarter: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Quarters of an hour since 1970."""
    email_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempts: Mapped[int]


class AuditEntry(Base):
    """Who read or changed what. Rows are only ever added."""

    __tablename__ = "audit_log"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(300))
    """`staff:EMAIL`, `key:ID` or `cli`."""
    action: Mapped[str] = mapped_column(String(80))
    target: Mapped[str] = mapped_column(String(300))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (Index(None, "at"),)
