"""What the address of a list says, and the rows that it asks for: the same for every list of the desk."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar, Generic, Self, TypeVar
from urllib.parse import urlencode

Row = TypeVar("Row")

_NAMES = {"start": "from", "end": "to", "search": "q"}
_LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Listing:
    """The parameters after the question mark: months, a search, order, page (from 1). Filters are a subclass's fields.

    What is as by default is left out of addresses; what is not there is read as the default.
    """

    path: ClassVar[str]
    sorts: ClassVar[Collection[str]]
    """What the list can be sorted by; `-` in front of one turns it round."""
    largest_first: ClassVar[Collection[str]] = ()
    """Of `sorts` those that begin with what is largest."""
    choices: ClassVar[Mapping[str, Collection[str]]] = {}
    """The filters, and what each can be beside empty: any."""

    start: str | None = None
    end: str | None = None
    search: str = ""
    sort: str = "name"
    turned: bool = False
    page: int = 1

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Self:
        """The address of a request. Months stay as they are: whoever makes the report says what is wrong with them."""
        sort, page = args.get("sort", ""), args.get("page", "")
        known = sort.removeprefix("-") in cls.sorts
        given: dict[str, Any] = {"sort": sort.removeprefix("-")} if known else {}
        for name, choices in cls.choices.items():
            given[name] = args.get(name, "") if args.get(name) in choices else ""
        return cls(
            start=args.get("from") or None,
            end=args.get("to") or None,
            search=args.get("q", "").strip()[:_LONGEST_SEARCH],
            turned=known and sort.startswith("-"),
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
            **given,
        )

    def to(self, path: str | None = None, **changes: Any) -> str:
        """The address of `path`, the list's own if none is given, with some parameters changed."""
        said, usual = asdict(replace(self, **changes)), {one.name: one.default for one in fields(self)}
        order = "-" * said.pop("turned") + said.pop("sort")
        page = said.pop("page")
        given = {_NAMES.get(name, name): value for name, value in said.items() if value != usual[name]}
        given |= {"sort": order} if order != usual["sort"] else {}
        given |= {"page": page} if page > 1 else {}
        where = self.path if path is None else path
        return f"{where}?{urlencode(given)}" if given else where

    def sorted_by(self, sort: str) -> str:
        """The address of the list sorted by `sort`; turned round when it is sorted so already."""
        return self.to(sort=sort, turned=self.sort == sort and not self.turned, page=1)

    @property
    def downward(self) -> bool:
        """Whether what is largest stands first."""
        return self.turned != (self.sort in self.largest_first)

    @property
    def filtered(self) -> bool:
        """Whether some rows may be left out."""
        return bool(self.search) or any(getattr(self, name) for name in self.choices)

    def in_order(
        self, rows: Iterable[Row], keys: Mapping[str, Callable[[Row], Any]], name: Callable[[Row], Any]
    ) -> list[Row]:
        """The rows as `sort` has them: by `name`, or by one of `keys`; those without it come last either way."""
        by_name = sorted(rows, key=name)
        if self.sort == "name":
            return by_name[::-1] if self.turned else by_name
        key = keys[self.sort]
        known = sorted((row for row in by_name if key(row) is not None), key=key, reverse=self.downward)
        return [*known, *(row for row in by_name if key(row) is None)]


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of the rows `found`, of `all`; `first` counts from 1."""

    rows: tuple[Row, ...]
    found: int
    all: int
    first: int
    page: int
    pages: int


def page_of(rows: Sequence[Row], number: int, *, per_page: int, of: int) -> Page[Row]:
    """The page of that number, from 1, or the last there is."""
    pages = max(1, -(-len(rows) // per_page))
    number = min(number, pages)
    start = (number - 1) * per_page
    shown = tuple(rows[start : start + per_page])
    return Page(shown, len(rows), of, start + 1 if shown else 0, number, pages)
