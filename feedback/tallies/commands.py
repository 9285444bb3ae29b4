"""The fold: inbox rows become moved voices and changed tallies, exactly once.

It never adds what an event says. It works out what the voices of the respondents in the batch ought to be, takes back
what was last counted for them and adds what should be. Run twice, late or out of order, it ends in the same tallies.
"""

from datetime import datetime

import structlog
from sqlalchemy import Table, and_, delete, insert, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from feedback.core.db import AdvisoryLock, Database
from feedback.core.inbox import InboxRow
from feedback.tallies import scratch
from feedback.tallies.cells import ALL_CELLS, add, signed
from feedback.tallies.desired import VOICES, desired_voices
from feedback.tallies.models import TallyState
from feedback.tallies.scratch import BATCH, TOUCHED, WANTED

log = structlog.get_logger()

_VOICE_KEY = tuple(column.name for column in VOICES.primary_key)
_RESPONDENT = ("partner_id", "respondent_id", "metric")
_INBOX: Table = InboxRow.__table__  # type: ignore[assignment]


def fold(session: Session, *, now: datetime, limit: int = 100_000) -> int:
    """Take up to `limit` inbox rows into voices and tallies; returns how many were taken.

    All of it is one transaction of the caller's: either the rows are gone and counted, or nothing happened.
    """
    dialect = lock(session)
    scratch.clear(session)
    waiting = select(_INBOX.c.id).where(_INBOX.c.set_aside_at.is_(None)).order_by(_INBOX.c.id).limit(limit)
    found = session.execute(insert(BATCH).from_select(["inbox_id"], waiting))
    if not found.rowcount:  # type: ignore[attr-defined]
        return 0
    taken = select(*(_INBOX.c[name] for name in _RESPONDENT)).join(BATCH, BATCH.c.inbox_id == _INBOX.c.id)
    session.execute(insert(TOUCHED).from_select(_RESPONDENT, taken.distinct()))
    scratch.analyze(session, TOUCHED)
    wanted = desired_voices(dialect=dialect, touched=TOUCHED)
    session.execute(insert(WANTED).from_select([c.name for c in wanted.selected_columns], wanted))
    scratch.analyze(session, WANTED)
    same_respondent = and_(*(VOICES.c[name] == TOUCHED.c[name] for name in _RESPONDENT))
    standing = select(VOICES).select_from(TOUCHED.join(VOICES, same_respondent)).subquery("standing")
    for cells in ALL_CELLS:
        session.execute(add(cells, [signed(standing, -1, cells.keys), signed(WANTED, 1, cells.keys)], dialect))
    _move_voices(session, dialect)
    gone = session.execute(delete(_INBOX).where(_INBOX.c.id.in_(select(BATCH.c.inbox_id))))
    count: int = gone.rowcount  # type: ignore[attr-defined]
    if count:
        _next_generation(session, now)
    return count


def fold_all(database: Database, *, now: datetime, limit: int = 100_000) -> int:
    """Fold until the inbox is empty, a transaction per batch; returns how many rows were taken.

    When a batch cannot be folded because of a row in it, ever smaller batches find that row; it is set aside with
    its reason and the rest goes on. A database that cannot be written raises.
    """
    total, size = 0, limit
    while True:
        try:
            with database.transaction() as session:
                taken = fold(session, now=now, limit=size)
        except (DataError, IntegrityError) as error:
            if size == 1:
                _set_aside_first(database, str(error.orig or error), now)
            size = limit if size == 1 else max(1, size // 10)
            continue
        total += taken
        if taken < size:
            return total
        size = min(limit, size * 10)


def rebuild(session: Session, *, now: datetime) -> None:
    """Make voices and tallies anew from the raw responses. The inbox stays: what is in it folds to no change."""
    dialect = lock(session)
    for cells in ALL_CELLS:
        session.execute(delete(cells.table))
    session.execute(delete(VOICES))
    everybody = desired_voices(dialect=dialect)
    session.execute(insert(VOICES).from_select([c.name for c in everybody.selected_columns], everybody))
    for cells in ALL_CELLS:
        session.execute(add(cells, [signed(VOICES, 1, cells.keys)], dialect))
    _next_generation(session, now)


def lock(session: Session) -> str:
    """One fold at a time; on SQLite a write transaction is that already. Returns the dialect's name."""
    dialect = session.get_bind().dialect.name
    if dialect != "sqlite":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.FOLD})
    return dialect


def _move_voices(session: Session, dialect: str) -> None:
    """Make `voices` of the touched respondents equal to what is wanted."""
    standing = and_(*(VOICES.c[name] == TOUCHED.c[name] for name in _RESPONDENT))
    still = and_(*(VOICES.c[name] == WANTED.c[name] for name in _VOICE_KEY))
    orphans = (
        select(*(VOICES.c[name] for name in _VOICE_KEY))
        .select_from(TOUCHED.join(VOICES, standing).outerjoin(WANTED, still))
        .where(WANTED.c.month.is_(None))
    )
    session.execute(delete(VOICES).where(tuple_(*(VOICES.c[name] for name in _VOICE_KEY)).in_(orphans)))
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    # WHERE, because SQLite would read the ON of the conflict clause as the condition of a join.
    upsert = make(VOICES).from_select([c.name for c in WANTED.columns], select(WANTED).where(WANTED.c.month > 0))
    rest = {c.name: upsert.excluded[c.name] for c in VOICES.columns if c.name not in _VOICE_KEY}
    session.execute(upsert.on_conflict_do_update(index_elements=list(_VOICE_KEY), set_=rest))


def _next_generation(session: Session, now: datetime) -> None:
    state = session.get(TallyState, 1)
    if state is None:
        session.add(TallyState(id=1, generation=1, folded_at=now))
    else:
        state.generation, state.folded_at = state.generation + 1, now


def _set_aside_first(database: Database, reason: str, now: datetime) -> None:
    with database.transaction() as session:
        first = session.scalar(
            select(InboxRow.id).where(InboxRow.set_aside_at.is_(None)).order_by(InboxRow.id).limit(1)
        )
        session.execute(update(InboxRow).where(InboxRow.id == first).values(set_aside_at=now, reason=reason[:2000]))
    log.error("An inbox row was set aside", inbox_id=first, reason=reason[:200])
