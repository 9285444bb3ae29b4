"""What rarely changes, remembered by each process: for five seconds at most, and no longer where it is changed here."""

import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from threading import Event, Lock, Thread, local
from time import monotonic
from typing import Any, ClassVar, Generic, TypeVar
from weakref import WeakSet, finalize

from sqlalchemy import event, inspect
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import ORMExecuteState, Session

from feedback.core.db import Base, Database
from feedback.core.errors import Problem

STALE_S = 5.0
"""How long a process may not know of what another one changed."""
_CHANGED = "feedback.changed"

_AHEAD_S = 2.0
"""So long before that it is looked up anew, while all others go on with what is known."""
_KEPT_S = 30.0
"""So long after somebody asked for it last it is kept fresh: a burst after a pause finds it."""
_EVERY_S = 0.5
_LOG = logging.getLogger(__name__)

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


_MOST_TOGETHER = 200


class NotRemembered(Exception):
    """It would have to be looked up, by somebody who must not wait for that. See `hurried`."""


class _Hurry(local):
    on = False

    def __enter__(self) -> None:
        self.on = True

    def __exit__(self, *_error: object) -> None:
        self.on = False


hurried = _Hurry()
"""`with hurried:` nothing is looked up in this thread: what is not known raises NotRemembered."""


class _Entry(Generic[Found]):
    """`until`, `asked`: when it is too old, and when somebody asked for it last; seconds of the machine's clock."""

    __slots__ = ("asked", "found", "until")

    def __init__(self, found: Found, until: float, asked: float) -> None:
        self.found, self.until, self.asked = found, until, asked


class Cached(Generic[Key, Found]):
    """What `load(session, key)` finds. `models`: from whose rows; a commit that touches one of them forgets all of it.

    What is found is shared by all threads and outlives its session: nobody may change it. What `load` raises is not
    remembered. `most`: how many keys are; when there are more, all are forgotten. `many` finds those of some keys that
    `load` would find: what is looked up anew is then looked up together.
    """

    _all: ClassVar["WeakSet[Cached[Any, Any]]"] = WeakSet()

    def __init__(
        self,
        load: Callable[[Session, Key], Found],
        *models: type[Base],
        most: int = 10_000,
        many: Callable[[Session, Sequence[Key]], Mapping[Key, Found]] | None = None,
    ) -> None:
        self._load, self.models, self._most, self._many = load, frozenset(models), most, many
        self._known: dict[int, dict[Key, _Entry[Found]]] = {}
        """By the id of the engine, until that is gone: a weak dictionary takes as long as all else here."""
        self._loading = Lock()
        self._all.add(self)

    def get(self, database: Database, key: Key) -> Found:
        """As it was found at most five seconds ago."""
        known = self._known.get(id(database.engine))
        entry = None if known is None else known.get(key)
        now = monotonic()
        if entry is not None:
            entry.asked = now
            if entry.until - now > _AHEAD_S:
                return entry.found
        if hurried.on:
            if entry is None or entry.until <= now:
                raise NotRemembered
            return entry.found
        # One at a time: else all who wait for an answer would ask for the same at once, each with a connection.
        if not self._loading.acquire(blocking=entry is None or entry.until <= now):
            return entry.found  # type: ignore[union-attr]
        try:
            return self._find(database, key, entry)
        finally:
            self._loading.release()

    def refresh(self, database: Database) -> None:
        """Look up anew what will soon be too old, as far as somebody asked for it of late."""
        with self._loading:
            known, now = self._of(database.engine), monotonic()
            if due := self._due(known, now):
                with database.glancing() as session:
                    found = self._still_there(session, due)
                self._remember(known, found, now)

    def _find(self, database: Database, key: Key, seen: _Entry[Found] | None) -> Found:
        known = self._of(database.engine)
        entry = known.get(key)
        if entry is not None and entry is not seen and entry.until > monotonic():
            return entry.found
        now = monotonic()
        with database.glancing() as session:
            together = () if entry is None or self._many is None else self._due(known, now)
            found = self._still_there(session, [key, *(one for one in together if one != key)]) if together else {}
            if key not in found:
                found[key] = self._load(session, key)
        self._remember(known, found, now)
        return found[key]

    def _due(self, known: dict[Key, _Entry[Found]], now: float) -> list[Key]:
        """What will soon be too old, if somebody asked for it of late."""
        due = (
            key for key, entry in known.copy().items() if entry.until - now <= _AHEAD_S and now - entry.asked <= _KEPT_S
        )
        return list(islice(due, _MOST_TOGETHER))

    def _still_there(self, session: Session, keys: Sequence[Key]) -> dict[Key, Found]:
        """Those of `keys` that are found; of the others whoever asks next is told why they are not."""
        if self._many is not None:
            return dict(self._many(session, keys))
        found = {}
        for key in keys:
            with suppress(LookupError, Problem, NoResultFound):
                found[key] = self._load(session, key)
        return found

    def _remember(self, known: dict[Key, _Entry[Found]], found: dict[Key, Found], now: float) -> None:
        before = {key: known[key] for key in found if key in known}
        # What says the same stays the same object: what was found out about it need not be found out anew.
        found |= {key: entry.found for key, entry in before.items() if _same(entry.found, found[key])}
        if len(known) + len(found) - len(before) > self._most:
            known.clear()
        asked = {key: entry.asked for key, entry in before.items()}
        known.update((key, _Entry(what, now + STALE_S, asked.get(key, now))) for key, what in found.items())

    def forget(self, engine: Any) -> None:
        """Find it anew next time."""
        # A new dict: who reads just now, from before the change, fills the old one.
        if id(engine) in self._known:
            self._known[id(engine)] = {}

    def _of(self, engine: Any) -> dict[Key, _Entry[Found]]:
        known = self._known.get(id(engine))
        if known is None:
            known = self._known.setdefault(id(engine), {})
            finalize(engine, self._known.pop, id(engine), None)
        return known


def _same(one: object, other: object) -> bool:
    """Whether two say the same; rows are compared by their columns."""
    if type(one) is not type(other) or not isinstance(one, Base):
        return one == other
    names = inspect(type(one)).column_attrs.keys()
    return all(getattr(one, name) == getattr(other, name) for name in names)


class KeptFresh:
    """A thread that looks up ahead what is asked for again and again, so that no request has to wait for it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._over = Event()
        self._thread = Thread(target=self._go_on, name="looks up ahead", daemon=True)

    def start(self) -> None:
        """From now on."""
        self._thread.start()

    def end(self) -> None:
        """No longer."""
        self._over.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._over.wait(_EVERY_S):
            for one in tuple(Cached._all):  # noqa: SLF001
                try:
                    one.refresh(self._database)
                except Exception:
                    # Whoever needs it next looks it up and is told.
                    _LOG.debug("could not look up ahead", exc_info=True)


def forget_all(database: Database) -> None:
    """Forget all that is known of this database."""
    for one in Cached._all:  # noqa: SLF001
        one.forget(database.engine)


def note_changed(session: Session, *models: type[Base]) -> None:
    """Forget what is known of `models` once `session` commits: for who writes rows past the ORM."""
    session.info.setdefault(_CHANGED, set()).update(models)


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: Any) -> None:
    note_changed(session, *(type(one) for one in (*session.new, *session.dirty, *session.deleted)))


@event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if not state.is_select and state.bind_mapper is not None:
        note_changed(state.session, state.bind_mapper.class_)


@event.listens_for(Session, "after_commit")
def _forget(session: Session) -> None:
    changed = session.info.pop(_CHANGED, None)
    if changed:
        for one in Cached._all:  # noqa: SLF001
            if one.models & changed:
                one.forget(session.get_bind().engine)
