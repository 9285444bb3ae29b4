"""What contracts say on a day, from what was known on it: no report on the past looks ahead.

An outcome is known from `decided_on`, or from `renews_on` where no day of decision is on record; a notice from
`notice_on`. Before that the contract is open.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from feedback.core.same import once_for_same

NONE_IN_FORCE = -1
"""Stands for licences where no contract is in force; 0 licences may be in force."""
_FOR_EVER = date.max.toordinal() + 1
_PARTNER = _FOR_EVER + 1  # more than every ordinal, so that partner and day make one sortable number

Whole = NDArray[np.int64]


class ContractRow(NamedTuple):
    """A contract as it stands. Money in minor units (cents) of `currency`, per year."""

    partner_id: UUID
    contract_id: str
    licences: int
    starts_on: date
    renews_on: date
    yearly_value_minor_units: int | None = None
    currency: str | None = None
    notice_on: date | None = None
    outcome: str = "open"
    decided_on: date | None = None
    renewed_licences: int | None = None
    renewed_value_minor_units: int | None = None

    @property
    def known_on(self) -> date | None:
        """The day from which the outcome is known; None while the contract is open."""
        return None if self.outcome == "open" else self.decided_on or self.renews_on

    @property
    def kept_licences(self) -> int:
        """Licences that were renewed, with growth; 0 after a loss. Not said: as many as before."""
        if self.outcome == "churned":
            return 0
        return self.licences if self.renewed_licences is None else self.renewed_licences

    @property
    def kept_value(self) -> int | None:
        """The same of the yearly value in minor units; None when the contract's value is not on record."""
        if self.yearly_value_minor_units is None:
            return None
        if self.outcome == "churned":
            return 0
        renewed = self.renewed_value_minor_units
        return self.yearly_value_minor_units if renewed is None else renewed


def as_known_on(contract: ContractRow, day: date) -> ContractRow:
    """The contract without what came later: open before its outcome was known, without notice before notice."""
    known_on = contract.known_on
    if known_on is not None and known_on > day:
        contract = contract._replace(
            outcome="open", decided_on=None, renewed_licences=None, renewed_value_minor_units=None
        )
    if contract.notice_on is not None and contract.notice_on > day:
        contract = contract._replace(notice_on=None)
    return contract


@dataclass(frozen=True, slots=True)
class Spans:
    """When which licences are in force, one entry per span, days as ordinals: from `first` until before `end`.

    `contract` is the place in `contracts`, `partner` the place in `partners`, `renewed` tells that the renewal's
    licences and value hold. `replaced_on` is by contract: the first start of another contract of the partner on or
    after `renews_on`, or a day that never comes.
    """

    contracts: Sequence[ContractRow]
    partners: Mapping[UUID, int]
    contract: Whole
    partner: Whole
    first: Whole
    end: Whole
    licences: Whole
    renewed: NDArray[np.bool_]
    replaced_on: Whole


@once_for_same
def licence_spans(contracts: Iterable[ContractRow]) -> Spans:
    """Every contract's spans.

    A contract counts from `starts_on` until `renews_on`; then, unless churned, with `renewed_licences` (else
    `licences`) until another contract of the partner starts on or after `renews_on`. While its outcome was not known
    it counts on unchanged.
    """
    rows = list(contracts)
    partners: dict[UUID, int] = {}
    owner = _whole([partners.setdefault(row.partner_id, len(partners)) for row in rows])
    starts = _whole([row.starts_on.toordinal() for row in rows])
    renews = _whole([row.renews_on.toordinal() for row in rows])
    licences = _whole([row.licences for row in rows])
    kept = _whole([row.kept_licences for row in rows])
    churned = np.array([row.outcome == "churned" for row in rows], dtype=bool)
    known = _whole([(row.known_on or row.renews_on).toordinal() for row in rows])
    replaced = _replaced_on(owner, starts, renews)
    decided = np.maximum(renews, known)
    places = np.arange(len(rows))
    spans = (
        (places, starts, renews, licences, False),
        (places, renews, np.minimum(decided, replaced), licences, False),
        (places[~churned], decided[~churned], replaced[~churned], kept[~churned], True),
    )
    contract = np.concatenate([one[0] for one in spans])
    first = np.concatenate([one[1] for one in spans])
    end = np.concatenate([one[2] for one in spans])
    there = first < end
    return Spans(
        rows,
        partners,
        contract[there],
        owner[contract][there],
        first[there],
        end[there],
        np.concatenate([one[3] for one in spans])[there],
        np.concatenate([np.full(len(one[0]), one[4]) for one in spans])[there],
        replaced,
    )


def licences_by_day(spans: Spans, places: Mapping[UUID, int], days: Sequence[date]) -> Whole:
    """Licences in force by partner and day, (partners, days), NONE_IN_FORCE where no contract is.

    `places`: which row each partner has; contracts of others are left out. Simultaneous contracts add.
    """
    result = np.full((len(places), len(days)), NONE_IN_FORCE, dtype=np.int64)
    wanted = np.array([places.get(partner, -1) for partner in spans.partners], dtype=np.int64)
    if not len(days) or not len(wanted):
        return result
    row = wanted[spans.partner]
    for column, day in enumerate(days):
        ordinal = day.toordinal()
        there = (spans.first <= ordinal) & (ordinal < spans.end) & (row >= 0)
        count = np.bincount(row[there], minlength=len(places))
        total = np.bincount(row[there], weights=spans.licences[there], minlength=len(places))
        result[:, column] = np.where(count > 0, total.astype(np.int64), NONE_IN_FORCE)
    return result


def licences_of_one(contracts: Sequence[ContractRow], day: date) -> int | None:
    """Licences of one partner in force on `day`; None when no contract is. As by `licence_spans`, for a few rows."""
    counted = [licences for one in contracts if (licences := _licences(one, contracts, day)) is not None]
    return sum(counted) if counted else None


class InForce(NamedTuple):
    """What one contract gives on a day: licences, and its yearly value in minor units if it is on record."""

    contract: ContractRow
    licences: int
    value: int | None


def in_force(spans: Spans, day: date) -> list[InForce]:
    """The contracts in force on `day`, with the renewal's licences and value where it had been renewed by then."""
    ordinal = day.toordinal()
    there = np.flatnonzero((spans.first <= ordinal) & (ordinal < spans.end))
    columns = (spans.contract[there].tolist(), spans.licences[there].tolist(), spans.renewed[there].tolist())
    found = []
    for place, licences, renewed in zip(*columns, strict=True):
        contract = spans.contracts[place]
        found.append(InForce(contract, licences, contract.kept_value if renewed else contract.yearly_value_minor_units))
    return found


def _licences(contract: ContractRow, own: Sequence[ContractRow], day: date) -> int | None:
    if day < contract.starts_on:
        return None
    if day < contract.renews_on:
        return contract.licences
    if any(contract.renews_on <= other.starts_on <= day for other in own):
        return None
    known_on = contract.known_on
    if known_on is not None and known_on > day:
        return contract.licences
    return None if contract.outcome == "churned" else contract.kept_licences


def _replaced_on(owner: Whole, starts: Whole, renews: Whole) -> Whole:
    """By contract, the partner's first start on or after `renews`: never the contract's own, which lies before it."""
    if not len(owner):
        return owner
    keys = np.sort(owner * _PARTNER + starts)
    at = np.searchsorted(keys, owner * _PARTNER + renews)
    found = keys[np.minimum(at, len(keys) - 1)]
    same = (at < len(keys)) & (found // _PARTNER == owner)
    return np.where(same, found % _PARTNER, _FOR_EVER)


def _whole(values: list[Any]) -> Whole:
    return np.array(values, dtype=np.int64)
