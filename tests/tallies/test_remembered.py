"""What is kept about all partners together is what the one who asks would find."""

from itertools import count

from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.tallies.generations import next_generation
from feedback.tallies.remembered import remembered
from tests.tallies.histories import PARTNERS, START


class Asked:
    """A question whose answer is how many times it was looked up."""

    def __init__(self) -> None:
        self._times = count(1)

    def __call__(self, session: Session, question: str = "how many") -> int:
        return remembered(session, (id(self), question), lambda: next(self._times))


def test_nothing_is_looked_up_twice_while_nothing_is_counted(database: Database) -> None:
    ask = Asked()
    for _ in range(3):
        with database.reading() as session:
            assert ask(session) == 1
    with database.reading() as session:
        assert ask(session, "another") == 2
        assert ask(session) == 1
    counted(database)
    with database.reading() as session:
        assert ask(session) == 3


def test_an_old_snapshot_gets_what_was_true_in_it(database: Database) -> None:
    ask = Asked()
    counted(database)
    with database.reading() as old:
        assert ask(old) == 1
        counted(database)
        with database.reading() as new:
            assert ask(new) == 2
        assert ask(old) == 1


def test_what_could_be_rolled_back_is_neither_kept_nor_told(database: Database) -> None:
    ask = Asked()
    with database.transaction() as session:
        assert [ask(session), ask(session)] == [1, 2]
    with database.reading() as session:
        assert ask(session) == 3
    with database.transaction() as session:
        assert ask(session) == 4


def test_only_the_latest_questions_are_kept(database: Database) -> None:
    ask = Asked()
    with database.reading() as session:
        first = ask(session, "0")
        for number in range(1, 40):
            ask(session, str(number))
        assert ask(session, "39") == 40
        assert ask(session, "0") not in (first, 40)


def counted(database: Database) -> None:
    """Say that something was counted."""
    with database.transaction() as session:
        next_generation(session, PARTNERS, now=START)
