"""Which column of a file is which of ours."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.core.errors import Code, Problem
from feedback.imports.kinds.kind import Layout, Row
from feedback.imports.table import Record
from feedback.imports.values import RejectedError

ATTRIBUTE = "attr."


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of our columns and attributes in a record, and the file's columns that mean nothing to us."""

    places: tuple[tuple[str, int], ...]
    attributes: tuple[tuple[str, int], ...]
    width: int
    ignored: tuple[str, ...]

    @property
    def given(self) -> frozenset[str]:
        """Which of our columns the file has."""
        return frozenset(name for name, _place in self.places)

    def row(self, record: Record) -> Row:
        """A record under our column names, its cells trimmed. Raises RejectedError."""
        cells = record.cells
        if record.problem:
            raise RejectedError(record.problem)
        if len(cells) < self.width or any(cells[self.width :]):
            raise RejectedError(
                f"The line has {len(cells)} cells, the header {self.width}; is a separator missing or one too many?"
            )
        return Row(
            {name: cells[place].strip() for name, place in self.places},
            {name: cells[place].strip() for name, place in self.attributes},
        )


def match(header: Sequence[str], layout: Layout, maps: Sequence[str], declared: Collection[str]) -> Columns:
    """Find the columns of `layout` in `header`. Names are trimmed and in any case; `maps` are OURS=THEIRS.

    `declared`: attributes there are already, whose case is kept. Raises FILE_REFUSED for columns that are missing,
    twice there or mapped to nothing; `missing` and `twice` among its details name those of ours.
    """
    theirs = [" ".join(name.split()) for name in header]
    found = _mapped(maps, layout, theirs, declared)
    chosen, mapped = set(found), set(found.values())
    for place, name in enumerate(theirs):
        ours = _ours(name, layout, declared)
        if ours is None or ours in chosen or place in mapped:
            continue
        if ours.casefold() in (name.casefold() for name in found):
            raise _refused(
                f"The column {ours} is there twice; take one of them out, or choose with --map {ours}=NAME.", twice=ours
            )
        found[ours] = place
    places = {name: place for name, place in found.items() if not name.startswith(ATTRIBUTE)}
    attributes = {name.removeprefix(ATTRIBUTE): place for name, place in found.items() if name.startswith(ATTRIBUTE)}
    missing = [name for name in layout.required if name not in places]
    if missing:
        raise _refused(
            f"Missing: {', '.join(missing)}. The file has: {_listed(theirs)}. Rename the columns, or say "
            f"which is which: --map {missing[0]}=THEIRS.",
            missing=missing,
        )
    ignored = tuple(name for place, name in enumerate(theirs) if name and place not in found.values())
    return Columns(tuple(places.items()), tuple(attributes.items()), len(theirs), ignored)


def _mapped(maps: Sequence[str], layout: Layout, theirs: Sequence[str], declared: Collection[str]) -> dict[str, int]:
    folded = [name.casefold() for name in theirs]
    mapped: dict[str, int] = {}
    for one in maps:
        left, equals, right = one.partition("=")
        ours, their = _ours(left, layout, declared), " ".join(right.split()).casefold()
        if not equals or not their:
            raise _refused(f"--map takes OURS=THEIRS, for instance --map partner=Account; not {one!r}.")
        if ours is None:
            raise _refused(
                f"--map: there is no column {left.strip()!r}; {layout.name} have {', '.join(layout.columns)}."
            )
        if ours in mapped:
            raise _refused(f"--map: {ours} is mapped twice.")
        if folded.count(their) != 1:
            how_many = "more than one column" if their in folded else "no column"
            raise _refused(f"--map: the file has {how_many} named {right.strip()!r}. It has: {_listed(theirs)}.")
        mapped[ours] = folded.index(their)
    return mapped


def _ours(name: str, layout: Layout, declared: Collection[str]) -> str | None:
    name = name.strip()
    folded = name.casefold()
    if layout.takes_attributes and folded.startswith(ATTRIBUTE):
        own = name[len(ATTRIBUTE) :].strip()
        return ATTRIBUTE + next((known for known in sorted(declared) if known.casefold() == own.casefold()), own)
    return folded if folded in (*layout.required, *layout.optional) else None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name or "(no name)" for name in names[:40])


def _refused(detail: str, **details: Any) -> Problem:
    return Problem(Code.FILE_REFUSED, detail, **details)
