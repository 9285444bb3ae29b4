"""The list of partners in the settings: what its address says, and the rows that it asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

from feedback.desk.listing import Listing, Page, page_of
from feedback.gap.words import day
from feedback.partners.commands import PolicyTerms
from feedback.partners.lines import PartnerLine
from feedback.partners.models import Policy

PATH = "/desk/settings/partners"
ROWS_PER_PAGE = 100
FILTERS = {"": "all", "here": "here now", "left": "left", "default": "policy not recorded", "unsigned": "no contract"}
_FITS: Mapping[str, Callable[[PartnerLine], bool]] = {
    "": lambda _: True,
    "here": lambda one: one.left_at is None,
    "left": lambda one: one.left_at is not None,
    "default": lambda one: one.policy_at is None,
    "unsigned": lambda one: not one.contracts,
}
_KEYS: Mapping[str, Callable[[PartnerLine], Any]] = {
    "slug": lambda one: one.slug,
    "contracts": lambda one: one.contracts,
    "policy": lambda one: one.policy_at,
    "live": lambda one: one.embed_seen_on,
    "since": lambda one: one.created_at,
    "left": lambda one: one.left_at,
}
TERMS = {
    "may_ask": "May ask",
    "may_contact": "May contact people who say yes",
    "may_share_back": "May give numbers back to the partner",
    "may_benchmark": "May compare with others",
    "may_replay": "May replay sessions",
    "role_of_data": "Role of the vendor",
    "controller": "Controller",
    "lawful_basis": "Lawful basis",
    "notice_version": "Notice, version",
    "consulted": "Who was consulted",
    "hosting_region": "Hosting region",
    "branding": "Branding of the widget",
    "valid_until": "Valid until",
}
"""The terms of a policy, as the pages name them."""
BRANDINGS = {"own": "the vendor’s own", "co_branded": "both names", "white_label": "the partner’s alone"}


@dataclass(frozen=True, slots=True)
class Address(Listing):
    """The parameters after the question mark: search, filter, order, page (from 1)."""

    path: ClassVar = PATH
    sorts: ClassVar = ("name", *_KEYS)
    choices: ClassVar = {"only": FILTERS}

    only: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One recorded policy: since when, and what it says otherwise than the one before (for the first, the default)."""

    recorded_at: datetime
    changes: tuple[tuple[str, str], ...]


def found(lines: Sequence[PartnerLine], address: Address) -> list[PartnerLine]:
    """The rows that the address asks for, in its order; those without what is sorted by come last either way."""
    wanted, fits = address.search.casefold(), _FITS[address.only]
    rows = [one for one in lines if fits(one) and (wanted in one.name.casefold() or wanted in one.slug)]
    return address.in_order(rows, _KEYS, lambda one: (one.name.casefold(), one.slug))


def page(rows: Sequence[PartnerLine], address: Address, *, of: int) -> Page[PartnerLine]:
    """The page of these rows that the address names, or the last there is."""
    return page_of(rows, address.page, per_page=ROWS_PER_PAGE, of=of)


def cells(one: PartnerLine) -> tuple[str | int | None, ...]:
    """A row of a file, under the names of its members."""
    return tuple(cell if cell is None or isinstance(cell, int | str) else cell.isoformat() for cell in one)


def history(policies: Sequence[Policy]) -> tuple[Version, ...]:
    """What each of these policies (newest first, the oldest of all among them or not) changed."""
    found = []
    for place, policy in enumerate(policies):
        before = asdict(PolicyTerms()) if place + 1 == len(policies) else _terms(policies[place + 1])
        after = _terms(policy)
        changed = tuple((TERMS[name], term(name, after[name])) for name in TERMS if after[name] != before[name])
        found.append(Version(policy.recorded_at, changed))
    return tuple(found)


def term(name: str, value: Any) -> str:
    """One term of a policy in words."""
    if value is None:
        return "no end" if name == "valid_until" else "not recorded"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return BRANDINGS[value] if name == "branding" else day(value) if name == "valid_until" else str(value)


def _terms(policy: Policy) -> dict[str, Any]:
    return {one.name: getattr(policy, one.name) for one in fields(PolicyTerms)}
