"""Releases that are handed out, people's rights, and what speaks against counting an answer"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import feedback.core.db

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
    op.add_column('policies', sa.Column('controller', sa.String(length=200), nullable=True))
    op.create_table('notice_texts',
    sa.Column('version', sa.String(length=80), nullable=False),
    sa.Column('locale', sa.String(length=35), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('published_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('published_by', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('version', 'locale', name=op.f('pk_notice_texts'))
    )
    op.add_column('impressions', sa.Column('card_text_id', sa.String(length=64), nullable=True))
    op.create_table('card_texts',
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('locale', sa.String(length=35), nullable=False),
    sa.Column('texts', sa.JSON(), nullable=False),
    sa.Column('first_shown_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('partner_id', 'id', name=op.f('pk_card_texts'))
    )
    # What is written once is evidence: the database itself refuses to change it, whoever asks.
    unchanging = ('audit_log', 'policies', 'notice_texts', 'card_texts', 'survey_versions')
    if op.get_bind().dialect.name == 'sqlite':
        _refuse_on_sqlite(unchanging)
    else:
        _refuse_on_postgresql(unchanging)


_KEPT_DAYS = 365


def _refuse_on_sqlite(unchanging: Sequence[str]) -> None:
    for table in unchanging:
        op.execute(
            f"CREATE TRIGGER {table}_unchanging BEFORE UPDATE ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
        )
    op.execute(
        "CREATE TRIGGER notice_texts_kept BEFORE DELETE ON notice_texts"
        " BEGIN SELECT RAISE(ABORT, 'notice_texts is only ever added to'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_log_kept BEFORE DELETE ON audit_log"
        f" WHEN OLD.at > strftime('%Y-%m-%d %H:%M:%S', 'now', '-{_KEPT_DAYS} days')"
        f" BEGIN SELECT RAISE(ABORT, 'audit_log is kept for {_KEPT_DAYS} days'); END"
    )
    # INSERT OR REPLACE deletes without a word to the trigger above.
    op.execute(
        "CREATE TRIGGER audit_log_not_replaced BEFORE INSERT ON audit_log"
        " WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id)"
        " BEGIN SELECT RAISE(ABORT, 'audit_log is never changed'); END"
    )


def _refuse_on_postgresql(unchanging: Sequence[str]) -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION '% of % is refused: it is kept as it is', TG_OP, TG_TABLE_NAME"
        " USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in unchanging:
        op.execute(
            f"CREATE TRIGGER {table}_unchanging BEFORE UPDATE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER notice_texts_kept BEFORE DELETE ON notice_texts"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_log_kept BEFORE DELETE ON audit_log FOR EACH ROW"
        f" WHEN (OLD.at > now() - interval '{_KEPT_DAYS} days') EXECUTE FUNCTION refuse_change()"
    )
    for table in ('audit_log', 'notice_texts'):
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _flags() -> None:
    """What speaks against counting answers."""
