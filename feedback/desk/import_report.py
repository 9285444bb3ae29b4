"""The beginning of a file, and of the list of its rejected lines."""

import csv
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from feedback.imports.table import Record, Table

_SHOWN = 20


class RejectedLine(NamedTuple):
    """A line that was not taken, as its list says."""

    line: str
    because: str


def first_records(table: Table, most: int) -> list[Record]:
    """The first lines of a file that can be read."""
    return list(islice((one for one in table.records() if one.problem is None), most))


def first_lines(path: Path) -> Sequence[RejectedLine]:
    """The first lines of a list of rejected ones; none when it was deleted meanwhile."""
    try:
        with Table(path) as table:
            delimiter = table.delimiter
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            rows = islice(csv.reader(file, delimiter=delimiter), 1, 1 + _SHOWN)
            return [RejectedLine(row[0].lstrip("\ufeff"), row[1].removeprefix("'")) for row in rows if len(row) > 1]
    except FileNotFoundError:
        return []
