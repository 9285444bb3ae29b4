"""Bring a database to the schema of this code."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.orm import Session

from feedback.core.db import AdvisoryLock, Database


def migrate(database: Database) -> None:
    """Run the migrations that are missing; several processes may call this at once."""
    with database.transaction() as session:
        if not database.is_sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.MIGRATION})
        config = _config()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "head")


def revision(database: Database, message: str, revision_id: str) -> None:
    """Write a new migration with what differs between the models and `database`."""
    with database.transaction() as session:
        config = _config()
        config.attributes["connection"] = session.connection()
        command.revision(config, message, autogenerate=True, rev_id=revision_id)


def versions(database: Database) -> tuple[str | None, str | None]:
    """The version that the database has, and the one that this code wants."""
    with database.reading() as session:
        current = version_of(session)
    return current, ScriptDirectory.from_config(_config()).get_current_head()


def is_behind(database: Database) -> bool:
    """Whether this code has migrations that the database lacks. False for one that newer code has migrated already."""
    current, wanted = versions(database)
    return current != wanted and (current is None or knows(current))


def version_of(session: Session) -> str | None:
    """The version that the session's database has; None: it was never migrated."""
    version: str | None = MigrationContext.configure(session.connection()).get_current_revision()
    return version


def knows(version: str) -> bool:
    """Whether this code has the migration that led to `version`."""
    return version in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
