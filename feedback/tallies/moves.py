"""Moves: from the voices that stand to those that ought to. What stays as it is is not touched."""

from typing import Any

from sqlalchemy import and_, delete, insert, literal, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback.tallies.desired import VOICES
from feedback.tallies.scratch import MOVES, TOUCHED, WANTED

_KEY = tuple(column.name for column in VOICES.primary_key)
_RESPONDENT = ("partner_id", "respondent_id", "metric")
_COLUMNS = tuple(column.name for column in VOICES.columns)


def work_out(session: Session) -> None:
    """Fill `MOVES` from `WANTED` and the standing voices of the touched respondents."""
    same_key = and_(*(VOICES.c[name] == WANTED.c[name] for name in _KEY))
    differs = or_(*(VOICES.c[name].is_distinct_from(WANTED.c[name]) for name in _COLUMNS))
    theirs = and_(*(VOICES.c[name] == TOUCHED.c[name] for name in _RESPONDENT))
    taken_back = select(*VOICES.c, literal(-1)).select_from(TOUCHED.join(VOICES, theirs).outerjoin(WANTED, same_key))
    added = select(*WANTED.c, literal(1)).select_from(WANTED.outerjoin(VOICES, same_key))
    for moved in (taken_back, added):
        session.execute(insert(MOVES).from_select([*_COLUMNS, "sign"], moved.where(differs)))


def make(session: Session, dialect: str) -> None:
    """Do to `voices` what `MOVES` says."""
    still = and_(*(WANTED.c[name] == MOVES.c[name] for name in _KEY))
    gone = (
        select(*(MOVES.c[name] for name in _KEY))
        .select_from(MOVES.outerjoin(WANTED, still))
        .where(MOVES.c.sign == -1, WANTED.c.month.is_(None))
    )
    session.execute(delete(VOICES).where(tuple_(*(VOICES.c[name] for name in _KEY)).in_(gone)))
    insert_or_update: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    added = select(*(MOVES.c[name] for name in _COLUMNS)).where(MOVES.c.sign == 1)
    upsert = insert_or_update(VOICES).from_select(_COLUMNS, added)
    rest = {name: upsert.excluded[name] for name in _COLUMNS if name not in _KEY}
    session.execute(upsert.on_conflict_do_update(index_elements=list(_KEY), set_=rest))
