"""The fold: inbox rows become moved voices and changed tallies, exactly once.

It never adds what an event says. It works out what the voices of the respondents in the batch ought to be, takes back
what was last counted for them and adds what should be. Run twice, late or out of order, it ends in the same tallies.
"""

from collections.abc import Collection
from datetime import datetime
from time import perf_counter
from uuid import UUID

import structlog
from sqlalchemy import Table, delete, insert, select, text, union, update
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from feedback.core import metrics, traces
from feedback.core.db import AdvisoryLock, Base, Database
from feedback.core.inbox import InboxRow
from feedback.core.months import first_day
from feedback.tallies import moves, scratch
from feedback.tallies.cells import ALL_CELLS, BY_SEGMENT, COUNTED, FINEST, add, counted, month_of, rolled_up, since
from feedback.tallies.desired import VOICES, desired_voices
from feedback.tallies.generations import next_generation, next_lineage
from feedback.tallies.models import DailyTally, PartnerGeneration, PartnerTally, Tally
from feedback.tallies.scratch import BATCH, TOUCHED

log = structlog.get_logger()

_RESPONDENT = ("partner_id", "respondent_id", "metric")
_INBOX: Table = InboxRow.__table__  # type: ignore[assignment]


def fold(session: Session, *, now: datetime, limit: int = 100_000) -> int:
    """Take up to `limit` inbox rows into voices and tallies; returns how many were taken.

    All of it is one transaction of the caller's: either the rows are gone and counted, or nothing happened.
    """
    dialect = lock(session)
    scratch.clear(session)
    waiting = select(_INBOX.c.id).where(_INBOX.c.set_aside_at.is_(None)).order_by(_INBOX.c.id).limit(limit)
    batch = insert(BATCH).from_select(["inbox_id"], waiting).execution_options(preserve_rowcount=True)
    if not session.execute(batch).rowcount:  # type: ignore[attr-defined]
        return 0
    taken = select(*(_INBOX.c[name] for name in _RESPONDENT)).join(BATCH, BATCH.c.inbox_id == _INBOX.c.id)
    # In the order of the indexes, so that neighbours are read together.
    respondents = taken.distinct().order_by(*(_INBOX.c[name] for name in _RESPONDENT))
    session.execute(insert(TOUCHED).from_select(_RESPONDENT, respondents))
    _move(session, dialect)
    gone = session.execute(delete(_INBOX).where(_INBOX.c.id.in_(select(BATCH.c.inbox_id))))
    next_generation(session, select(TOUCHED.c.partner_id), now=now)
    return gone.rowcount  # type: ignore[attr-defined, no-any-return]


def recount(session: Session, respondents: Collection[tuple[UUID, UUID, str]], *, now: datetime) -> None:
    """Count the voices of these (partner, respondent, metric) anew at once, whatever is in the inbox.

    For what must not wait for the fold: in the transaction in which somebody's answers are deleted.
    """
    if not respondents:
        return
    dialect = lock(session)
    scratch.clear(session)
    rows = [dict(zip(_RESPONDENT, one, strict=True)) for one in sorted(set(respondents))]
    session.execute(insert(TOUCHED), rows)
    _move(session, dialect)
    next_generation(session, {one[0] for one in respondents}, now=now)


def _move(session: Session, dialect: str) -> None:
    """Make the voices of those in `TOUCHED` what they ought to be, and the cells with them."""
    scratch.analyze(session, TOUCHED)
    moves.work_out(session, dialect)
    moves.count(session, dialect)
    moves.make(session, dialect)


def fold_all(database: Database, *, now: datetime, limit: int = 100_000) -> int:
    """Fold until the inbox is empty, a transaction per batch; returns how many rows were taken.

    When a batch cannot be folded because of a row in it, ever smaller batches find that row; it is set aside with
    its reason and the rest goes on. A database that cannot be written raises.
    """
    total, size = 0, limit
    while True:
        began_s = perf_counter()
        try:
            with traces.span("fold"), database.transaction() as session:
                taken = fold(session, now=now, limit=size)
        except (DataError, IntegrityError) as error:
            if size == 1:
                _set_aside_first(database, str(error.orig or error), now)
            size = limit if size == 1 else max(1, size // 10)
            continue
        if taken:
            metrics.folded(taken, perf_counter() - began_s)
        total += taken
        if taken < size:
            return total
        size = min(limit, size * 10)


def rebuild(session: Session, *, now: datetime) -> None:
    """Make voices and tallies anew from the raw responses. The inbox stays: what is in it folds to no change.

    Sealed months stay as they are: their raw responses are gone.
    """
    dialect = lock(session)
    session.execute(delete(VOICES))
    everybody = desired_voices(dialect=dialect)
    session.execute(insert(VOICES).from_select([c.name for c in everybody.selected_columns], everybody))
    for cells in ALL_CELLS:
        session.execute(delete(cells.table).where(month_of(cells, cells.table) >= since(cells, cells.table)))
        anew = counted(cells, VOICES).where(VOICES.c.month >= since(cells, VOICES))
        session.execute(add(cells, anew, dialect))
    # Those who vanished too: nobody may keep a copy of them.
    partners = union(select(PartnerTally.partner_id), select(PartnerGeneration.partner_id)).subquery("partners")
    next_generation(session, select(partners.c.partner_id), now=now)


def forget_partner(session: Session, partner_id: UUID, *, now: datetime) -> None:
    """Take what a partner gave out of the sums over all partners, before its own tallies are deleted.

    Whoever keeps a copy of what is counted throws all of it away: there is nothing left to say what changed.
    """
    dialect = lock(session)
    finest = FINEST.table
    negatives = [(-finest.c[name]).label(name) for name in COUNTED]
    theirs = select(*(finest.c[name] for name in FINEST.keys), *negatives).where(finest.c.partner_id == partner_id)
    session.execute(add(BY_SEGMENT, rolled_up(BY_SEGMENT, theirs.subquery("theirs")), dialect))
    next_lineage(session, now=now)


def forget_months(session: Session, before: int, *, now: datetime) -> None:
    """Delete what was counted of months before `before`, of answers and of seats. They are sealed by then."""
    lock(session)
    for mapper in Base.registry.mappers:
        of_ours = mapper.class_.__module__ == Tally.__module__
        if of_ours and "month" in mapper.columns:
            session.execute(delete(mapper.class_).where(mapper.columns["month"] < before))
    session.execute(delete(DailyTally).where(DailyTally.day < first_day(before)))
    next_lineage(session, now=now)


def lock(session: Session) -> str:
    """One fold at a time; on SQLite a write transaction is that already. Returns the dialect's name."""
    dialect = session.get_bind().dialect.name
    if dialect != "sqlite":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.FOLD})
    return dialect


def _set_aside_first(database: Database, reason: str, now: datetime) -> None:
    with database.transaction() as session:
        first = session.scalar(
            select(InboxRow.id).where(InboxRow.set_aside_at.is_(None)).order_by(InboxRow.id).limit(1)
        )
        session.execute(update(InboxRow).where(InboxRow.id == first).values(set_aside_at=now, reason=reason[:2000]))
    log.error("An inbox row was set aside", inbox_id=first, reason=reason.partition("\n")[0][:200])
