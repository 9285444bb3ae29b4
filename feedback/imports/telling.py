"""What became of a file, in sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from feedback.core.errors import Problem

_COUNTS = (
    ("created", "new"),
    ("revised", "revised"),
    ("unchanged", "unchanged"),
    ("repeated", "repeated in the file"),
    ("rejected", "rejected"),
)


def told(file_name: str, counts: Mapping[str, Any]) -> Iterator[str]:
    """How many lines there were and what became of each, from what `counts_of` gives."""
    lines = counts["lines"]
    each = ", ".join(f"{counts[name]:,} {words}" for name, words in _COUNTS)
    yield f"{file_name}: {lines:,} {'line' if lines == 1 else 'lines'}: {each}."
    if counts["also"]:
        yield "On the way: " + ", ".join(f"{count:,} {name}" for name, count in counts["also"].items()) + "."


def refusal(problem: Problem) -> str:
    """Why a file was refused, without what only a command in a terminal could do about it."""
    if missing := problem.details.get("missing"):
        return (
            f"Missing: {', '.join(missing)}. No column of the file is read as {'it' if len(missing) == 1 else 'them'}."
        )
    if twice := problem.details.get("twice"):
        return f"The column {twice} is there twice; take one of them out of the file, or give it another name."
    return problem.detail
