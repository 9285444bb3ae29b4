"""The list of what was released: what its address says, and the rows that it asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from feedback.core.months import label
from feedback.privacy.queries import Standing

ROWS_PER_PAGE = 100
SORTS = ("name", "months")
TITLES = ("partner", "name", "from", "to", "next release")


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters after the question mark: a part of the name, order (names upward, months downward), page."""

    search: str = ""
    sort: str = "name"
    turned: bool = False
    page: int = 1

    def to(self, path: str = "/desk/released", **changes: Any) -> str:
        """The address of `path` with some parameters changed; defaults are left out."""
        other = replace(self, **changes)
        sort = f"-{other.sort}" if other.turned else other.sort
        parameters = {
            "q": other.search,
            "sort": sort if sort != "name" else None,
            "page": other.page if other.page > 1 else None,
        }
        given = {name: value for name, value in parameters.items() if value}
        return f"{path}?{urlencode(given)}" if given else path

    def sorted_by(self, sort: str) -> str:
        """The address of the list sorted by `sort`; turned round when it is sorted so already."""
        return self.to(sort=sort, turned=self.sort == sort and not self.turned, page=1)

    @property
    def downward(self) -> bool:
        """Whether what is latest, or last by name, stands first."""
        return self.turned != (self.sort == "months")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the rows found; `first` counts from 1."""

    rows: tuple[Standing, ...]
    found: int
    first: int
    page: int
    pages: int


def read(args: Mapping[str, str]) -> Address:
    """The address of a request. An order or a page that is not there is the first."""
    sort = args.get("sort", "name")
    name, page = sort.removeprefix("-"), args.get("page", "")
    return Address(
        search=args.get("q", "").strip()[:100],
        sort=name if name in SORTS else "name",
        turned=name in SORTS and sort.startswith("-"),
        page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )


def found(partners: Sequence[Standing], address: Address) -> tuple[Standing, ...]:
    """The partners that the address asks for, in its order; those without a release come last either way."""
    wanted = address.search.casefold()
    rows = [one for one in partners if wanted in one.name.casefold() or wanted in one.slug]
    rows.sort(key=lambda one: (one.name.casefold(), one.slug))
    if address.sort == "name":
        return tuple(rows[::-1] if address.turned else rows)
    released = [(one.months[::-1], one) for one in rows if one.months is not None]
    released.sort(key=lambda pair: pair[0], reverse=address.downward)
    return (*(one for _, one in released), *(one for one in rows if one.months is None))


def page(rows: Sequence[Standing], address: Address) -> Page:
    """The page of these rows that the address names, or the last there is."""
    pages = max(1, -(-len(rows) // ROWS_PER_PAGE))
    number = min(address.page, pages)
    start = (number - 1) * ROWS_PER_PAGE
    shown = tuple(rows[start : start + ROWS_PER_PAGE])
    return Page(shown, len(rows), start + 1 if shown else 0, number, pages)


def next_one(standing: Standing) -> str:
    """What holds the next release back, in words that tell nothing of how many answered."""
    return "when enough more people have answered" if standing.allowed else "not while the policy keeps numbers back"


def line(standing: Standing) -> tuple[str, ...]:
    """One line of the list as a file, under TITLES."""
    first, last = map(label, standing.months) if standing.months else ("", "")
    return standing.slug, standing.name, first, last, next_one(standing)
