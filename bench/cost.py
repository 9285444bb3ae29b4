"""What a million answers take: bytes on the disk by table, and seconds of a core by process.

Each answer comes from a person of its own who was asked once, one of five with a comment: whoever answers again brings
an answer, an impression and a voice, but no seat.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bench._intake import asking, load
from bench._intake.crowd import Crowd
from bench._intake.people import OURS
from bench._intake.places import KINDS, place
from feedback.core import inbox
from feedback.core.db import Database
from tests.runtime.running import Up, until

ANSWERS = 50_000
_CONNECTIONS = 64
_PATIENCE_S = 300.0
_OF_EACH_ANSWER = ("responses", "impressions", "voices", "seats")
_SQLITE = "SELECT m.tbl_name, sum(d.pgsize) FROM dbstat AS d JOIN sqlite_master AS m ON m.name = d.name GROUP BY 1"
_POSTGRESQL = "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND relname !~ '^(pg|sql)'"


def main() -> int:
    """Print both tables for both kinds of database; 1 when an answer was not taken."""
    console, wrong = Console(), 0
    for kind in KINDS:
        with place(kind) as here:
            world = here.fill(asked=ANSWERS, others=0)
            home, url = here.copy("whole")
            requests = Crowd(world, asking.Service(world)).responses(ANSWERS)
            with _service(here.folder, home, url) as up:
                before = _cores(up)
                outcome = load.closed(up.port, requests.whole, connections=_CONNECTIONS, seconds=_PATIENCE_S)
                until(lambda database=up.database: _waiting(database) == 0, seconds=_PATIENCE_S)
                spent = _cores(up) - before
                if refused := ANSWERS - len(outcome.acked):
                    console.print(f"{refused:,} were not taken: {dict(outcome.statuses)}", style="bold red")
                wrong += refused
                console.print(_bytes(kind, _sizes(up.database)))
                console.print(_seconds(kind, spent, outcome.per_second))
    return int(wrong > 0)


@contextmanager
def _service(folder: Path, home: Path, url: str) -> Iterator[Up]:
    # All come with one key: its limit is not what is measured.
    up = Up(folder, home, DATABASE_URL=url, FEEDBACK_PUBLIC_URL=OURS, FEEDBACK_KEY_REQUESTS_PER_SECOND="100000")
    try:
        yield up
    finally:
        up.database.close()
        up.kill()


def _waiting(database: Database) -> int:
    with database.reading() as session:
        return inbox.depth(session)[0]


def _cores(up: Up) -> Counter[str]:
    """Seconds of a core that each part has used so far."""
    spent: Counter[str] = Counter()
    for part in ("web", "worker fold", "worker imports", "schedule"):
        spent[part] = _of(psutil.Process(up.pid(part)))
    servers = [one for one in psutil.Process().children() if one.name() == "postgres"]
    if servers:
        spent["PostgreSQL"] = sum(_of(one) for one in servers)
    return spent


def _of(process: psutil.Process) -> int:
    """Of a process, of those below it, and of those that ended; in hundredths of a second."""
    own = process.cpu_times()
    living = [child.cpu_times() for child in process.children(recursive=True)]
    seconds = sum(one.user + one.system for one in [own, *living]) + own.children_user + own.children_system
    return round(100 * seconds)


def _sizes(database: Database) -> Mapping[str, int]:
    with database.reading() as session:
        rows = session.execute(text(_SQLITE if database.is_sqlite else _POSTGRESQL)).all()
    return {name: int(size) for name, size in rows}


def _bytes(kind: str, sizes: Mapping[str, int]) -> Table:
    """Scaled to a million where a table grows with every answer; tallies grow with partners, segments and months."""
    table = Table("table", "MB for a million", title=f"{kind}: on the disk, with indexes")
    for name in _OF_EACH_ANSWER:
        table.add_row(name, f"{sizes[name] * 1e6 / ANSWERS / 1e6:,.0f}")
    together = sum(sizes[name] for name in _OF_EACH_ANSWER)
    table.add_row("together", f"{together * 1e6 / ANSWERS / 1e6:,.0f}", style="bold")
    rest = sum(size for name, size in sizes.items() if name not in _OF_EACH_ANSWER)
    table.add_row(f"all else, at {ANSWERS:,} answers", f"{rest / 1e6:,.0f}")
    return table


def _seconds(kind: str, spent: Counter[str], per_second: float) -> Table:
    table = Table(
        "process", "s of a core for a million", title=f"{kind}: at {per_second:,.0f} answers a second, load beside it"
    )
    for part, hundredths in spent.items():
        table.add_row(part, f"{hundredths / 100 * 1e6 / ANSWERS:,.0f}")
    table.add_row("together", f"{spent.total() / 100 * 1e6 / ANSWERS:,.0f}", style="bold")
    return table
