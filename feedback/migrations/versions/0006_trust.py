"""Releases that are handed out, people's rights, and what speaks against counting an answer"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import feedback.core.db

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    _partner_pages()
    _rights()
    _terms()
    _flags()


def _partner_pages() -> None:
    """What a partner is handed."""
    op.create_table('partner_links',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('made_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=300), nullable=False),
    sa.Column('expires_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('opened_at', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partner_links'))
    )
    op.create_index(op.f('ix_partner_links_partner_id'), 'partner_links', ['partner_id'], unique=False)
    op.create_table('paraphrases',
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('first_month', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=40), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('written_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('written_by', sa.String(length=300), nullable=False),
    sa.Column('approved_at', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('approved_by', sa.String(length=300), nullable=True),
    sa.PrimaryKeyConstraint('partner_id', 'id', name=op.f('pk_paraphrases'))
    )
    op.add_column('product_releases', sa.Column('told', sa.Text(), nullable=True))


def _rights() -> None:
    """Erasure, objection, retention."""
    moment = feedback.core.db.UtcDateTime(timezone=True)
    op.add_column("erasures", sa.Column("objected", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "withdrawals",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "response_id", name=op.f("pk_withdrawals")),
    )
    op.create_table(
        "partner_removals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("removed_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_removals")),
    )
    # What the purge of raw rows leaves: which months are counted for good, and the last day of each seat among them.
    op.create_table(
        "seals",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("voices_before", sa.Integer(), nullable=True),
        sa.Column("seats_before", sa.Integer(), nullable=True),
        sa.Column("tallies_before", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_seals")),
    )
    op.add_column("seats", sa.Column("last_purged_on", sa.Date(), nullable=True))
    op.add_column("responses", sa.Column("comment_purged_on", sa.Date(), nullable=True))


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
    moment = feedback.core.db.UtcDateTime(timezone=True)
    op.add_column("responses", sa.Column("set_aside_id", sa.Uuid(), nullable=True))
    op.add_column("voices", sa.Column("next_any_month", sa.Integer(), nullable=True))
    op.create_table(
        "aside_tallies",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.String(length=8), nullable=False),
        sa.Column("metric", sa.String(length=11), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("next_month", sa.Integer(), nullable=False),
        sa.Column("next_any_month", sa.Integer(), nullable=False),
        sa.Column("trust", sa.String(length=7), nullable=False),
        sa.Column("h0", sa.Integer(), nullable=False),
        sa.Column("h1", sa.Integer(), nullable=False),
        sa.Column("h2", sa.Integer(), nullable=False),
        sa.Column("h3", sa.Integer(), nullable=False),
        sa.Column("h4", sa.Integer(), nullable=False),
        sa.Column("h5", sa.Integer(), nullable=False),
        sa.Column("h6", sa.Integer(), nullable=False),
        sa.Column("h7", sa.Integer(), nullable=False),
        sa.Column("h8", sa.Integer(), nullable=False),
        sa.Column("h9", sa.Integer(), nullable=False),
        sa.Column("h10", sa.Integer(), nullable=False),
        sa.Column("commented", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint(
            "partner_id",
            "audience",
            "metric",
            "month",
            "next_month",
            "next_any_month",
            "trust",
            name=op.f("pk_aside_tallies"),
        ),
    )
    op.create_table(
        "set_asides",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("flag_id", sa.Uuid(), nullable=True),
        sa.Column("audience", sa.String(length=8), nullable=False),
        sa.Column("metric", sa.String(length=11), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("whose", sa.String(length=8), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", sa.String(length=300), nullable=False),
        sa.Column("undone_at", moment, nullable=True),
        sa.Column("undone_by", sa.String(length=300), nullable=True),
        sa.Column("undone_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("whose IN ('all', 'partner', 'new', 'unknown')", name=op.f("ck_set_asides_whose")),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_set_asides")),
    )
    op.create_table(
        "second_answers",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("impression_id", sa.Uuid(), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("respondent_id", sa.Uuid(), nullable=True),
        sa.Column("metric", sa.String(length=11), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("trust", sa.String(length=7), nullable=False),
        sa.Column("first_at", moment, nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "impression_id", "response_id", name=op.f("pk_second_answers")),
    )
    op.create_table(
        "flags",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("metric", sa.String(length=11), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("raised_at", moment, nullable=False),
        sa.Column("p_value", sa.Double(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("settled_at", moment, nullable=True),
        sa.Column("settled_by", sa.String(length=300), nullable=True),
        sa.Column("settled_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('above_seats', 'unknown', 'burst', 'pattern', 'timing', 'prompted', 'network')",
            name=op.f("ck_flags_kind"),
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_flags")),
    )
    op.create_table(
        "network_counts",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("network", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "day", "network", name=op.f("pk_network_counts")),
    )
