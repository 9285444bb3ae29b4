"""Whatever program wrote the file, its records come out as they went in, under the right line numbers."""

import csv
import io
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.core.errors import Problem
from feedback.imports.table import Record, Table

HEADER = ["partner", "note", "score"]
# Everything that can be in a cell, and more of what CSV treats in its own way. NUL is refused, see below.
cells = st.text(
    st.one_of(
        st.sampled_from(list("\",;\n\r' =\ufeff\u2028é漢🙂")),
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    ),
    max_size=12,
)
rows = st.lists(st.lists(cells, min_size=3, max_size=3).filter(any), max_size=12)


@given(
    rows=rows,
    delimiter=st.sampled_from(",;"),
    bom=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    last_line_ends=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_a_file_is_read_as_it_was_written(rows, delimiter, bom, line_end, quoting, last_line_ends) -> None:
    text, expected = io.StringIO(newline=""), []
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    for number, row in enumerate([HEADER, *rows]):
        line = 1 + len(re.findall("\r\n|\r|\n", text.getvalue()))
        # A carriage return alone is not quoted by the writer; a program that writes it must quote it itself.
        if any("\r" in cell for cell in row):
            text.write(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + line_end)
        else:
            writer.writerow(row)
        if number:
            expected.append((line, row))
    content = text.getvalue() if last_line_ends or not text.getvalue() else text.getvalue().removesuffix(line_end)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file.csv")
        path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + content.encode())
        with Table(path) as table:
            assert (table.header, table.delimiter, table.has_bom) == (HEADER, delimiter, bom)
            found = list(table.records())
    assert [(record.line, record.cells) for record in found] == expected
    assert all(record.problem is None for record in found)


def read(tmp_path: Path, content: bytes | str) -> list[Record]:
    path = tmp_path / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with Table(path) as table:
        return list(table.records())


def test_empty_lines_are_passed_over_and_counted(tmp_path: Path) -> None:
    assert [(r.line, r.cells) for r in read(tmp_path, "\n\na,b\n\n1,2\n,\n\n3,4")] == [(5, ["1", "2"]), (8, ["3", "4"])]


def test_a_line_that_is_not_utf8_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\nM\xfcller,2\nM\xc3\xbcller,3\n")
    assert "not UTF-8 (byte 0xfc)" in found[0].problem
    assert found[1] == Record(3, ["Müller", "3"])


def test_a_nul_is_told(tmp_path: Path) -> None:
    assert "NUL" in read(tmp_path, "a,b\nx\0y,2\n")[0].problem


@pytest.mark.parametrize(
    ("line", "reason"),
    [('x,"never closed', "opened and not closed"), ('x,"closed" and on', "goes on after its closing quote")],
)
def test_a_broken_quote_costs_its_own_line_only(tmp_path: Path, line: str, reason: str) -> None:
    found = read(tmp_path, f"a,b\n1,2\n{line}\n3,4\n5,6\n")
    assert [(r.line, r.cells) for r in found] == [(2, ["1", "2"]), (3, [line]), (4, ["3", "4"]), (5, ["5", "6"])]
    assert reason in found[1].problem


def test_a_quote_left_open_in_a_long_file_costs_its_own_line_only(tmp_path: Path) -> None:
    after = "".join(f"{number},2\n" for number in range(60_000))
    found = read(tmp_path, f'a,b\nx,"open\n{after}')
    assert [r.line for r in found if r.problem] == [2]
    assert len(found) == 60_001


def test_a_line_without_end_is_passed_over_without_being_kept(tmp_path: Path) -> None:
    found = read(tmp_path, f"a,b\n{'x' * 3_000_000},1\n3,4\n")
    assert "more than" in found[0].problem
    assert len(found[0].cells[0]) == 1000
    assert found[1] == Record(3, ["3", "4"])


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"", "no header"),
        (b"\n\n\n", "no header"),
        ("partner,seat\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04 and so on", "save the sheet as CSV"),
        (b"\x1f\x8b and so on", "unpack it"),
        (b"\x00\x01\x02,\xff\n", "no header that can be read"),
        (b"x" * 2_000_000, "no header that can be read"),
    ],
)
def test_a_file_that_is_not_a_table_is_refused_with_advice(tmp_path: Path, content: bytes, advice: str) -> None:
    with pytest.raises(Problem, match=advice) as refusal:
        read(tmp_path, content)
    assert refusal.value.code.name == "FILE_REFUSED"


def test_a_list_of_rejected_lines_is_read_as_the_file_it_came_from(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("rejected_line,rejected_because,partner,note\n7,too long,acme,'=not a formula\n9,,acme,'tis\n")
    with Table(path) as table:
        assert table.header == ["partner", "note"]
        assert [r.cells for r in table.records()] == [["acme", "=not a formula"], ["acme", "'tis"]]
