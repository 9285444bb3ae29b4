"""Comments, claims and decisions"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import feedback.core.db

revision: str = '0004'
down_revision: str | None = '0003'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('claim_evidence',
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('claim_id', sa.Uuid(), nullable=False),
    sa.Column('response_id', sa.Uuid(), nullable=True),
    sa.Column('supports', sa.Boolean(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('added_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('added_by', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('partner_id', 'id', name=op.f('pk_claim_evidence'))
    )
    op.create_table('claims',
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('said_by', sa.String(length=200), nullable=False),
    sa.Column('said_on', sa.Date(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('verdict', sa.String(length=9), nullable=False),
    sa.Column('verdict_note', sa.Text(), nullable=True),
    sa.Column('created_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=300), nullable=False),
    sa.CheckConstraint("verdict IN ('open', 'supported', 'refuted', 'mixed')", name=op.f('ck_claims_verdict')),
    sa.PrimaryKeyConstraint('partner_id', 'id', name=op.f('pk_claims'))
    )
    op.create_table('comment_marks',
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('response_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.String(length=8), nullable=False),
    sa.Column('label', sa.String(length=40), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('restricted', sa.String(length=16), nullable=True),
    sa.Column('claim_id', sa.Uuid(), nullable=True),
    sa.Column('decision_id', sa.Uuid(), nullable=True),
    sa.Column('changed_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=300), nullable=False),
    sa.CheckConstraint("restricted IN ('health', 'harassment', 'named_colleague')", name=op.f('ck_comment_marks_restricted')),
    sa.CheckConstraint("status IN ('new', 'read', 'acted_on')", name=op.f('ck_comment_marks_status')),
    sa.PrimaryKeyConstraint('partner_id', 'response_id', name=op.f('pk_comment_marks'))
    )
    op.create_table('decisions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('finding', sa.Text(), nullable=False),
    sa.Column('owner', sa.String(length=200), nullable=False),
    sa.Column('number', sa.String(length=10), nullable=False),
    sa.Column('expected', sa.String(length=400), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=False),
    sa.Column('before', sa.Double(), nullable=True),
    sa.Column('after', sa.Double(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('told', sa.Text(), nullable=True),
    sa.Column('created_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=300), nullable=False),
    sa.Column('reviewed_at', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("number IN ('end_user', 'buyer', 'gap', 'activated', 'engaged', 'retention')", name=op.f('ck_decisions_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decisions'))
    )
    op.create_table('renewal_steps',
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.String(length=200), nullable=False),
    sa.Column('owner', sa.String(length=200), nullable=False),
    sa.Column('next_step', sa.String(length=400), nullable=False),
    sa.Column('changed_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('partner_id', 'contract_id', name=op.f('pk_renewal_steps'))
    )
    op.create_index(
        "ix_responses_of_comments",
        "responses",
        ["partner_id", "answered_at"],
        sqlite_where=sa.text("comment IS NOT NULL"),
        postgresql_where=sa.text("comment IS NOT NULL"),
    )
