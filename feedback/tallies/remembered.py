"""What was found out about all partners together, kept while nothing that is counted changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from feedback.tallies.generations import Counted, counted, only_reads

Found = TypeVar("Found")

_MOST = 32
_kept: WeakKeyDictionary[Engine, OrderedDict[tuple[Counted | None, Hashable], Any]] = WeakKeyDictionary()
_lock = Lock()


def remembered(session: Session, question: Hashable, answer: Callable[[], Found]) -> Found:
    """`answer()`, or what it gave before in the same generation; nobody may change what is given.

    The generation is the one that the session sees, so an old snapshot gets what was true in it. What a session sees
    that may write could still be rolled back: it always asks anew.
    """
    connection = session.connection()
    if not only_reads(connection):
        return answer()
    key = (counted(session), question)
    with _lock:
        kept = _kept.setdefault(connection.engine, OrderedDict())
        if key in kept:
            kept.move_to_end(key)
            found: Found = kept[key]
            return found
    found = answer()
    with _lock:
        kept[key] = found
        while len(kept) > _MOST:
            kept.popitem(last=False)
    return found
