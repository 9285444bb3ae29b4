"""Writes the outcomes of the fault tests into docs/explanation/durability.md: `make durability` calls it.

Usage: python tools/durability_table.py FILE, where FILE has a line of JSON for each outcome.
"""

import json
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs/explanation/durability.md"
_BEGIN, _END = "<!-- outcomes -->", "<!-- end of outcomes -->"
_HEAD = (
    "| fault | database | times caused | acknowledged | of these stored | lost | twice | told 503 | no answer |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|--:|\n"
)
_NUMBERS = ("runs", "acknowledged", "stored", "lost", "twice", "told_503", "cut")


def table(outcomes: list[dict[str, Any]]) -> str:
    """As Markdown, and the sum below. Of a fault that was caused twice in a database the last outcome stands."""
    latest = {(one["fault"], one["database"]): one for one in outcomes}
    faults = list(dict.fromkeys(one["fault"] for one in latest.values()))
    ordered = sorted(latest.values(), key=lambda one: (faults.index(one["fault"]), one["database"]))
    rows = [f"| {one['fault']} | {one['database']} | {_cells(one)} |" for one in ordered]
    total = {name: sum(one[name] for one in latest.values()) for name in _NUMBERS}
    return _HEAD + "\n".join([*rows, f"| **all** | | {_cells(total)} |"]) + "\n"


def _cells(one: dict[str, Any]) -> str:
    return " | ".join(f"{one[name]:,}" for name in _NUMBERS)


def main(file: Path) -> None:
    """Replace the table in the page."""
    outcomes = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    PAGE.write_text(f"{before}{_BEGIN}\n{table(outcomes)}{_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
