"""Moves: from the voices that stand to those that ought to, and what that changes. What stays is not touched."""

from functools import cache
from typing import Any

from sqlalchemy import Executable, and_, delete, exists, insert, literal, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback.responses.models import SetAside
from feedback.tallies.cells import (
    BY_ASIDE,
    BY_DAY,
    BY_PARTNER,
    BY_REASON,
    BY_SEGMENT,
    COUNTED,
    FINEST,
    add,
    counted,
    rolled_up,
)
from feedback.tallies.desired import VOICES, desired_voices
from feedback.tallies.scratch import CHANGES, MOVES, TOUCHED

_KEY = tuple(column.name for column in VOICES.primary_key)
_RESPONDENT = ("partner_id", "respondent_id", "metric")
_COLUMNS = tuple(column.name for column in VOICES.columns)
_ANY_ASIDE = select(exists(select(SetAside.id)))


def work_out(session: Session, dialect: str) -> None:
    """Fill `MOVES` for the respondents in `TOUCHED`."""
    # What is set aside after this question was asked leaves rows in the inbox that are not of this batch.
    asides = bool(session.scalar(_ANY_ASIDE))
    for statement in _working_out(dialect, asides):
        session.execute(statement)


def count(session: Session, dialect: str) -> None:
    """Do to the cells what `MOVES` says."""
    for statement in _counting(dialect):
        session.execute(statement)


def make(session: Session, dialect: str) -> None:
    """Do to `voices` what `MOVES` says."""
    for statement in _making(dialect):
        session.execute(statement)


# Statements are built once: for the few rows of an ordinary fold that costs more than running them.


@cache
def _working_out(dialect: str, asides: bool) -> tuple[Executable, ...]:
    theirs = and_(*(VOICES.c[name] == TOUCHED.c[name] for name in _RESPONDENT))
    standing = select(TOUCHED.c.id, literal(-1), *(VOICES.c[name] for name in _COLUMNS)).join(VOICES, theirs)
    wanted = desired_voices(dialect=dialect, touched=TOUCHED, asides=asides)
    names = [column.name for column in wanted.selected_columns]
    old, new = MOVES.alias("old"), MOVES.alias("new")
    place = ("touched_id", "month")
    same = and_(old.c.sign == -1, new.c.sign == 1, *(old.c[name] == new.c[name] for name in place))
    alike = [old.c[name].is_not_distinct_from(new.c[name]) for name in _COLUMNS if name not in _KEY]
    stays = select(*(old.c[name] for name in place)).join(new, same).where(*alike)
    return (
        insert(MOVES).from_select(["touched_id", "sign", *_COLUMNS], standing),
        insert(MOVES).from_select([*names, "sign"], wanted.add_columns(literal(1))),
        delete(MOVES).where(tuple_(*(MOVES.c[name] for name in place)).in_(stays)),
    )


@cache
def _counting(dialect: str) -> tuple[Executable, ...]:
    names = [*FINEST.keys, *COUNTED]
    return (
        insert(CHANGES).from_select(names, counted(FINEST, MOVES, MOVES.c.sign)),
        add(FINEST, select(*(CHANGES.c[name] for name in names)), dialect),
        *(add(cells, rolled_up(cells, CHANGES), dialect) for cells in (BY_PARTNER, BY_SEGMENT)),
        *(add(cells, counted(cells, MOVES, MOVES.c.sign), dialect) for cells in (BY_DAY, BY_REASON, BY_ASIDE)),
    )


@cache
def _making(dialect: str) -> tuple[Executable, ...]:
    new = MOVES.alias("new")
    comes = exists().where(new.c.sign == 1, new.c.touched_id == MOVES.c.touched_id, new.c.month == MOVES.c.month)
    gone = select(*(MOVES.c[name] for name in _KEY)).where(MOVES.c.sign == -1, ~comes)
    insert_or_update: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    added = select(*(MOVES.c[name] for name in _COLUMNS)).where(MOVES.c.sign == 1)
    upsert = insert_or_update(VOICES).from_select(_COLUMNS, added)
    rest = {name: upsert.excluded[name] for name in _COLUMNS if name not in _KEY}
    return (
        delete(VOICES).where(tuple_(*(VOICES.c[name] for name in _KEY)).in_(gone)),
        upsert.on_conflict_do_update(index_elements=list(_KEY), set_=rest),
    )
