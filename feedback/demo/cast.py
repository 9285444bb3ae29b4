"""The partners of the demo world, read from cast.csv. All of them are invented."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from feedback.demo.fates import Fate

Outcome = Literal["open", "notice", "overdue", "renewed", "expanded", "contracted", "churned"]


@dataclass(frozen=True, slots=True)
class Member:
    """One partner of the cast."""

    slug: str
    name: str
    locales: tuple[str, ...]
    """What its people's browsers ask for; one that is named twice is twice as common."""
    seats: int
    fate: Fate
    outcome: Outcome
    renews_in_days: int
    """From today to the next renewal for `open`, `notice` and `overdue`, else to the last decided one (negative)."""
    buyers: int
    currency: str
    price: int
    """Per licence and year, in whole units of `currency`."""
    signed_by_partner: float
    """Share of people whom the partner vouches for."""
    unsigned: float
    """Share of answers that nobody vouches for."""
    voice: float
    """How readily its people answer, beside what its fate makes of it."""
    may_ask: bool
    council: str | None
    """Who was consulted before people were asked."""


def _read(path: Path) -> tuple[Member, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_member(row) for row in csv.DictReader(file))


def _member(row: dict[str, str]) -> Member:
    return Member(
        slug=row["slug"],
        name=row["name"],
        locales=tuple(row["locales"].split()),
        seats=int(row["seats"]),
        fate=cast("Fate", row["fate"]),
        outcome=cast("Outcome", row["outcome"]),
        renews_in_days=int(row["renews_in_days"]),
        buyers=int(row["buyers"]),
        currency=row["currency"],
        price=int(row["price"]),
        signed_by_partner=float(row["signed_by_partner"]),
        unsigned=float(row["unsigned"]),
        voice=float(row["voice"]),
        may_ask=row["may_ask"] == "yes",
        council=row["council"] or None,
    )


CAST: tuple[Member, ...] = _read(Path(__file__).with_name("cast.csv"))
BY_SLUG: dict[str, Member] = {member.slug: member for member in CAST}
