"""The list of partners: what its address says, and the rows that it asks for. Only order and place are found here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from feedback.core.months import label, month_of
from feedback.desk.listing import Listing, Page, page_of
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


@dataclass(frozen=True, slots=True)
class Address(Listing):
    """The parameters after the question mark: months, filters, order, page (from 1)."""

    path: ClassVar = "/desk/partners"
    sorts: ClassVar = SORTS
    largest_first: ClassVar = frozenset({"side", "licences"})
    choices: ClassVar = {"state": STATES, "side": SIDES}

    sort: str = "state"
    state: str = ""
    side: str = ""


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
    return tuple(address.in_order(rows, _KEYS, lambda row: (row.name.casefold(), row.partner)))


def page(rows: Sequence[PartnerRow], address: Address, *, of: int) -> Page[PartnerRow]:
    """The page of these rows that the address names, or the last there is."""
    return page_of(rows, address.page, per_page=ROWS_PER_PAGE, of=of)
