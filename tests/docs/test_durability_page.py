"""The page on what is never lost shows an outcome of every fault that is tested, and each is what is promised."""

from pathlib import Path

from tests.runtime.faults import FAULTS

PAGE = Path(__file__).parents[2] / "docs/explanation/durability.md"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
BESIDE = (
    "the same response 50 times at once",
    "six revisions at once, in any order",
    "disk full",
    "Valkey gone for the whole run",
)


def test_every_fault_was_caused_on_every_database_and_lost_nothing() -> None:
    lines = PAGE.read_text(encoding="utf-8").partition("<!-- outcomes -->")[2].partition("<!-- end")[0].splitlines()[3:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    found = {(fault, database): numbers for fault, database, *numbers in rows if database}
    expected = {(fault.name, NAMES[kind]) for fault in FAULTS for kind in fault.databases}
    assert set(found) == expected | {(name, kind) for name in BESIDE for kind in NAMES.values()}
    for key, numbers in found.items():
        runs, acknowledged, stored, lost, twice, *_ = (int(number.replace(",", "")) for number in numbers)
        assert runs > 0 and acknowledged == stored > 0 and lost == twice == 0, key
