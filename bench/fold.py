"""How fast the fold is against bare statements that do the same writes: voices, tallies, inbox.

The floor is given what the fold has to find out: the voices that come, change and go stand in a table of their own.
Both start from copies of one database, end with one commit, and must leave the same rows behind.
"""

import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.migrations.run import migrate
from feedback.responses.commands import NewResponse, put_imported
from feedback.responses.models import REASONS
from feedback.tallies.cells import ALL_CELLS, COUNTED
from feedback.tallies.commands import fold
from feedback.tallies.desired import VOICES
from tests.postgres import PostgresServer

PARTNERS, ANSWERS, ROUNDS, SLICE = 200, 50_000, 3, 5_000
FLOOR_RATIO = 0.5
NOW = datetime(2026, 11, 15, tzinfo=UTC)

_COLUMNS = ", ".join(column.name for column in VOICES.columns)
_KEY = ", ".join(column.name for column in VOICES.primary_key)
_REST = ", ".join(f"{one.name} = excluded.{one.name}" for one in VOICES.columns if not one.primary_key)


def main() -> int:
    """Print the ratios; 1 when the fold is slower than half the floor's speed anywhere."""
    table = Table("database", "answers", "floor", "fold", "ratio", title=f"{ANSWERS:,} answers in one fold")
    slow = 0
    for name, store in (("SQLite", sqlite), ("PostgreSQL", _postgresql)):
        with store() as found:
            for scenario, base_s, fold_s in measured(found):
                ratio = base_s / fold_s
                slow += ratio < FLOOR_RATIO
                table.add_row(name, scenario, f"{base_s:.2f} s", f"{fold_s:.2f} s", f"{ratio:.2f}")
    Console().print(table)
    return int(slow > 0)


@dataclass(frozen=True, slots=True)
class Store:
    """A kind of database: `url(name)`, and `copy(a, b)` while nobody is connected to either."""

    url: Callable[[str], str]
    copy: Callable[[str, str], None]

    @contextmanager
    def opened(self, name: str) -> Iterator[Database]:
        """A database of it."""
        database = Database(self.url(name))
        try:
            yield database
        finally:
            database.close()


def measured(store: Store, *, count: int = ANSWERS, rounds: int = ROUNDS) -> Iterator[tuple[str, float, float]]:
    """Of each scenario its name and the seconds of the floor and of the fold. Both must leave the same behind."""
    with store.opened("base") as database:
        migrate(database)
        base = [_answer(number, 0) for number in range(count)]
        _put(database, base)
        with database.transaction() as session:
            fold(session, now=NOW)
    later = NOW + timedelta(days=1)
    for scenario, answers in (
        ("first answers", [_answer(count + number, 0) for number in range(count)]),
        ("repeat answers of known people", [_answer(number, 1) for number in range(count)]),
        ("revisions", [one._replace(score=one.score // 2, comment="Now I see.") for one in base]),
    ):
        store.copy("base", "ready")
        with store.opened("ready") as database:
            _put(database, answers)
            _keep_moves(database)
            if not database.is_sqlite:  # as its autovacuum would
                with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("ANALYZE"))
        times: dict[str, list[float]] = {"floor": [], "fold": []}
        left: dict[str, Any] = {}
        for _ in range(rounds):
            for name, work in (("floor", _floor), ("fold", lambda session: fold(session, now=later))):
                store.copy("ready", "trial")
                with store.opened("trial") as database:
                    times[name].append(_timed(database, work))
                    left[name] = _rows(database)
        if left["floor"] != left["fold"]:
            raise AssertionError(f"{scenario}: the floor did not do what the fold did")
        yield scenario, median(times["floor"]), median(times["fold"])


def _timed(database: Database, work: Callable[[Session], object]) -> float:
    with database.engine.connect() as connection:  # connecting is not what is measured
        connection.execute(text("SELECT 1"))
    begun = time.perf_counter()
    with database.transaction() as session:
        work(session)
    return time.perf_counter() - begun


def _floor(session: Session) -> None:
    session.execute(
        text(
            f"INSERT INTO voices ({_COLUMNS}) SELECT {_COLUMNS} FROM ready WHERE sign = 1"
            f" ON CONFLICT ({_KEY}) DO UPDATE SET {_REST}"
        )
    )
    sums = ", ".join(f"sum(CASE WHEN score = {score} THEN sign ELSE 0 END)" for score in range(11))
    sums += ", sum(CASE WHEN commented THEN sign ELSE 0 END)"
    for cells in ALL_CELLS:
        name, keys = cells.table.name, ", ".join(cells.keys)
        added = ", ".join(f"{count} = {name}.{count} + excluded.{count}" for count in COUNTED)
        # A voice without a reason, or one that is counted the same whatever is set aside, is in no cell of these.
        where = " AND ".join(f"{key} IS NOT NULL" for key in cells.keys if VOICES.c[key].nullable) or "true"
        session.execute(
            text(
                f"INSERT INTO {name} ({keys}, {', '.join(COUNTED)}) SELECT {keys}, {sums} FROM ready WHERE {where}"
                f" GROUP BY {keys} ON CONFLICT ({keys}) DO UPDATE SET {added}"
            )
        )
    session.execute(text("DELETE FROM inbox"))


def _keep_moves(database: Database) -> None:
    """A table `ready` of the voices that a fold would take back and add, which is then undone."""
    gone_and_come = " UNION ALL ".join(
        f"SELECT {_COLUMNS}, {sign} FROM (SELECT * FROM {one} EXCEPT SELECT * FROM {other}) AS moved"
        for sign, one, other in ((-1, "before_it", "voices"), (1, "voices", "before_it"))
    )
    with Session(database.engine) as session:
        session.execute(text("CREATE TEMPORARY TABLE before_it AS SELECT * FROM voices"))
        fold(session, now=NOW)
        rows = session.connection().exec_driver_sql(gone_and_come).cursor.fetchall()
        session.rollback()
    with database.transaction() as session:
        session.execute(text(f"CREATE TABLE ready AS SELECT {_COLUMNS}, 1 AS sign FROM voices WHERE false"))
        driver: Any = session.connection().connection.driver_connection
        if database.is_sqlite:
            driver.executemany(f"INSERT INTO ready VALUES ({', '.join('?' * len(rows[0]))})", rows)
            return
        with driver.cursor() as cursor, cursor.copy("COPY ready FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _rows(database: Database) -> list[Any]:
    """What every table of tallies adds up to, and how many voices there are."""
    counts = ", ".join(f"sum({name} * (1 + month % 7))" for name in COUNTED)
    daily = ", ".join(f"sum({name})" for name in COUNTED)
    with database.reading() as session:
        found: list[Any] = [
            session.execute(text(f"SELECT {daily if 'day' in cells.keys else counts} FROM {cells.table.name}")).one()
            for cells in ALL_CELLS
        ]
        return [*found, session.execute(text("SELECT count(*), sum(score), sum(next_month) FROM voices")).one()]


def _answer(person: int, later_months: int) -> NewResponse:
    """The answer of that person, always the same; one month later another."""
    chance = random.Random(person * 12 + later_months)
    partner = UUID(int=person % PARTNERS)
    buyer = person % 100 == 0
    day = NOW - timedelta(days=31 + person % 270) + timedelta(days=31 * later_months)
    return NewResponse(
        partner_id=partner,
        id=UUID(int=chance.getrandbits(128)),
        survey_id=partner,
        survey_version_id=UUID(int=5),
        audience="buyer" if buyer else "end_user",
        metric="nps",
        respondent_id=UUID(int=random.Random(person).getrandbits(128)),
        score=chance.randrange(11),
        revision=1,
        complete=True,
        answered_at=day,
        trust="partner" if chance.random() < 0.1 else "vendor",
        live=True,
        comment="Slow." if chance.random() < 0.2 else None,
        reason=chance.choice(REASONS) if buyer else None,
        segment_id=0 if buyer else chance.randrange(1, 6),
    )


def _put(database: Database, answers: Sequence[NewResponse]) -> None:
    for start in range(0, len(answers), SLICE):
        with database.transaction() as session:
            put_imported(session, answers[start : start + SLICE], now=NOW)


@contextmanager
def sqlite() -> Iterator[Store]:
    """Files in a folder that goes again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)

        def copy(old: str, new: str) -> None:
            shutil.copyfile(path / old, path / new)

        yield Store(lambda name: f"sqlite:///{path / name}", copy)


@contextmanager
def _postgresql() -> Iterator[Store]:
    server = PostgresServer()
    server.execute("CREATE DATABASE base")

    def copy(old: str, new: str) -> None:
        server.execute(f"DROP DATABASE IF EXISTS {new} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {new} TEMPLATE {old}")

    try:
        yield Store(server.url, copy)
    finally:
        server.stop()
