"""Read contracts and promotions by key, many at once."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.lookup import by_partner
from feedback.partners.commands import ContractTerms, NewPromotion
from feedback.partners.models import Contract, Promotion


def contracts_by_key(session: Session, keys: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], ContractTerms]:
    """Those of `keys` (partner, contract id) that are known."""
    found = {}
    for partner_id, ids in by_partner(keys):
        for row in session.scalars(
            select(Contract).where(Contract.partner_id == partner_id, Contract.contract_id.in_(ids))
        ):
            terms = {field.name: getattr(row, field.name) for field in fields(ContractTerms)}
            found[partner_id, row.contract_id] = ContractTerms(**terms)
    return found


def promotions_by_key(
    session: Session, keys: Iterable[tuple[UUID, tuple[date, str]]]
) -> dict[tuple[UUID, tuple[date, str]], NewPromotion]:
    """Those of `keys` (partner, (day, channel)) that are known."""
    found = {}
    for partner_id, own in by_partner(keys):
        days = Promotion.day.in_({day for day, _channel in own})
        for row in session.scalars(select(Promotion).where(Promotion.partner_id == partner_id, days)):
            known = NewPromotion(partner_id, row.day, row.channel, row.reach, row.note)
            found[partner_id, (row.day, row.channel)] = known
    return found
