"""How fast answers, grants and pings are taken, against a floor that only parses and writes the same rows.

`python -m bench.intake --only responses --db sqlite --seconds 3` is the quick look while something is made faster;
with `--profile` py-spy looks at one of the service's processes meanwhile.
"""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench._intake import freshness, profile, scenarios, sides, tables
from bench._intake.places import KINDS, place
from bench._intake.scenarios import FRESHNESS, MOST_PER_S, Plan


def main(arguments: Sequence[str] = ()) -> int:
    """Print the ratios; 1 when one is out of bounds or something acknowledged is not stored."""
    given = _given(arguments)
    plan = Plan(given.only, given.seconds, given.rounds, given.connections, given.threads, given.profile)
    console = Console()
    console.print(_machine())
    wrong = [text for kind in given.db for text in _run(kind, plan, console)]
    return int(bool(wrong))


def _run(kind: str, plan: Plan, console: Console) -> list[str]:
    """On one kind of database; what is out of bounds, in words."""
    wrong: list[str] = []

    def told(table: Table, found: Iterable[str]) -> None:
        console.print(table)
        for text in found:
            console.print(f"{kind}: {text}", style="bold red", markup=False)
            wrong.append(text)

    with place(kind) as here:
        with scenarios.opened(here, plan) as bench:
            ran = bench.run([name for name in plan.scenarios if name in MOST_PER_S])
            if ran:
                told(tables.rates(f"{kind}, {plan.connections} connections", ran), tables.out_of_bounds(ran))
            for name in ran if plan.profiled else ():
                output = Path(tempfile.gettempdir()) / f"intake-{name}-{kind}.raw"
                bench.profiled(name, output)
                profile.show(output, console, f"{name}, {kind}")
        if FRESHNESS in plan.scenarios:
            found = freshness.measure(here, bench.world, seconds=plan.seconds, connections=plan.connections)
            told(tables.fresh(f"{kind}, the whole service", found), tables.stale(found))
    return wrong


def _machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("granian", "uvicorn", "flask", "sqlalchemy", "psycopg"))
    return (
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}, {versions}"
    )


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.intake", description=__doc__)
    names = (*MOST_PER_S, FRESHNESS)
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--db", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=96, help="more make the floor hardly faster")
    parser.add_argument("--threads", type=int, default=sides.FLOOR_THREADS, help="of each process of the floor")
    parser.add_argument("--profile", action="store_true", help="of one more round, by py-spy")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
