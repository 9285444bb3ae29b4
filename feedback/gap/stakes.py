"""What is at stake at each partner: which one stands first, which dot is larger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feedback.gap.sentences import NOTHING
from feedback.gap.values import PartnerRow
from feedback.gap.words import money, people


@dataclass(frozen=True, slots=True)
class Stakes:
    """By slug: minor units of the next renewal's yearly value, or licences; `words` says which, `money` that it is."""

    of: Mapping[str, int]
    words: str
    money: bool

    def said(self, row: PartnerRow) -> str:
        """`EUR 1.4 M a year`, `212 licences`; a dash for what is not known."""
        if self.money:
            return f"{money(row.renewal.value)} a year" if row.renewal is not None else NOTHING
        return people(row.licences, "licence", "licences") if row.licences is not None else NOTHING


def at_stake(rows: Sequence[PartnerRow]) -> Stakes:
    """Value where all with licences have one in the same currency, else licences: currencies are not compared."""
    values = {row.partner: row.renewal.value for row in rows if row.renewal is not None and row.renewal.value}
    currencies = {value.currency for value in values.values()}
    if len(currencies) == 1 and all(row.partner in values for row in rows if row.licences):
        worth = {row.partner: values[row.partner].minor_units if row.partner in values else 0 for row in rows}
        return Stakes(worth, "value of the next renewal", money=True)
    return Stakes({row.partner: row.licences or 0 for row in rows}, "licences", money=False)


def most_first(rows: Sequence[PartnerRow]) -> list[PartnerRow]:
    """Those with most at stake first; by name where it is the same."""
    stakes = at_stake(rows)
    return sorted(rows, key=lambda row: (-stakes.of[row.partner], row.name))
