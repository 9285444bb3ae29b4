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


def _staff() -> None:
    """Second factors, recovery codes, whom an identity provider knows."""


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


def _surveys() -> None:
    """What the editor of surveys keeps."""


def _imports() -> None:
    """Saved mappings of columns."""


def _privacy() -> None:
    """What was released to partners."""


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
