"""Ask everything at once: what is asked about one partner was asked about another before, in the same words.

On PostgreSQL every question alone waits for a round trip, which takes longer than finding the answer. So the questions
that came up about one are remembered, without answers, and put together about the next. What else comes up is asked.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

Row = tuple[Any, ...]
Question = tuple[str, tuple[tuple[str, Any], ...]]
"""A statement as the driver takes it, and its parameters by name."""

_KINDS, _QUESTIONS = 64, 40
"""The most kinds of reports whose questions are remembered, and the most questions of each."""


class _Own(NamedTuple):
    """Stands for a value that differs from one report to the next: the place of it among `own`."""

    place: int


_known: OrderedDict[Hashable, list[Question]] = OrderedDict()
_lock = Lock()


class _Foresight:
    """The answers of one transaction that only reads: it sees one snapshot, so they hold until its end."""

    def __init__(self, known: list[Question], own: tuple[Hashable, ...], before: "_Foresight | None") -> None:
        self._known = known
        self._own = own
        self.answers: dict[Question, list[Row]] = {} if before is None else before.answers

    def ask_all(self, driver: Any) -> None:
        questions = [
            (sql, tuple((name, self._own[value.place] if isinstance(value, _Own) else value) for name, value in values))
            for sql, values in tuple(self._known)
        ]
        with driver.pipeline():
            cursors = [driver.execute(sql, dict(values)) for sql, values in questions]
            self.answers |= {one: cursor.fetchall() for one, cursor in zip(questions, cursors, strict=True)}

    def answer(self, sql: str, given: Mapping[str, Any]) -> list[Row] | None:
        question = (sql, tuple(given.items()))
        found = self.answers.get(question)
        if found is None and len(self._known) < _QUESTIONS:
            own = {value: _Own(place) for place, value in enumerate(self._own)}
            again = (sql, tuple((name, own.get(value, value)) for name, value in question[1]))
            if again not in self._known:
                self._known.append(again)
        return found


def foresee(session: Session, kind: Hashable, *own: Hashable) -> None:
    """Put all questions that `plain_rows` was asked before in sessions of this kind, about `own`, in one go.

    Of another `kind` later in the same session, the answers so far stay. Where a question costs next to nothing
    (SQLite), and in a session that may write, nothing is done.
    """
    connection = session.connection()
    if connection.dialect.name == "sqlite" or not connection.get_execution_options().get("postgresql_readonly"):
        return
    with _lock:
        known = _known.setdefault(kind, [])
        _known.move_to_end(kind)
        while len(_known) > _KINDS:
            _known.popitem(last=False)
    session.info[__name__] = foresight = _Foresight(known, own, session.info.get(__name__))
    foresight.ask_all(connection.connection.driver_connection)


def foreseen(session: Session, sql: str, given: Mapping[str, Any]) -> list[Row] | None:
    """The rows of a question that was put by `foresee`; None: it was not."""
    foresight: _Foresight | None = session.info.get(__name__)
    return None if foresight is None else foresight.answer(sql, given)
