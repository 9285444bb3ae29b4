"""The list of what was released: what its address says, and the rows that it asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from feedback.core.months import label
from feedback.desk.listing import Listing, Page, page_of
from feedback.privacy.queries import Standing

ROWS_PER_PAGE = 100
_KEYS: Mapping[str, Callable[[Standing], Any]] = {"months": lambda one: one.months and one.months[::-1]}
SORTS = ("name", *_KEYS)
TITLES = ("partner", "name", "from", "to", "next release")


@dataclass(frozen=True, slots=True)
class Address(Listing):
    """The parameters after the question mark: a part of the name, order (names upward, months downward), page."""

    path: ClassVar = "/desk/released"
    sorts: ClassVar = SORTS
    largest_first: ClassVar = frozenset({"months"})


def found(partners: Sequence[Standing], address: Address) -> tuple[Standing, ...]:
    """The partners that the address asks for, in its order; those without a release come last either way."""
    wanted = address.search.casefold()
    rows = [one for one in partners if wanted in one.name.casefold() or wanted in one.slug]
    return tuple(address.in_order(rows, _KEYS, lambda one: (one.name.casefold(), one.slug)))


def page(rows: Sequence[Standing], address: Address) -> Page[Standing]:
    """The page of these rows that the address names, or the last there is."""
    return page_of(rows, address.page, per_page=ROWS_PER_PAGE, of=len(rows))


def next_one(standing: Standing) -> str:
    """What holds the next release back, in words that tell nothing of how many answered."""
    return "when enough more people have answered" if standing.allowed else "not while the policy keeps numbers back"


def line(standing: Standing) -> tuple[str, ...]:
    """One line of the list as a file, under TITLES."""
    first, last = map(label, standing.months) if standing.months else ("", "")
    return standing.slug, standing.name, first, last, next_one(standing)
