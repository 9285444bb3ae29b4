"""The second step of an import: the file's columns beside ours, as they are guessed, and as somebody chose them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from feedback.core.errors import Problem
from feedback.imports.columns import ATTRIBUTE, Columns, match
from feedback.imports.guesses import attribute_of, guess
from feedback.imports.kinds import KINDS
from feedback.imports.kinds.kind import Layout
from feedback.imports.table import Record
from feedback.imports.telling import refusal

MOST_COLUMNS = 200
"""Further ones are not offered: a form has its limits. They are read where they have our names."""
SHOWN_LINES = 3
_LONGEST_CELL = 60
UNREAD = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file. `first`: its first cells; `chosen`: what it is read as; `attributes`: on offer."""

    place: int
    name: str
    first: tuple[str, ...]
    chosen: str
    attributes: tuple[str, ...]
    unnamed: str
    """Why it cannot be chosen; empty when it can."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose: OURS=THEIRS of every column that is read, and what does not fit, in words."""

    maps: tuple[str, ...]
    chosen: Mapping[int, str]
    errors: tuple[str, ...]


def by_guess(header: Sequence[str], layout: Layout) -> Mapping[int, str]:
    """What each column could be, by place."""
    return guess(header[:MOST_COLUMNS], layout)


def by_maps(
    header: Sequence[str], layout: Layout, maps: Sequence[str], declared: Collection[str]
) -> Mapping[int, str] | None:
    """What each column is by a saved mapping, by place; None when it does not fit this header."""
    try:
        return _read_as(match(header, layout, maps, declared))
    except Problem:
        return None


def columns(
    header: Sequence[str],
    first: Sequence[Record],
    layout: Layout,
    chosen: Mapping[int, str],
    declared: Collection[str],
) -> list[Column]:
    """Every column of the file, as the page shows it."""
    folded = [_folded(name) for name in header]
    found = []
    for place, name in enumerate(header[:MOST_COLUMNS]):
        cells = tuple(_shown(one.cells[place]) for one in first if place < len(one.cells))
        unnamed = "It has no name." if not folded[place] else ""
        if folded.count(folded[place]) > 1 and not unnamed:
            unnamed = "Another column has the same name."
        offered: tuple[str, ...] = ()
        if layout.takes_attributes:
            own = attribute_of(name, declared)
            offered = tuple(sorted({one for one in (own, *declared) if one}, key=str.casefold))
        found.append(Column(place, " ".join(name.split()), cells, chosen.get(place, UNREAD), offered, unnamed))
    return found


def missing(layout: Layout, chosen: Mapping[int, str]) -> list[str]:
    """Our columns that a file must have and that no column was chosen for."""
    return [one for one in layout.required if one not in chosen.values()]


def looks_like(header: Sequence[str], layout: Layout) -> str | None:
    """Another kind of file whose columns are all there, by name; of several the one that needs most."""
    names = {_folded(name) for name in header}
    fitting = [one for one in KINDS.values() if one.name != layout.name and names.issuperset(one.required)]
    return max(fitting, key=lambda one: len(one.required)).name if fitting else None


def choose(header: Sequence[str], layout: Layout, form: Mapping[str, str], declared: Collection[str]) -> Choice:
    """What the form says of each column (`column-PLACE`), held against what an import would read."""
    chosen = {
        place: value
        for place in range(min(len(header), MOST_COLUMNS))
        if (value := form.get(f"column-{place}", UNREAD)) in (*layout.required, *layout.optional)
        or (layout.takes_attributes and value.startswith(ATTRIBUTE))
    }
    names = list(chosen.values())
    errors = [
        f"{_of(one)} is chosen for two columns; choose one of them." for one in sorted({*names}) if names.count(one) > 1
    ]
    lacking = missing(layout, chosen)
    if lacking:
        them = "it" if len(lacking) == 1 else "each of them"
        errors.append(f"Missing: {', '.join(lacking)}. Choose which column of the file holds {them}.")
    maps = tuple(f"{ours}={' '.join(header[place].split())}" for place, ours in chosen.items())
    if not errors:
        errors = _held_against(header, layout, maps, chosen, declared)
    return Choice(maps, chosen, tuple(errors))


def _held_against(
    header: Sequence[str], layout: Layout, maps: Sequence[str], chosen: Mapping[int, str], declared: Collection[str]
) -> list[str]:
    try:
        read = _read_as(match(header, layout, maps, declared))
    except Problem as problem:
        return [refusal(problem)]
    return [
        f"The column “{' '.join(header[place].split())}” has the name of one of ours and is read as {_of(ours)}. "
        "Leave it chosen, or give it another name in the file."
        for place, ours in read.items()
        if place not in chosen
    ]


def _read_as(found: Columns) -> dict[int, str]:
    own = {place: ours for ours, place in found.places}
    return own | {place: ATTRIBUTE + name for name, place in found.attributes}


def _of(ours: str) -> str:
    return f"the attribute {ours.removeprefix(ATTRIBUTE)}" if ours.startswith(ATTRIBUTE) else ours


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _shown(cell: str) -> str:
    text = "".join(one if one.isprintable() else " " for one in cell[: 2 * _LONGEST_CELL]).strip()
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"
