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
