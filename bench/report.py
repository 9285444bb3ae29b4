"""How fast reports are, how little they slow down as answers grow, and against the same numbers from the raw answers.

BENCH_RESPONSES (10,000,000) and BENCH_PARTNERS (1,000) make it smaller; BENCH_DATABASE is sqlite or postgresql.
"""

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from uuid import UUID

from rich.console import Console
from rich.table import Table

from bench import world
from bench.raw import Counted, people_and_voices
from bench.world_facts import MONTHS, NOW, SEGMENTS, partner_id
from feedback.core.db import Database
from feedback.core.ids import new_id
from feedback.core.months import label
from feedback.gap import ranking
from feedback.gap.queries import report
from feedback.gap.schemas import as_json
from feedback.gap.values import GapReport
from feedback.responses.commands import NewResponse, put_response
from feedback.settings import Settings
from feedback.tallies.commands import fold_all
from tests.postgres import PostgresServer

PORTFOLIO_MS, PARTNER_MS, GROWTH, AGAINST_RAW = 100.0, 10.0, 1.2, 100.0
ROUNDS, FOLDS = 25, 5
TENFOLD = 10
WINDOWS = {3: MONTHS[-3], 12: MONTHS[0]}


def main() -> int:
    """Print the ratios; 1 when one is out of its bound."""
    console = Console()
    responses = int(os.environ.get("BENCH_RESPONSES", "10_000_000"))
    partners = int(os.environ.get("BENCH_PARTNERS", "1_000"))
    chosen = os.environ.get("BENCH_DATABASE")
    stores = {"sqlite": _sqlite, "postgresql": _postgresql}
    broken = 0
    for name in [chosen] if chosen else stores:
        with stores[name]() as make:
            databases = []
            for size in (responses // TENFOLD, responses):
                databases.append(make(f"of_{size}"))
                _build(console, name, databases[-1], world.Size(size, responses // TENFOLD, partners))
            broken += _Measured(console, name, responses, partners, *databases).shown()
            for database in databases:
                database.close()
    return int(broken > 0)


def _build(console: Console, name: str, database: Database, size: world.Size) -> None:
    begun = time.perf_counter()
    with console.status("") as status:
        world.build(
            database, _settings(database), size, lambda what: status.update(f"{name}, {size.responses:,}: {what}")
        )
    console.print(f"{name}: {size.responses:,} responses in {time.perf_counter() - begun:.0f} s")


def _settings(database: Database) -> Settings:
    return Settings(home=Path(), database_url=database.url.render_as_string(hide_password=False))


def _ask(database: Database, months: int, partner: str | None = None) -> tuple[float, GapReport]:
    """Milliseconds of one report as JSON, and the report."""
    begun = time.perf_counter()
    with database.reading() as session:
        found = report(session, _settings(database), now=NOW, start=label(WINDOWS[months]), partner=partner)
        as_json(found)
    return 1_000 * (time.perf_counter() - begun), found


def first_report(url: str, months: int) -> float:
    """Milliseconds of the first report of this process, the database not yet opened."""
    database = Database(url)
    return _ask(database, months)[0]


@dataclass
class _Measured:
    console: Console
    name: str
    responses: int
    partners: int
    small: Database
    large: Database
    broken: int = field(default=0, init=False)

    def shown(self) -> int:
        """Measure and print; how many bounds are broken."""
        bounds = Table("report", "ms", "bound", "grown tenfold", "bound", "raw rows", "ratio", "bound")
        bounds.title = f"{self.name}: {self.responses:,} responses, {self.partners:,} partners"
        beside = Table("portfolio", "after a fold", "and its ranking", "first of a process", title="Beside, unbounded")
        for months, first in WINDOWS.items():
            took, found = self._warm(months, lambda _: None)
            raw_s, people, _ = people_and_voices(self.large, first, MONTHS[-1], NOW)
            if _of_rows(people) != _of_report(found):
                raise AssertionError("the report and the raw rows do not say the same")
            cells = self._cells(took, PORTFOLIO_MS)
            ratio = 1_000 * raw_s / took[self.large]
            bounds.add_row(
                f"portfolio, {months} months", *cells, f"{raw_s:.1f} s", *self._within(ratio, AGAINST_RAW, most=False)
            )
        for months in WINDOWS:
            took, _ = self._warm(months, lambda number: f"partner-{number * 7 % self.partners}")
            bounds.add_row(f"one partner, {months} months", *self._cells(took, PARTNER_MS), "", "", "")
        for months in WINDOWS:
            others = (self._after_fold(months), self._after_fold(months, ranked=True), self._cold(months))
            beside.add_row(f"{months} months", *(f"{one_ms:.0f} ms" for one_ms in others))
        self.console.print(bounds, beside)
        return self.broken

    def _warm(self, months: int, whose: Callable[[int], str | None]) -> tuple[dict[Database, float], GapReport]:
        """Medians by database, in turn, so that what else the machine does befalls both."""
        took: dict[Database, list[float]] = {self.small: [], self.large: []}
        for number in range(-2, ROUNDS):
            for database, times in took.items():
                once_ms, found = _ask(database, months, whose(number))
                if number >= 0:
                    times.append(once_ms)
        return {database: median(times) for database, times in took.items()}, found

    def _cells(self, took: dict[Database, float], most_ms: float) -> tuple[str, ...]:
        growth = took[self.large] / took[self.small]
        return (*self._within(took[self.large], most_ms), *self._within(growth, GROWTH))

    def _within(self, value: float, bound: float, *, most: bool = True) -> tuple[str, str]:
        ok = value < bound if most else value >= bound
        self.broken += not ok
        shown = f"{value:.2f}" if bound < 2 else f"{value:.1f}" if most else f"{value:.0f}"
        return (shown if ok else f"[bold red]{shown}[/bold red]"), f"{'<' if most else '>='} {bound:g}"

    def _after_fold(self, months: int, *, ranked: bool = False) -> float:
        """Of one partner; `ranked`: the schedule has seen it."""
        schedule, times = Database(self.large.url.render_as_string(hide_password=False)), []
        for number in range(FOLDS):
            with self.large.transaction() as session:
                put_response(session, _answer(partner_id(number)), now=NOW)
            fold_all(self.large, now=NOW)
            if ranked:
                ranking.keep(schedule, _settings(schedule), now=NOW)
            times.append(_ask(self.large, months)[0])
        schedule.close()
        return median(times)

    def _cold(self, months: int) -> float:
        url = self.large.url.render_as_string(hide_password=False)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            return pool.submit(first_report, url, months).result()


def _of_report(found: GapReport) -> tuple[int, int, int]:
    """Everybody, everybody's scores added up, and end users in a segment."""
    sides = [side for row in found.partners for side in (row.end_user, row.buyer)]
    scores = sum(score * people for side in sides for score, people in enumerate(side.histogram))
    return sum(side.people for side in sides), scores, sum(row.end_user.people for row in found.segments)


def _of_rows(people: list[Counted]) -> tuple[int, int, int]:
    """The same of raw rows."""
    counts = [row[-1] for row in people]
    return sum(counts), sum(row[-2] * row[-1] for row in people), sum(row[-1] for row in people if row[1])


def _answer(partner: UUID) -> NewResponse:
    return NewResponse(
        partner_id=partner,
        id=new_id(),
        survey_id=partner,
        survey_version_id=UUID(int=1),
        audience="end_user",
        metric="nps",
        respondent_id=new_id(),
        score=9,
        revision=1,
        complete=True,
        answered_at=NOW,
        trust="vendor",
        live=True,
        segment_id=SEGMENTS[0],
    )


@contextmanager
def _sqlite() -> Iterator[Callable[[str], Database]]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield lambda name: Database(f"sqlite:///{Path(folder) / name}")


@contextmanager
def _postgresql() -> Iterator[Callable[[str], Database]]:
    server = PostgresServer({"listen_addresses": ""})

    def make(name: str) -> Database:
        server.execute(f"CREATE DATABASE {name}")
        return Database(server.url(name))

    yield make
    server.stop()
