"""What a person may ask for, as the desk, the command and the API do it: in the database and in what lies beside it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.overwriting import forget_copies
from feedback.core.services import Services
from feedback.imports.naming import Naming, naming, take_out
from feedback.partners.models import Partner
from feedback.partners.queries import partner_by_slug
from feedback.privacy import journal
from feedback.privacy.erasing import erase_respondent
from feedback.privacy.export import export_respondent
from feedback.privacy.held import HELD, Person, counts, person

LONGEST_SUBJECT = 200
LINES = "lines_of_files"
"""What lines of files that were handed in are called among the kinds of rows."""
KEPT = {one.name: one.kept for one in HELD if one.kept is not None}
"""Why rows outlive an erasure, by `Held.name`."""


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who was looked for. `rows`: how many there are, by `Held.name` and `LINES`."""

    partner: Partner
    rows: dict[str, int]

    @property
    def gone(self) -> dict[str, int]:
        """Those that an erasure takes."""
        return {name: count for name, count in self.rows.items() if name not in KEPT}


def look(services: Services, partner: str, subject: str) -> Found:
    """What is held on a person. Raises PARTNER_UNKNOWN, INVALID, as all of these do."""
    with services.database.reading() as session:
        found, one = _asked(services, session, partner, subject)
        return Found(found, counts(session, one) | _lines(naming(session, services.settings, found.slug, subject)))


def export(services: Services, partner: str, subject: str, *, actor: str, now: datetime) -> dict[str, Any]:
    """All of it as plain values; who took it is written down."""
    with services.database.transaction() as session:
        found, one = _asked(services, session, partner, subject)
        told = export_respondent(session, one, subject, found, vault=services.secrets.vault, actor=actor, now=now)
    with services.database.reading() as session:
        files = naming(session, services.settings, found.slug, subject)
    if files:
        told["held"][LINES] = [
            {"file": one.file_name, "kind": one.kind, "rejected": one.is_list_of_rejected, "lines": one.lines}
            for one in files
        ]
    return told


def erase(services: Services, partner: str, subject: str, *, actor: str, now: datetime) -> Found:
    """Take a person out for good; `rows`: what went. Doing it again changes nothing."""
    with services.database.transaction() as session:
        found, one = _asked(services, session, partner, subject)
        gone = erase_respondent(session, one, partner, actor=actor, now=now)
    # Afterwards: what is handed in from now on is refused line by line.
    with services.database.reading() as session:
        files = naming(session, services.settings, found.slug, subject)
    take_out(files)
    journal.collect(services)
    forget_copies(services.database)
    return Found(found, gone.rows | _lines(files))


def _asked(services: Services, session: Session, partner: str, subject: str) -> tuple[Partner, Person]:
    if not 1 <= len(subject) <= LONGEST_SUBJECT:
        what = f"1 to {LONGEST_SUBJECT} characters."
        raise Problem(Code.INVALID, f"The person: {what}", errors={"subject": [what]})
    found = partner_by_slug(session, partner)
    return found, person(services.secrets.pepper, found.id, subject)


def _lines(files: list[Naming]) -> dict[str, int]:
    count = sum(one.count for one in files)
    return {LINES: count} if count else {}
