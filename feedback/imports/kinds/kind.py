"""What all kinds of files have in common: columns, a check of one line, and steps that merge many."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.imports.values import Cells, RejectedError
from feedback.partners.commands import SLUG
from feedback.seats.attributes import Declared


class Draft(NamedTuple):
    """What a good line says, to be merged in `step`. `key`: what makes two lines speak of the same thing."""

    step: int
    key: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A line under our column names. `attributes`: every attribute column of the file, also where the cell is empty."""

    cells: Cells
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Checking:
    """What checking a line needs to know. `partners`: those that the lines at hand name, as far as they are known."""

    pepper: bytes
    partners: Mapping[str, UUID]
    now: datetime

    def partner(self, cells: Cells) -> UUID:
        """The partner that a line names. Raises RejectedError."""
        known = self.partners.get(cells["partner"])
        if known is None:
            raise RejectedError(unknown_partner(slug(cells)) + " Import its contract with a name first, or create it.")
        return known


class Line(NamedTuple):
    """A staged line."""

    line: int
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Merging:
    """What merging needs to know. `given`: our columns that the file has; what it has not stays as it is."""

    session: Session
    import_id: UUID
    declared: Declared
    given: frozenset[str]
    pepper: bytes
    named_here: Callable[[Collection[str]], set[str]]
    """Those of some slugs that the file itself gives a name to."""
    before: Line | None
    """The line merged just before these."""
    now: datetime


@dataclass(slots=True)
class Plan:
    """What merging some lines would do; `apply` does it, in the same transaction."""

    created: int = 0
    revised: int = 0
    unchanged: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)
    apply: Callable[[], None] = lambda: None


Fact = TypeVar("Fact")


def sort_out(pairs: Iterable[tuple[Fact | None, Fact]]) -> tuple[Plan, list[Fact]]:
    """Count what is new, changed or the same, from what stands and what arrived; and what has to be written."""
    plan, changed = Plan(), []
    for standing, arrived in pairs:
        plan.created += standing is None
        plan.revised += standing is not None and standing != arrived
        plan.unchanged += standing == arrived
        if standing != arrived:
            changed.append(arrived)
    return plan, changed


@dataclass(frozen=True, slots=True)
class Step:
    """One pass over staged lines. The last step of a kind counts the lines; others name what they make or change."""

    merge: Callable[[Merging, Sequence[Line]], Plan]
    created_as: str = ""
    revised_as: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which columns a file has."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    takes_attributes: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column, for messages."""
        return (*self.required, *self.optional, *(["attr.NAME"] if self.takes_attributes else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Layout):
    """A kind of file that is imported."""

    check: Callable[[Row, Checking], list[Draft]]
    """What a line says, one draft of the last step among it. Raises RejectedError."""
    steps: tuple[Step, ...]


def slug(cells: Cells) -> str:
    """The partner's slug. Raises RejectedError."""
    cell = cells.get("partner", "")
    if not cell:
        raise RejectedError("partner is empty; write the partner's slug.")
    if not SLUG.fullmatch(cell):
        raise RejectedError(
            f"partner is '{cell[:40]}'; write the partner's slug: 1 to 80 of a-z, 0-9 and inner hyphens, like acme."
        )
    return cell


def unknown_partner(name: str) -> str:
    """The first half of a reason."""
    return f"There is no partner '{name}'."
