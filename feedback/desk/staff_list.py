"""The people of the vendor as the settings show them: who, in which role, how they get in, when they were last here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.sign_in_settings import STAFF_ROLES, SignIn
from feedback.staff import queries, sessions
from feedback.staff.models import StaffMember

PAGE = "/desk/settings/staff"
_SORTS = ("name", "role", "seen")


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters after the question mark."""

    search: str = ""
    role: str = ""
    sort: str = "name"

    @property
    def filtered(self) -> bool:
        """Whether somebody may be left out."""
        return bool(self.search or self.role)

    def to(self, path: str = PAGE, **changes: str) -> str:
        """The address of `path` with some parameters changed; defaults are left out."""
        said = {"q": self.search, "role": self.role, "sort": self.sort, **changes}
        given = {name: value for name, value in said.items() if value and (name, value) != ("sort", "name")}
        return f"{path}?{urlencode(given)}" if given else path


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the list."""

    id: UUID
    name: str
    email: str
    role: str
    disabled_at: datetime | None
    seen_at: datetime | None
    browsers: int
    second_factor: bool
    ways: tuple[str, ...]
    """How this person can sign in, besides by link."""


def read(args: Mapping[str, str]) -> Address:
    """The address of a request; a role or an order that is not there is none."""
    role, sort = args.get("role", ""), args.get("sort", "")
    return Address(
        search=args.get("q", "").strip()[:100],
        role=role if role in STAFF_ROLES else "",
        sort=sort if sort in _SORTS else "name",
    )


def people(session: Session, rules: SignIn, *, now: datetime) -> tuple[Person, ...]:
    """Everybody, by name; those who may not sign in any more come last."""
    ways = queries.ways_in(session)
    seen, browsers = sessions.last_seen(session), sessions.counted(session, now=now)
    found = [
        Person(
            id=row.id,
            name=row.name,
            email=row.email,
            role=row.role,
            disabled_at=row.disabled_at,
            seen_at=seen.get(row.id),
            browsers=browsers.get(row.id, 0),
            second_factor=row.id in ways.second_factor,
            ways=_ways(row, rules, ways.provider),
        )
        for row in queries.all_members(session)
    ]
    return tuple(sorted(found, key=_by_name))


def found(everybody: Sequence[Person], address: Address) -> tuple[Person, ...]:
    """The people the address asks for, in its order."""
    wanted = address.search.casefold()
    rows = [
        one
        for one in everybody
        if address.role in ("", one.role) and (wanted in one.name.casefold() or wanted in one.email)
    ]
    if address.sort == "role":
        rows.sort(key=lambda one: (one.disabled_at is not None, STAFF_ROLES.index(one.role)))
    if address.sort == "seen":
        rows.sort(key=lambda one: (one.seen_at is None, -one.seen_at.timestamp() if one.seen_at else 0.0))
    return tuple(rows)


def _by_name(one: Person) -> tuple[Any, ...]:
    return one.disabled_at is not None, one.name.casefold(), one.email


def _ways(row: StaffMember, rules: SignIn, provider: frozenset[UUID]) -> tuple[str, ...]:
    by_password = rules.by_password and row.password_hash is not None
    by_provider = rules.oidc is not None and row.id in provider
    return (*(["password"] if by_password else []), *(["provider"] if by_provider else []))
