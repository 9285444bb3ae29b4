"""People of the vendor, how they sign in, their sessions, and the audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from feedback.core.db import Base, UtcDateTime


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
    """One browser that is signed in; only the SHA-256 of its cookie is kept, and nothing about the browser."""

    __tablename__ = "staff_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    how: Mapped[str | None] = mapped_column(String(12))
    """`link`, `password` or `provider`."""


class SignInLink(Base):
    """A link that signs one person in, once; only its SHA-256 is kept."""

    __tablename__ = "sign_in_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInStep(Base):
    """A browser that showed a password or a link and owes a code. Its cookie, kept as SHA-256, opens nothing else."""

    __tablename__ = "sign_in_steps"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    how: Mapped[str] = mapped_column(String(12))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignInAttempts(Base):
    """How often a secret was tried in one quarter of an hour, by account, known or not, and by place; short-lived."""

    __tablename__ = "sign_in_attempts"

    quarter: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Quarters of an hour since 1970."""
    email_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of what is counted: an account, a place (itself a keyed hash), or both."""
    attempts: Mapped[int]


class SecondFactor(Base):
    """The secret that one person's authenticator holds too; it counts once a code has proved that."""

    __tablename__ = "second_factors"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    secret_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proven_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    """The half-minute since 1970 of the last code that was accepted; none before it or of it is again."""


class RecoveryCode(Base):
    """A code that stands in for the authenticator, once; only its SHA-256 is kept."""

    __tablename__ = "recovery_codes"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StaffIdentity(Base):
    """An account at the identity provider, and who of the staff it is: addresses change hands, subjects do not."""

    __tablename__ = "staff_identities"

    issuer: Mapped[str] = mapped_column(String(500), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditEntry(Base):
    """Who read or changed what. Rows are only ever added: triggers refuse to change one, or to delete one of this year.

    A migration that makes the table anew has to make its triggers anew.
    """

    __tablename__ = "audit_log"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(300))
    """`staff:EMAIL`, `key:ID`, `cli`, `folder` or `provider`."""
    action: Mapped[str] = mapped_column(String(80))
    target: Mapped[str] = mapped_column(String(300))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (Index(None, "at"),)
