"""Does what is counted agree with the raw rows? A recount of everything, without using what was counted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, func, insert, or_, select
from sqlalchemy.orm import Session

from feedback.tallies import scratch
from feedback.tallies.cells import ALL_CELLS, difference
from feedback.tallies.commands import fold, lock
from feedback.tallies.desired import RESPONSES, VOICES, desired_voices
from feedback.tallies.scratch import EXPECTED

_SHOWN = 20
_KEY = tuple(column.name for column in VOICES.primary_key)


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell or voice that is not what a recount gives."""

    table: str
    key: dict[str, Any]
    problem: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a recount: how much was compared, and up to 20 differences per table."""

    responses: int
    voices: int
    differences: tuple[Difference, ...]

    @property
    def clean(self) -> bool:
        """True when nothing differs."""
        return not self.differences


def verify(session: Session, *, now: datetime) -> Verification:
    """Fold what waits, then recount voices and all tallies from the raw responses and compare.

    Runs in a write transaction of the caller's, so that nothing is folded meanwhile.
    """
    while fold(session, now=now):
        pass
    dialect = lock(session)
    scratch.clear(session)
    expected = desired_voices(dialect=dialect)
    session.execute(insert(EXPECTED).from_select([column.name for column in expected.selected_columns], expected))
    scratch.analyze(session, EXPECTED)
    differences = [*_voices_missing(session), *_voices_too_many(session), *_cells_off(session)]
    return Verification(_count(session, RESPONSES), _count(session, EXPECTED), tuple(differences))


def _voices_missing(session: Session) -> list[Difference]:
    same_key = and_(*(EXPECTED.c[name] == VOICES.c[name] for name in _KEY))
    differs = or_(*(VOICES.c[c.name].is_distinct_from(c) for c in EXPECTED.columns))
    statement = select(EXPECTED).select_from(EXPECTED.outerjoin(VOICES, same_key)).where(differs).limit(_SHOWN)
    return [_voice(row, "missing or other than the recount") for row in session.execute(statement).mappings()]


def _voices_too_many(session: Session) -> list[Difference]:
    same_key = and_(*(EXPECTED.c[name] == VOICES.c[name] for name in _KEY))
    statement = (
        select(VOICES).select_from(VOICES.outerjoin(EXPECTED, same_key)).where(EXPECTED.c.month.is_(None)).limit(_SHOWN)
    )
    return [_voice(row, "counted, but nothing was answered") for row in session.execute(statement).mappings()]


def _cells_off(session: Session) -> list[Difference]:
    found = []
    for cells in ALL_CELLS:
        for row in session.execute(difference(cells, EXPECTED).limit(_SHOWN)).mappings():
            off = {name: int(value) for name, value in row.items() if name not in cells.keys and value}
            key = {name: row[name] for name in cells.keys}
            found.append(Difference(cells.table.name, key, f"recount minus standing: {off}"))
    return found


def _voice(row: Any, problem: str) -> Difference:
    return Difference("voices", {name: row[name] for name in _KEY}, problem)


def _count(session: Session, table: Table) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0
