"""Read a CSV file as records with line numbers, whatever it was written with. Memory: the longest record."""

import csv
import io
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from feedback.core.errors import Code, Problem
from feedback.core.spreadsheet import safe_cell

REJECTED_COLUMNS = ("rejected_line", "rejected_because")
"""The first columns of our own list of rejected lines, which can be corrected and imported."""

_LONGEST_LINE = 1 << 20
_BOM = b"\xef\xbb\xbf"
_NOT_CSV = {
    b"\xff\xfe": "It is written in UTF-16; save it as CSV in UTF-8.",
    b"\xfe\xff": "It is written in UTF-16; save it as CSV in UTF-8.",
    b"PK\x03\x04": "It is a workbook or an archive; save the sheet as CSV in UTF-8.",
    b"\x1f\x8b": "It is compressed; unpack it first.",
}


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the number of its first line (the header's is 1 in most files), its cells, why it cannot be read."""

    line: int
    cells: list[str]
    problem: str | None = None
    lines: int = 1
    """How many lines of the file it takes: cells in quotes may have line breaks."""


class Table:
    """An open file. `header`, `delimiter` and `has_bom` are known at once, `records()` reads on from there."""

    def __init__(self, path: Path, name: str = "") -> None:
        """`name`: what the file is called in messages, when that is not its name on the disk."""
        self._binary: BinaryIO = path.open("rb")
        try:
            self._start(path, name or path.name)
        except BaseException:
            self._binary.close()
            raise

    def _start(self, path: Path, name: str) -> None:
        self.size_bytes = path.stat().st_size
        beginning = self._binary.read(4)
        for mark, advice in _NOT_CSV.items():
            if beginning.startswith(mark):
                raise Problem(Code.FILE_REFUSED, f"{name} is not a CSV file. {advice}")
        self.has_bom = beginning.startswith(_BOM)
        self._binary.seek(len(_BOM) if self.has_bom else 0)
        # Bytes that are not UTF-8 become lone surrogates: the record they are in is rejected, the rest is read.
        text = io.TextIOWrapper(self._binary, encoding="utf-8", errors="surrogateescape", newline="")
        self._lines = _Lines(text)
        found: dict[str, list[str]] = {",": []}
        with suppress(_LineTooLongError):
            found = {delimiter: self._header(delimiter) for delimiter in ",;"}
        self.delimiter = max(found, key=lambda delimiter: len(found[delimiter]))
        header = found[self.delimiter]
        if not header or _unreadable(header):
            raise Problem(
                Code.FILE_REFUSED,
                f"{name} has no header that can be read: its first line names the columns, separated by commas or "
                "semicolons. Save it as CSV in UTF-8.",
            )
        self._header(self.delimiter, again=False)
        self.is_list_of_rejected = tuple(cell.strip() for cell in header[:2]) == REJECTED_COLUMNS
        self.header = self._own(header)

    def records(self) -> Iterator[Record]:
        """Every record after the header that has anything in it."""
        reader = self._reader(self.delimiter)
        while True:
            self._lines.forget()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _LineTooLongError) as error:
                yield Record(self._lines.first, self._lines.first_text, _explain(error))
                # Only the first line is given up: what follows an unclosed quote may be good lines.
                self._lines.give_back()
                reader = self._reader(self.delimiter)
                continue
            if any(own := self._own(cells)):
                yield Record(self._lines.first, own, _unreadable(cells), self._lines.taken)

    def position_bytes(self) -> int:
        """How far the file has been read."""
        return self._binary.tell()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._lines.close()

    def _header(self, delimiter: str, *, again: bool = True) -> list[str]:
        """The first record that is not empty, read with this delimiter; `again`: its lines are to be read again."""
        header = []
        with suppress(csv.Error):
            header = next((cells for cells in self._reader(delimiter) if any(cell.strip() for cell in cells)), [])
        if again:
            self._lines.give_back(keep_first=True)
        return header

    def _reader(self, delimiter: str) -> Iterator[list[str]]:
        return csv.reader(self._lines, delimiter=delimiter, strict=True)

    def _own(self, cells: list[str]) -> list[str]:
        """Cells without what our list of rejected lines had added to them."""
        if not self.is_list_of_rejected:
            return cells
        return [cell[1:] if cell[:1] == "'" and safe_cell(cell[1:]) == cell else cell for cell in cells[2:]]


class _LineTooLongError(Exception):
    pass


class _Lines:
    """Physical lines, numbered, which can be given back to be read again."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._waiting: deque[str] = deque()
        self._taken: list[str] = []
        self._next_number = 1
        self.first = 1

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._text.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        self._taken.append(line)
        if len(line) >= _LONGEST_LINE and not line.endswith(("\n", "\r")):
            while len(rest := self._text.readline(_LONGEST_LINE)) >= _LONGEST_LINE and not rest.endswith(("\n", "\r")):
                pass
            self._taken[-1] = line[:1000]
            raise _LineTooLongError
        return line

    @property
    def taken(self) -> int:
        """How many lines there were since `forget`."""
        return len(self._taken)

    @property
    def first_text(self) -> list[str]:
        """The first line since `forget`, as one cell."""
        return [line.rstrip("\r\n") for line in self._taken[:1]]

    def forget(self) -> None:
        """A new record begins with the next line."""
        self._next_number += len(self._taken)
        self.first = self._next_number
        self._taken.clear()

    def give_back(self, *, keep_first: bool = False) -> None:
        """Have the lines since `forget` read again, the first one only with `keep_first`."""
        again = self._taken if keep_first else self._taken[1:]
        self._waiting.extendleft(reversed(again))
        del self._taken[len(self._taken) - len(again) :]

    def close(self) -> None:
        self._text.close()


def _explain(error: Exception) -> str:
    text = str(error)
    if isinstance(error, _LineTooLongError):
        return f"The line has more than {_LONGEST_LINE:,} characters."
    if "field larger" in text or "unexpected end" in text:
        return 'A quote was opened and not closed; write a quote inside a cell twice ("") and close the cell with one.'
    if "expected after" in text:
        return 'A quoted cell goes on after its closing quote; write a quote inside a cell twice ("").'
    return f"The line cannot be read as CSV: {text}."


def _unreadable(cells: list[str]) -> str | None:
    together = "".join(cells)
    if "\0" in together:
        return "The line has a NUL character in it; take it out."
    if not together.isascii():
        try:
            together.encode()
        except UnicodeEncodeError as error:
            byte = ord(together[error.start]) - 0xDC00
            return f"The line is not UTF-8 (byte {byte:#04x}); save the file as CSV in UTF-8."
    return None
