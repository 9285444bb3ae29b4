"""An empty database again, for tests that play many stories in one."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from feedback.core.db import Base

_KEPT = ("policies_kept", "card_texts_kept", "survey_versions_kept")


def take_all_out(session: Session) -> None:
    """Delete every row, also of what the database keeps: its triggers are switched off for that."""
    if session.get_bind().dialect.name == "sqlite":
        for trigger in _KEPT:
            session.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
    else:
        session.execute(text("SET LOCAL session_replication_role = replica"))
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(table.delete())
