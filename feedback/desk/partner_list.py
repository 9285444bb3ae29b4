"""The list of partners: what its address says, and the rows that it asks for. Only order and place are found here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from feedback.core.months import label, month_of
from feedback.gap.values import PartnerRow, Period
from feedback.gap.words import SIDES, STATES

ROWS_PER_PAGE = 100

_WORST_FIRST = ("broken_value", "pre_churn", "buyer_friction", "undetermined", "compounding")
_KEYS: dict[str, Callable[[PartnerRow], Any]] = {
    "state": lambda row: (_WORST_FIRST.index(row.state.state), -(row.state.probability or 0)),
    "side": lambda row: row.side_at_risk.probability if row.side_at_risk.side != "undetermined" else None,
    "end_user": lambda row: row.end_user.score,
    "buyer": lambda row: row.buyer.score,
    "gap": lambda row: None if row.gap is None else row.gap.points,
    "activated": lambda row: row.adoption.activation,
    "engaged": lambda row: row.adoption.engagement,
    "renewal": lambda row: None if row.renewal is None else row.renewal.renews_on,
    "licences": lambda row: row.licences,
}
SORTS = ("name", *_KEYS)
LARGEST_FIRST = {"side", "licences"}


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters after the question mark: months, filters, order, page (from 1)."""

    start: str | None = None
    end: str | None = None
    search: str = ""
    state: str = ""
    side: str = ""
    sort: str = "state"
    turned: bool = False
    page: int = 1

    def to(self, path: str = "/desk/partners", **changes: Any) -> str:
        """The address of `path` with some parameters changed; defaults are left out."""
        other = replace(self, **changes)
        sort = f"-{other.sort}" if other.turned else other.sort
        parameters = {
            "from": other.start,
            "to": other.end,
            "q": other.search,
            "state": other.state,
            "side": other.side,
            "sort": sort if sort != "state" else None,
            "page": other.page if other.page > 1 else None,
        }
        given = {name: value for name, value in parameters.items() if value}
        return f"{path}?{urlencode(given)}" if given else path

    def sorted_by(self, sort: str) -> str:
        """The address of the list sorted by `sort`; turned round when it is sorted so already."""
        return self.to(sort=sort, turned=self.sort == sort and not self.turned, page=1)

    @property
    def downward(self) -> bool:
        """Whether what is largest stands first."""
        return self.turned != (self.sort in LARGEST_FIRST)

    @property
    def filtered(self) -> bool:
        """Whether some partners may be left out."""
        return bool(self.search or self.state or self.side)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the rows found, of `all`; `first` counts from 1."""

    rows: tuple[PartnerRow, ...]
    found: int
    all: int
    first: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Span:
    """A period to choose: `words`, its first and last month, and whether it is the one shown."""

    words: str
    start: str
    end: str
    chosen: bool


def spans(shown: Period, *, now: datetime) -> tuple[Span, ...]:
    """The last 3, 6 and 12 months."""
    current = month_of(now)
    months = month_of(shown.first_day), month_of(shown.last_day)
    starts = ((f"{count} months", current - count + 1) for count in (3, 6, 12))
    return tuple(Span(words, label(one), label(current), chosen=months == (one, current)) for words, one in starts)


def read(args: Mapping[str, str]) -> Address:
    """The address of a request. A filter or an order that is not there is none; dates stay as they are."""
    sort = args.get("sort", "state")
    name = sort.removeprefix("-")
    state, side = args.get("state", ""), args.get("side", "")
    return Address(
        start=args.get("from") or None,
        end=args.get("to") or None,
        search=args.get("q", "").strip()[:100],
        state=state if state in STATES else "",
        side=side if side in SIDES else "",
        sort=name if name in SORTS else "state",
        turned=name in SORTS and sort.startswith("-"),
        page=_number(args.get("page", "")),
    )


def found(partners: Sequence[PartnerRow], address: Address) -> tuple[PartnerRow, ...]:
    """The rows that the address asks for, in its order; those without what is sorted by come last either way."""
    wanted = address.search.casefold()
    rows = [
        row
        for row in partners
        if (wanted in row.name.casefold() or wanted in row.partner)
        and address.state in ("", row.state.state)
        and address.side in ("", row.side_at_risk.side)
    ]
    rows.sort(key=lambda row: (row.name.casefold(), row.partner))
    if address.sort == "name":
        return tuple(rows[::-1] if address.turned else rows)
    key = _KEYS[address.sort]
    known = [(value, row) for row in rows if (value := key(row)) is not None]
    known.sort(key=lambda one: one[0], reverse=address.downward)
    return (*(row for _, row in known), *(row for row in rows if key(row) is None))


def page(rows: Sequence[PartnerRow], address: Address, *, of: int) -> Page:
    """The page of these rows that the address names, or the last there is."""
    pages = max(1, -(-len(rows) // ROWS_PER_PAGE))
    number = min(address.page, pages)
    start = (number - 1) * ROWS_PER_PAGE
    shown = tuple(rows[start : start + ROWS_PER_PAGE])
    return Page(shown, len(rows), of, start + 1 if shown else 0, number, pages)


def _number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1
