"""An index less to write for each grant: what it was for is found by the ids, which are of the time of the grant"""

from collections.abc import Sequence

from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index("ix_impressions_partner_id_granted_at", table_name="impressions")
