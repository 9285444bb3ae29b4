"""What the overview's address says: which months, which partners, in which order. Every link is made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

SORTS = ("gap", "name", "licences", "end_user", "end_users", "buyer", "buyers", "activated")
"""By gap (furthest below first), name, licences, a side's score or people, activation; `-` in front turns it round."""


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters after the question mark. `sort` is one of SORTS, `page` counts from 1."""

    start: str | None = None
    end: str | None = None
    sort: str = "gap"
    turned: bool = False
    search: str = ""
    page: int = 1

    def to(self, path: str = "/desk", **changes: Any) -> str:
        """The address of `path` with some parameters changed; defaults are left out."""
        other = replace(self, **changes)
        sort = f"-{other.sort}" if other.turned else other.sort
        parameters = {
            "from": other.start,
            "to": other.end,
            "q": other.search,
            "sort": sort if sort != "gap" else None,
            "page": other.page if other.page > 1 else None,
        }
        given = {name: value for name, value in parameters.items() if value}
        return f"{path}?{urlencode(given)}" if given else path

    def sorted_by(self, sort: str) -> str:
        """The address of the table sorted by `sort`; turned round when it is sorted so already."""
        return self.to(sort=sort, turned=self.sort == sort and not self.turned, page=1) + "#partners"


def read(args: Mapping[str, str]) -> Address:
    """The address of a request. An order that is not there, or a page, is read as the first; dates stay as they are."""
    sort = args.get("sort", "gap")
    name = sort.removeprefix("-")
    page = args.get("page", "")
    return Address(
        start=args.get("from") or None,
        end=args.get("to") or None,
        sort=name if name in SORTS else "gap",
        turned=name in SORTS and sort.startswith("-"),
        search=args.get("q", "").strip()[:100],
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 6 else 1,
    )
