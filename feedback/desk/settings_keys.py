"""The keys in the settings, kind by kind: the rows that an address asks for, and what breaks when one is revoked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from feedback.partners.keys import AnyKey
from feedback.partners.models import EmbedKey, SecretKey, SigningKey

ROWS_PER_PAGE = 50
KINDS: Mapping[str, type[AnyKey]] = {"embed": EmbedKey, "secret": SecretKey, "signing": SigningKey}
WORDS = {"embed": "Embed keys", "secret": "Secret keys", "signing": "Signing keys"}
PATHS = {
    "embed": "/desk/settings/keys",
    "secret": "/desk/settings/keys/secret",
    "signing": "/desk/settings/keys/signing",
}


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters after the question mark: a partner's slug or part of a key's name, revoked ones too, page."""

    kind: str = "embed"
    search: str = ""
    revoked: bool = False
    page: int = 1

    def to(self, **changes: Any) -> str:
        """The address with some parameters changed; defaults are left out."""
        other = replace(self, **changes)
        parameters = {
            "q": other.search,
            "revoked": "yes" if other.revoked else "",
            "page": other.page if other.page > 1 else "",
        }
        given = {name: value for name, value in parameters.items() if value}
        return f"{PATHS[other.kind]}?{urlencode(given)}" if given else PATHS[other.kind]


@dataclass(frozen=True, slots=True)
class Line:
    """One key. `partner`: slug, None for the vendor's own; `used_at`: when it was last used or seen, if that is known;
    `breaks`: what stops when it is revoked.
    """

    row: AnyKey
    identifier: str
    partner: str | None
    used_at: datetime | None
    breaks: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the keys found."""

    rows: Sequence[Line]
    found: int
    page: int
    pages: int


def read(kind: str, args: Mapping[str, str]) -> Address:
    """The address of a request."""
    number = args.get("page", "")
    return Address(
        kind=kind,
        search=args.get("q", "").strip()[:100],
        revoked=args.get("revoked") == "yes",
        page=max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1,
    )


def page(rows: Sequence[AnyKey], address: Address, slugs: Mapping[UUID, str], seen: Mapping[str, datetime]) -> Page:
    """The page of these keys (all of one kind) that the address names, newest first. `seen`: of embed keys, when."""
    wanted = address.search.casefold()
    found = [
        row
        for row in reversed(rows)
        if (address.revoked or row.revoked_at is None)
        and (not wanted or wanted in row.name.casefold() or wanted == (_slug(row, slugs) or ""))
    ]
    pages = max(1, -(-len(found) // ROWS_PER_PAGE))
    number = min(address.page, pages)
    shown = found[(number - 1) * ROWS_PER_PAGE : number * ROWS_PER_PAGE]
    return Page([_line(row, rows, slugs, seen) for row in shown], len(found), number, pages)


def identifier(row: AnyKey) -> str:
    """What a key is named by: its text, its id or its `kid`."""
    return row.key if isinstance(row, EmbedKey) else row.id if isinstance(row, SecretKey) else row.kid


def _line(row: AnyKey, rows: Sequence[AnyKey], slugs: Mapping[UUID, str], seen: Mapping[str, datetime]) -> Line:
    name = identifier(row)
    used = row.last_used_at if isinstance(row, SecretKey) else seen.get(name)
    return Line(row, name, _slug(row, slugs), used, _breaks(row, rows, slugs))


def _breaks(row: AnyKey, rows: Sequence[AnyKey], slugs: Mapping[UUID, str]) -> str:
    if isinstance(row, EmbedKey):
        return f"Pages of {', '.join(row.origins)} that carry this key show nothing any more, at once."
    if isinstance(row, SecretKey):
        return "Every program that sends this key is refused, at once: imports and activity that it sends stop."
    whose = "the vendor" if row.partner_id is None else slugs[row.partner_id]
    others = any(
        isinstance(one, SigningKey) and one is not row and one.partner_id == row.partner_id and one.revoked_at is None
        for one in rows
    )
    if others:
        return f"Tokens that it signed are refused, at once; {whose} has another key in use, which goes on."
    return f"Tokens that it signed are refused, at once, and nobody else signs for {whose}: no answer is vouched for."


def _slug(row: AnyKey, slugs: Mapping[UUID, str]) -> str | None:
    return None if isinstance(row, SecretKey) or row.partner_id is None else slugs[row.partner_id]
