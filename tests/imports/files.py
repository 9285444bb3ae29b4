"""Files to import, and what the database holds, for the tests of imports."""

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.db import Base, Database
from feedback.core.services import Services
from feedback.imports.commands import Outcome, import_file
from feedback.partners.commands import create_partner
from feedback.partners.models import Partner

# On record every time: that there was an import, and a fold.
_LEFT_OUT = {"imports", "audit_log", "chores", "tally_state", "alembic_version", "snapshots"}
"""What says when something was done; the months before the first import are frozen anew by each."""


def with_partners(services: Services, *slugs: str) -> dict[str, Partner]:
    """Partners of these slugs, made."""
    with services.database.transaction() as session:
        return {slug: create_partner(session, slug, slug.title(), now=services.clock()) for slug in slugs}


def bring_in(services: Services, kind: str, path: Path, text: str | None = None, **options: Any) -> Outcome:
    """Write `text` to `path`, if given, and import it."""
    if text is not None:
        path.write_text(text, encoding="utf-8", newline="")
    return import_file(services, kind, path, **options)


def counts(outcome: Outcome) -> tuple[int, int, int, int, int]:
    """New, revised, unchanged, repeated, rejected."""
    told = outcome.created, outcome.revised, outcome.unchanged, outcome.repeated, outcome.rejected
    assert outcome.lines == sum(told)
    return told


def rejected(path: Path) -> str:
    """The list of rejected lines beside `path`."""
    return path.with_name(path.name + ".rejected.csv").read_bytes().decode()


def everything(database: Database) -> dict[str, list[str]]:
    """All rows of all tables that hold facts, tallies or staging."""
    with database.reading() as session:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
            if table.name not in _LEFT_OUT
        }


def only(session: Session, model: Any) -> Any:
    """The one row there is."""
    return session.scalars(select(model)).one()
