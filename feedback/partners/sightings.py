"""What came of the embed on whose pages, since when and when last: for whoever embeds it.

Kept apart from the request that showed it: written after the answer is sent, in a transaction of its own that waits
for nobody, and at most once a minute by one process for one row.
"""

import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.core.errors import Problem
from feedback.core.rows import plain_rows
from feedback.partners.keys import clean_origin
from feedback.partners.models import EmbedKey, EmbedSighting

NOBODY = UUID(int=0)
"""In place of the partner, where nobody said which one it is."""
LOADED, SIGNED, UNSIGNED = "loaded", "signed", "unsigned"
REFUSED, BLOCKED = "refused: ", "blocked: "
REFUSED_ORIGIN = f"{REFUSED}origin"
OURS, OTHERS = "ours", "others"
_ROOM = {"seen": 20, "refused": 10, "origin": 10, "blocked": 10}
"""Rows by what they tell, of one key and partner. Whoever knows the public key can make up what is refused and
reported, and must not drive out what was seen."""
_AGAIN_AFTER = timedelta(minutes=1)
_AFTER_OTHERS = timedelta(seconds=1)
_MOST_REMEMBERED = 10_000
_LONGEST_ORIGIN, _LONGEST_KIND = 255, 160
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_TIME = re.compile(r" at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")
_LOG = logging.getLogger(__name__)


class Sighting(NamedTuple):
    """One thing that came of an embed. `origin`: of the page; empty for the frame, a server and our own pages."""

    key: str
    partner_id: UUID
    origin: str
    kind: str


class SeenOf(NamedTuple):
    """A sighting as it is kept, since when and when last."""

    key: str
    partner_id: UUID
    origin: str
    kind: str
    first_at: datetime
    last_at: datetime


_SIGHTINGS: Table = EmbedSighting.__table__  # type: ignore[assignment]
_ALL = select(*(_SIGHTINGS.c[name] for name in SeenOf._fields))
Mark = tuple[str, int, str, str]
"""A sighting with the number of its partner's id, which is quicker to find than the id."""
_WRITTEN: WeakKeyDictionary[Database, dict[Mark, datetime]] = WeakKeyDictionary()


def refused(why: str) -> str:
    """The kind of a sighting for a token that was refused; without times, so that there are few."""
    return f"{REFUSED}{_TIME.sub('', why)}"[:_LONGEST_KIND]


def blocked(directive: str, *, ours: bool) -> str:
    """The kind of a sighting for something that the page's policy blocked."""
    return f"{BLOCKED}{directive} {OURS if ours else OTHERS}"


def is_due(database: Database, one: Sighting, *, now: datetime) -> bool:
    """Whether it is new or older than a minute."""
    written = _WRITTEN.get(database)
    return written is None or abs(now - written.get(_mark(one), _LONG_AGO)) >= _AGAIN_AFTER


def keep(database: Database, sightings: Sequence[Sighting], *, now: datetime) -> None:
    """Write those that are due, if nobody else is writing. Never raises."""
    written = _WRITTEN.setdefault(database, {})
    due = [one for one in dict.fromkeys(sightings) if is_due(database, one, now=now)]
    done = now
    try:
        if not due:
            return
        if not _write(database, due, now):
            # Somebody else is writing: not at every request, or under load each would try in vain.
            done = now - _AGAIN_AFTER + _AFTER_OTHERS
    except Exception:
        # The request is answered; there is nobody left to tell, and in a minute it is tried again.
        _LOG.exception("could not remember what came of an embed")
    if len(written) >= _MOST_REMEMBERED:
        written.clear()
    written.update(dict.fromkeys(map(_mark, due), done))


def _mark(one: Sighting) -> Mark:
    return one.key, one.partner_id.int, one.origin, one.kind


def sightings_of(session: Session, partner_ids: Sequence[UUID]) -> Sequence[EmbedSighting]:
    """All that is remembered of these partners (`NOBODY` among them), the latest first."""
    statement = select(EmbedSighting).where(EmbedSighting.partner_id.in_(partner_ids))
    return session.scalars(statement.order_by(EmbedSighting.last_at.desc(), EmbedSighting.kind)).all()


def all_sightings(session: Session) -> Sequence[SeenOf]:
    """All that is remembered of anybody, in no order."""
    return [SeenOf._make(row) for row in plain_rows(session, _ALL)]


def first_and_last(session: Session) -> dict[str, tuple[datetime, datetime]]:
    """When each kind of thing came of any embed, first and last; refusals with their reasons, all other kinds too."""
    ends = func.min(EmbedSighting.first_at), func.max(EmbedSighting.last_at)
    statement = select(EmbedSighting.kind, *ends).group_by(EmbedSighting.kind)
    return {kind: (first_at, last_at) for kind, first_at, last_at in session.execute(statement)}


def last_seen(session: Session) -> dict[str, datetime]:
    """By embed key, when a page or a person with it was last let in; keys that never were have no entry."""
    there = EmbedSighting.kind.in_((LOADED, SIGNED, UNSIGNED))
    statement = select(EmbedSighting.key, func.max(EmbedSighting.last_at)).where(there).group_by(EmbedSighting.key)
    return {row[0]: row[1] for row in session.execute(statement)}


def _write(database: Database, sightings: Sequence[Sighting], now: datetime) -> bool:
    """False when somebody else is writing: the next request like this one tries again."""
    try:
        with database.transaction(wait=False) as session:
            return all(_remember(session, one, now) for one in sightings)
    except BlockingIOError:
        return False


def _remember(session: Session, one: Sighting, now: datetime) -> bool:
    if not _is_origin(one.origin):
        return True
    locked = select(EmbedKey.key).where(EmbedKey.key == one.key).with_for_update(skip_locked=True)
    if session.scalar(locked) is None:
        return False
    found = session.get(EmbedSighting, one)
    if found is not None:
        found.last_at = max(found.last_at, now)
        return True
    mine = EmbedSighting.key == one.key, EmbedSighting.partner_id == one.partner_id
    rows = [row for row in session.scalars(select(EmbedSighting).where(*mine)) if _sort(row.kind) == _sort(one.kind)]
    if len(rows) >= _ROOM[_sort(one.kind)]:
        session.delete(min(rows, key=lambda row: row.last_at))
    session.add(EmbedSighting(**one._asdict(), first_at=now, last_at=now))
    session.flush()
    return True


def _sort(kind: str) -> str:
    if kind == REFUSED_ORIGIN:
        return "origin"
    return kind.partition(":")[0] if kind.startswith((REFUSED, BLOCKED)) else "seen"


def _is_origin(text: str) -> bool:
    """False for what no browser sends: it is worth no row."""
    try:
        return not text or (len(text) <= _LONGEST_ORIGIN and clean_origin(text) == text)
    except Problem:
        return False
