"""A file of people becomes personal links: `partner,respondent` and, for buyers, `role,name`."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from feedback.buyers.models import BUYER_ROLES
from feedback.core.services import Services
from feedback.core.spreadsheet import safe_cell
from feedback.imports import values
from feedback.imports.columns import Columns, match
from feedback.imports.kinds.kind import Layout, slug
from feedback.imports.table import Record, Table
from feedback.imports.values import RejectedError
from feedback.responses.invitations import NewInvitation, NotInvited, expiry, invite, link, survey_to_invite_to
from feedback.staff.audit import CLI, record

_LINES_AT_ONCE = 1_000
_LAYOUT = Layout(name="people to invite", required=("partner", "respondent"), optional=("role", "name"))
_LINKS = ("partner", "respondent", "link", "expires_at")


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of a file: how many links there are, until when they work, and how many lines were rejected."""

    links: int
    rejected: int
    expires_at: datetime
    ignored_columns: tuple[str, ...]


def invite_file(
    services: Services,
    path: Path,
    survey: str,
    *,
    days: int,
    live: bool,
    maps: Sequence[str],
    write: Callable[[str], object],
    reject: Callable[[int, str], object],
) -> Invited:
    """Make a link for everybody in the file at `path`, and `write` them as CSV, separated as the file is.

    `maps`: OURS=THEIRS for columns of other names. `reject` hears of each line that has no link, and why. Raises
    FILE_REFUSED, SURVEY_UNKNOWN, SURVEY_CLOSED, INVALID.
    """
    now = services.clock()
    expires_at = expiry(days, now=now)
    seen: dict[tuple[str, str], int] = {}
    links = rejected = 0
    with Table(path) as table:
        columns = match(table.header, _LAYOUT, maps, ())
        write(("\ufeff" if table.has_bom else "") + _csv([_LINKS], table.delimiter))
        records = table.records()
        while chunk := list(islice(records, _LINES_AT_ONCE)):
            people, reasons = _read(chunk, columns, seen)
            made = _make(services, survey, list(people.values()), days=days, live=live, now=now)
            rows = []
            for (line, one), result in zip(people.items(), made, strict=True):
                if isinstance(result, NotInvited):
                    reasons[line] = result.reason
                else:
                    address = link(services.settings.public_url, result)
                    rows.append((one.partner, safe_cell(one.respondent), address, f"{expires_at:%Y-%m-%dT%H:%M:%SZ}"))
            write(_csv(rows, table.delimiter))
            for line in sorted(reasons):
                reject(line, reasons[line])
            links, rejected = links + len(rows), rejected + len(reasons)
    return Invited(links, rejected, expires_at, columns.ignored)


def _read(
    chunk: Iterable[Record], columns: Columns, seen: dict[tuple[str, str], int]
) -> tuple[dict[int, NewInvitation], dict[int, str]]:
    """People by line, and what is wrong with the other lines. `seen`: on which line somebody was first."""
    people, reasons = {}, {}
    for one in chunk:
        try:
            cells = columns.row(one).cells
            person = NewInvitation(
                slug(cells),
                values.needed_text(cells, "respondent", 200),
                values.choice(cells, "role", BUYER_ROLES),
                values.text(cells, "name", 200),
            )
            first = seen.setdefault((person.partner, person.respondent), one.line)
            if first != one.line:
                raise RejectedError(f"The same person is on line {first}.")
        except RejectedError as error:
            reasons[one.line] = str(error)
        else:
            people[one.line] = person
    return people, reasons


def _make(
    services: Services, survey: str, people: Sequence[NewInvitation], *, days: int, live: bool, now: datetime
) -> list[str | NotInvited]:
    pepper, expires_at = services.secrets.pepper, expiry(days, now=now)
    with services.database.transaction() as session:
        found = survey_to_invite_to(session, survey)
        made = invite(session, found, people, expires_at=expires_at, live=live, pepper=pepper, now=now)
        refused = sum(isinstance(one, NotInvited) for one in made)
        detail = {"links": len(made) - refused, "refused": refused, "days": days, "live": live}
        record(session, CLI, "invitations.made", survey, detail, now)
    return made


def _csv(rows: Iterable[Sequence[str]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
