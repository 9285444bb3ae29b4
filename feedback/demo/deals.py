"""Contracts and promotions of a partner, as its fate and outcome have it."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import numpy as np

from feedback.demo.cast import Member
from feedback.demo.fates import HABITS
from feedback.demo.season import Era
from feedback.partners.commands import ContractTerms, NewPromotion

_YEAR = timedelta(days=365)
_GROWTH = 1.25
_CUT = 0.62
_CHANNELS = ("email", "intranet", "town hall", "poster", "team meeting", "onboarding day")
_NOTES = ("Sent by the people team", "Two slides in the monthly call", "With a short video", "Reminder", None, None)


@dataclass(frozen=True, slots=True)
class Deal:
    """The contracts of one partner and the days between which its people had the product."""

    contracts: list[ContractTerms]
    since: date
    until: date
    ended_on: date | None = None
    """The day on which the contract ended for good."""


def deal(member: Member, partner_id: UUID, seats: int, era: Era, rng: np.random.Generator) -> Deal:
    """Contracts that fit the outcome, with licences that fit the seats."""
    licences = max(seats, round(seats / HABITS[member.fate].deployed))
    renews_on = era.day(member.renews_in_days)
    if member.outcome in ("open", "notice", "overdue"):
        current = _terms(member, partner_id, renews_on - _YEAR, licences, notice_on=_notice(member, era, rng))
        if member.fate == "new":
            return Deal([current], current.starts_on, era.end)
        before = round(licences * float(rng.uniform(0.85, 1.0)))
        first = _terms(member, partner_id, current.starts_on - _YEAR, before)
        return Deal([_decided(first, "renewed", licences, member, rng), current], first.starts_on, era.end)
    first_licences = {"expanded": round(licences / _GROWTH), "contracted": round(licences / _CUT)}
    first = _terms(member, partner_id, renews_on - _YEAR, first_licences.get(member.outcome, licences))
    decided = _decided(first, member.outcome, licences, member, rng)
    if member.outcome == "churned":
        return Deal([decided], first.starts_on, renews_on - timedelta(days=1), renews_on)
    return Deal([decided, _terms(member, partner_id, renews_on, licences)], first.starts_on, era.end)


def promotions(
    member: Member, partner_id: UUID, seats: int, of: Deal, era: Era, rng: np.random.Generator
) -> list[NewPromotion]:
    """When the partner told its people about the product, at most once a week."""
    low, high = HABITS[member.fate].promotions
    start = max(of.since, era.start)
    weeks = max(1, (of.until - start).days // 7)
    count = min(weeks, int(rng.integers(low, high + 1)))
    return [
        NewPromotion(
            partner_id,
            min(start + timedelta(days=7 * week + int(rng.integers(5))), of.until),
            str(rng.choice(_CHANNELS)),
            reach=max(1, round(seats * float(rng.uniform(0.2, 0.95)))),
            note=_NOTES[int(rng.integers(len(_NOTES)))],
        )
        for week in sorted(rng.choice(weeks, size=count, replace=False).tolist())
    ]


def _terms(
    member: Member, partner_id: UUID, starts_on: date, licences: int, notice_on: date | None = None
) -> ContractTerms:
    return ContractTerms(
        partner_id=partner_id,
        contract_id=f"{member.slug}-{starts_on:%Y-%m}",
        licences=licences,
        starts_on=starts_on,
        renews_on=starts_on + _YEAR,
        yearly_value_minor_units=_value(licences, member.price),
        currency=member.currency,
        notice_on=notice_on,
    )


def _decided(
    terms: ContractTerms, outcome: str, licences: int, member: Member, rng: np.random.Generator
) -> ContractTerms:
    kept = outcome != "churned"
    decided_on = terms.renews_on - timedelta(days=int(rng.integers(20, 75)))
    return ContractTerms(
        partner_id=terms.partner_id,
        contract_id=terms.contract_id,
        licences=terms.licences,
        starts_on=terms.starts_on,
        renews_on=terms.renews_on,
        yearly_value_minor_units=terms.yearly_value_minor_units,
        currency=terms.currency,
        notice_on=None if kept else decided_on,
        outcome=outcome,
        decided_on=decided_on,
        renewed_licences=licences if kept else None,
        renewed_value_minor_units=_value(licences, member.price) if kept else None,
    )


def _notice(member: Member, era: Era, rng: np.random.Generator) -> date | None:
    return era.day(-int(rng.integers(5, 30))) if member.outcome == "notice" else None


def _value(licences: int, price: int) -> int:
    """Minor units; all currencies of the cast have hundredths."""
    return licences * price * 100
