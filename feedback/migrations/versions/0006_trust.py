"""Releases that are handed out, people's rights, and what speaks against counting an answer"""

from collections.abc import Sequence

revision: str = '0006'
down_revision: str | None = '0005'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    _partner_pages()
    _rights()
    _terms()
    _flags()


def _partner_pages() -> None:
    """What a partner is handed."""


def _rights() -> None:
    """Erasure, objection, retention."""


def _terms() -> None:
    """Policies, consent, the audit log."""


def _flags() -> None:
    """What speaks against counting answers."""
