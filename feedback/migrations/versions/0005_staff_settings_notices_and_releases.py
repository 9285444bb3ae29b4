"""Second factors, settings kept in the database, notices, releases to partners, product releases"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import feedback.core.db

revision: str = '0005'
down_revision: str | None = '0004'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    _staff()
    _preferences()
    _notices()
    _surveys()
    _imports()
    _privacy()
    _decisions()
    _quality()


def _staff() -> None:
    """Second factors, recovery codes, whom an identity provider knows."""
    op.add_column('staff_sessions', sa.Column('how', sa.String(length=12), nullable=True))
    op.create_table('second_factors',
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('secret_encrypted', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('proven_at', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_second_factors_staff_id_staff')),
    sa.PrimaryKeyConstraint('staff_id', name=op.f('pk_second_factors'))
    )
    op.create_table('recovery_codes',
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_recovery_codes_staff_id_staff')),
    sa.PrimaryKeyConstraint('staff_id', 'code_hash', name=op.f('pk_recovery_codes'))
    )
    op.create_table('sign_in_steps',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('how', sa.String(length=12), nullable=False),
    sa.Column('expires_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_sign_in_steps_staff_id_staff')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_sign_in_steps'))
    )
    op.create_index(op.f('ix_sign_in_steps_staff_id'), 'sign_in_steps', ['staff_id'], unique=False)
    op.create_table('staff_identities',
    sa.Column('issuer', sa.String(length=500), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('linked_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_identities_staff_id_staff')),
    sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_staff_identities'))
    )
    op.create_index(op.f('ix_staff_identities_staff_id'), 'staff_identities', ['staff_id'], unique=False)


def _preferences() -> None:
    """What is set in the desk rather than in the environment."""
    op.create_table('preferences',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.Column('changed_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_preferences'))
    )


def _notices() -> None:
    """Who is told what, what was told, webhooks and their deliveries."""
    op.create_table('deliveries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('to_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('since', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('made_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('status', sa.String(length=8), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('next_try_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('tried_at', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.CheckConstraint("channel IN ('mail', 'slack', 'team', 'signed')", name=op.f('ck_deliveries_channel')),
    sa.CheckConstraint("status IN ('waiting', 'sent', 'given_up', 'dropped')", name=op.f('ck_deliveries_status')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries'))
    )
    op.create_index(op.f('ix_deliveries_status_next_try_at'), 'deliveries', ['status', 'next_try_at'], unique=False)
    op.create_index(op.f('ix_deliveries_to_id_made_at'), 'deliveries', ['to_id', 'made_at'], unique=False)
    op.create_table('news',
    sa.Column('thing', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('subject', sa.JSON(), nullable=False),
    sa.Column('at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('thing', name=op.f('pk_news'))
    )
    op.create_index(op.f('ix_news_at'), 'news', ['at'], unique=False)
    op.create_table('outbox',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('thing', sa.String(length=80), nullable=False),
    sa.Column('subject', sa.JSON(), nullable=False),
    sa.Column('at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox'))
    )
    op.create_table('told',
    sa.Column('thing', sa.String(length=80), nullable=False),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('to_id', sa.Uuid(), nullable=False),
    sa.Column('delivery_id', sa.Uuid(), nullable=True),
    sa.Column('at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('thing', 'channel', 'to_id', name=op.f('pk_told'))
    )
    op.create_index(op.f('ix_told_delivery_id'), 'told', ['delivery_id'], unique=False)
    op.create_table('webhook_endpoints',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('address', sa.LargeBinary(), nullable=False),
    sa.Column('events', sa.JSON(), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=True),
    sa.Column('old_secret', sa.LargeBinary(), nullable=True),
    sa.Column('old_secret_until', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('created_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('failing_since', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('rests_until', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('paused_at', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('removed_at', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('signed', 'team')", name=op.f('ck_webhook_endpoints_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_endpoints'))
    )
    op.create_table('notice_choices',
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('digest', sa.Boolean(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('quiet', sa.Boolean(), nullable=False),
    sa.Column('digest_from', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('by_mail', sa.Boolean(), nullable=False),
    sa.Column('slack_address', sa.LargeBinary(), nullable=True),
    sa.Column('alerts', sa.JSON(), nullable=False),
    sa.CheckConstraint('weekday BETWEEN 0 AND 6', name=op.f('ck_notice_choices_weekday')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_notice_choices_staff_id_staff')),
    sa.PrimaryKeyConstraint('staff_id', name=op.f('pk_notice_choices'))
    )


def _surveys() -> None:
    """What the second question of a survey came to is found without reading every voice."""
    op.create_index(
        "ix_voices_of_reasons",
        "voices",
        ["partner_id", "metric", "month", "survey_version_id"],
        sqlite_where=sa.text("reason IS NOT NULL"),
        postgresql_where=sa.text("reason IS NOT NULL"),
    )


def _imports() -> None:
    """Saved mappings of columns, files that the desk and the watched folder hand in."""
    op.add_column('imports', sa.Column('actor', sa.String(length=300), nullable=True))
    op.add_column('imports', sa.Column('order_id', sa.Uuid(), nullable=True))
    op.create_table('import_orders',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('file_name', sa.String(length=300), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('source', sa.String(length=6), nullable=False),
    sa.Column('actor', sa.String(length=300), nullable=False),
    sa.Column('state', sa.String(length=9), nullable=False),
    sa.Column('maps', sa.JSON(), nullable=False),
    sa.Column('mapping_name', sa.String(length=80), nullable=True),
    sa.Column('made_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('began_at', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('phase', sa.String(length=8), nullable=True),
    sa.Column('done', sa.BigInteger(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('told', sa.Text(), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('counts', sa.JSON(), nullable=True),
    sa.Column('finished_at', feedback.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("source IN ('desk', 'folder')", name=op.f('ck_import_orders_source')),
    sa.CheckConstraint("state IN ('mapping', 'checking', 'checked', 'importing', 'done', 'failed', 'dropped')", name=op.f('ck_import_orders_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_orders'))
    )
    op.create_index(op.f('ix_import_orders_state_made_at'), 'import_orders', ['state', 'made_at'], unique=False)
    op.create_table('import_mappings',
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('maps', sa.JSON(), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('changed_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'name', name=op.f('pk_import_mappings'))
    )


def _privacy() -> None:
    """What was released to partners."""
    op.create_table('released_attributes',
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('changed_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('partner_id', name=op.f('pk_released_attributes'))
    )
    op.create_table('releases',
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('first_month', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last_month', sa.Integer(), nullable=False),
    sa.Column('made_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('shown', sa.JSON(), nullable=False),
    sa.Column('kept', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('partner_id', 'first_month', name=op.f('pk_releases'))
    )


def _decisions() -> None:
    """Releases of the vendor's product."""
    op.create_table('product_releases',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('created_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_releases'))
    )


def _quality() -> None:
    """What came in, and what was done when."""
    op.create_table('answer_intake',
    sa.Column('month', sa.Integer(), nullable=False),
    sa.Column('metric', sa.String(length=11), nullable=False),
    sa.Column('audience', sa.String(length=8), nullable=False),
    sa.Column('way', sa.String(length=6), nullable=False),
    sa.Column('trust', sa.String(length=7), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('answers', sa.Integer(), nullable=False),
    sa.Column('revised', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('month', 'metric', 'audience', 'way', 'trust', 'live', name=op.f('pk_answer_intake'))
    )
    op.create_table('chores',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('done_at', feedback.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_chores'))
    )
