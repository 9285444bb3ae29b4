"""The page about what is kept names every table there is, and every column by which it is about somebody."""

import re
from pathlib import Path

import pytest

from feedback.migrations.models import metadata

PAGE = (Path(__file__).parents[2] / "docs/reference/data.md").read_text(encoding="utf-8")
_NAMES_SOMEBODY = re.compile(
    r"(respondent|seat|staff|external|response|to)_id|email(_hash)?|subject|actor|owner|network|said_by|\w+_by"
    r"|(address|secret)_encrypted|slack_address|(token|code|password)_hash"
)
_WRITTEN = {"comment", "note", "words", "verdict_note"}
_ELSEWHERE = {
    ("signing_keys", "secret_encrypted"): "a key's",
    ("news", "subject"): "ids and counts",
    ("outbox", "subject"): "ids and counts",
    ("promotions", "note"): "about a partner",
}
"""Columns with such a name that are about nobody."""


def _rows() -> list[tuple[set[str], str]]:
    """Of each row of the tables: the tables of the database that it is about, and all that it says."""
    found = []
    for line in PAGE.partition("## Beside the database")[0].splitlines():
        if line.startswith("| `"):
            first, _, rest = line[1:].partition(" | ")
            found.append((set(re.findall(r"`(\w+)`", first)), rest))
    return found


@pytest.mark.requirement(
    "TRUST terms-6: every table that there is stands in the table of what is kept, with all that is personal in it"
)
def test_each_table_has_one_row_and_each_row_a_table() -> None:
    named = [name for tables, _said in _rows() for name in tables]
    assert sorted(named) == sorted(metadata.tables)


@pytest.mark.requirement(
    "TRUST terms-6: every table that there is stands in the table of what is kept, with all that is personal in it"
)
def test_each_column_that_names_somebody_or_was_written_by_somebody_is_told() -> None:
    untold = []
    for tables, said in _rows():
        for table in tables:
            for column in metadata.tables[table].columns:
                personal = column.name in _WRITTEN or _NAMES_SOMEBODY.fullmatch(column.name)
                if personal and (table, column.name) not in _ELSEWHERE and f"`{column.name}`" not in said:
                    untold.append(f"{table}.{column.name}")
    assert untold == []


def test_whoever_is_in_a_table_is_told_with_purpose_basis_period_and_readers() -> None:
    about_somebody = PAGE.partition("## Nobody")[0]
    for line in about_somebody.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            assert len(cells) == 7, line
            table, about, _columns, purpose, basis, kept, readers = cells
            assert about and purpose and kept and readers, table
            assert basis or about == "nobody", table
