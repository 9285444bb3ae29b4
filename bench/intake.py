"""How fast answers, grants and pings are taken, against a floor that only parses and writes the same rows.

`python -m bench.intake --only responses --db sqlite --seconds 3` is the quick look while something is made faster.
"""

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from importlib.metadata import version

from rich.console import Console
from rich.table import Table

from bench._intake import scenarios, sides
from bench._intake.places import KINDS, place
from bench._intake.rounds import Result
from bench._intake.scenarios import Plan, Ran

SCENARIOS = ("responses", "impressions", "activity", "mixture")
_NAMES = {
    "responses": "answers",
    "impressions": "grants",
    "activity": "pings",
    "mixture": "20 : 5 : 1",
}
_RATIOS = {"responses": 0.6, "activity": 0.5}
_P99_RATIO, _ROUTE_RATIO, _GRANTS_RATIO = 2.0, 3.0, 1.0


def main(arguments: Sequence[str] = ()) -> int:
    """Print the ratios; 1 when one is out of bounds or something acknowledged is not stored."""
    given = _given(arguments)
    console = Console()
    console.print(_machine())
    wrong: list[str] = []
    for kind in given.db:
        plan = Plan(given.only, given.seconds, given.rounds, given.connections, given.threads)
        with place(kind) as here, scenarios.opened(here, plan) as bench:
            ran = {name: bench.run(name) for name in plan.scenarios}
        table = Table(
            "",
            "floor/s",
            "service/s",
            "ratio",
            "p50 ms",
            "p99 ms",
            "p99 floor",
            title=f"{kind}, {plan.connections} connections",
        )
        for name, one in ran.items():
            _row(table, name, one)
        console.print(table)
        wrong += [f"{kind}: {text}" for text in _broken(ran)]
    for text in wrong:
        console.print(text, style="bold red", markup=False)
    return int(bool(wrong))


def _row(table: Table, name: str, ran: Ran) -> None:
    floor, service = ran.results["floor"], ran.results["service"]
    table.add_row(
        _NAMES[name],
        f"{floor.per_second:,.0f}",
        f"{service.per_second:,.0f}",
        f"{service.per_second / floor.per_second:.2f}",
        f"{service.p50_ms:.1f}",
        f"{service.p99_ms:.1f}",
        f"{floor.p99_ms:.1f}",
    )
    if (route := ran.results.get("route")) is not None:
        beside = f"{service.per_second / route.per_second:.2f}"
        table.add_row("plain Flask route", f"{route.per_second:,.0f}", "", beside, "", "", f"{route.p99_ms:.1f}")


def _broken(ran: dict[str, Ran]) -> list[str]:
    """What is out of bounds, in words."""
    found = [f"{_NAMES[name]}: {text}" for name, one in ran.items() for text in one.wrong]
    for name, bound in _RATIOS.items():
        if name in ran:
            found += _below(_NAMES[name], ran[name].results["service"], "floor", ran[name].results["floor"], bound)
    if "responses" in ran:
        results = ran["responses"].results
        found += _below("answers", results["service"], "plain Flask route", results["route"], _ROUTE_RATIO)
        tail = results["service"].p99_ms / results["floor"].p99_ms
        if tail > _P99_RATIO:
            found.append(f"answers: the 99th percentile is {tail:.1f} times the floor's, not {_P99_RATIO:g} at most")
        if "impressions" in ran:
            grants = ran["impressions"].results["service"]
            found += _below("grants", grants, "answers", results["service"], _GRANTS_RATIO)
    return found


def _below(what: str, one: Result, beside: str, other: Result, bound: float) -> list[str]:
    ratio = one.per_second / other.per_second
    return [f"{what}: {ratio:.2f} of the {beside}, not {bound:g} at least"] if ratio < bound else []


def _machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("granian", "flask", "sqlalchemy", "psycopg"))
    return (
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}, {versions}"
    )


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.intake", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    parser.add_argument("--db", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--threads", type=int, default=sides.FLOOR_THREADS, help="of each process of the floor")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
