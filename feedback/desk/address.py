"""What the overview's address says: which months, which partners, in which order. Every link is made from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from feedback.desk.listing import Listing

SORTS = ("gap", "name", "licences", "end_user", "end_users", "buyer", "buyers", "activated")
"""By gap (furthest below first), name, licences, a side's score or people, activation; `-` in front turns it round."""


@dataclass(frozen=True, slots=True)
class Address(Listing):
    """The parameters after the question mark; `sort` is one of SORTS."""

    path: ClassVar = "/desk"
    sorts: ClassVar = SORTS
    largest_first: ClassVar = frozenset({"licences", "end_users", "buyers"})

    sort: str = "gap"

    def sorted_by(self, sort: str) -> str:
        """The address of the table sorted by `sort`; turned round when it is sorted so already."""
        return Listing.sorted_by(self, sort) + "#partners"


def read(args: Mapping[str, str]) -> Address:
    """The address of a request."""
    return Address.read(args)
