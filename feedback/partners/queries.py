"""Read partners, policies, contracts and promotions."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.partners.commands import PolicyTerms
from feedback.partners.models import Contract, Partner, Policy, Promotion


def partner_by_slug(session: Session, slug: str) -> Partner:
    """The partner. Raises PARTNER_UNKNOWN."""
    partner = session.scalar(select(Partner).where(Partner.slug == slug))
    if partner is None:
        raise Problem(Code.PARTNER_UNKNOWN, f"There is no partner {slug!r}.")
    return partner


def partners_by_slug(session: Session, slugs: Iterable[str]) -> dict[str, Partner]:
    """Those of `slugs` that are known."""
    return {partner.slug: partner for partner in session.scalars(select(Partner).where(Partner.slug.in_(set(slugs))))}


def all_partners(session: Session) -> Sequence[Partner]:
    """Partners that have not left, by name."""
    return session.scalars(select(Partner).where(Partner.left_at.is_(None)).order_by(Partner.name, Partner.id)).all()


def partner_page(session: Session, after: tuple[datetime, UUID] | None, limit: int) -> Sequence[Partner]:
    """Up to `limit` partners, also those that left, in the order in which they were created, behind `after`."""
    statement = select(Partner).order_by(Partner.created_at, Partner.id).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(Partner.created_at, Partner.id) > after)
    return session.scalars(statement).all()


def slugs(session: Session) -> dict[UUID, str]:
    """The slug of every partner."""
    return {partner_id: slug for partner_id, slug in session.execute(select(Partner.id, Partner.slug))}  # noqa: C416


def policy_of(session: Session, partner_id: UUID) -> Policy | PolicyTerms:
    """What holds for this partner now: its latest recorded policy, or the default terms."""
    latest = select(Policy).where(Policy.partner_id == partner_id).order_by(Policy.recorded_at.desc(), Policy.id.desc())
    return session.scalar(latest.limit(1)) or PolicyTerms()


def terms_of(session: Session, partner_id: UUID) -> PolicyTerms:
    """What holds for this partner now, as terms that can be changed and recorded again."""
    policy = policy_of(session, partner_id)
    return PolicyTerms(**{one.name: getattr(policy, one.name) for one in fields(PolicyTerms)})


def contracts(session: Session, partner_id: UUID | None = None) -> Sequence[Contract]:
    """Contracts of one partner or of all."""
    statement = select(Contract).order_by(Contract.partner_id, Contract.starts_on, Contract.contract_id)
    if partner_id is not None:
        statement = statement.where(Contract.partner_id == partner_id)
    return session.scalars(statement).all()


def promotions(session: Session, partner_id: UUID) -> Sequence[Promotion]:
    """A partner's promotions by day."""
    statement = select(Promotion).where(Promotion.partner_id == partner_id).order_by(Promotion.day, Promotion.channel)
    return session.scalars(statement).all()


def licences_on(all_contracts: Iterable[Contract], day: date) -> dict[UUID, int]:
    """Licences in force on `day` by partner; a partner without a contract in force is not a key.

    A contract counts from `starts_on` until `renews_on`; then, unless churned, with `renewed_licences` (else
    `licences`) until another contract of the partner starts on or after `renews_on`. Simultaneous contracts add.
    """
    by_partner: dict[UUID, list[Contract]] = {}
    for contract in all_contracts:
        by_partner.setdefault(contract.partner_id, []).append(contract)
    result = {}
    for partner_id, own in by_partner.items():
        in_force = [licences for one in own if (licences := _licences(one, own, day)) is not None]
        if in_force:
            result[partner_id] = sum(in_force)
    return result


def _licences(contract: Contract, own: list[Contract], day: date) -> int | None:
    if day < contract.starts_on:
        return None
    if day < contract.renews_on:
        return contract.licences
    if contract.outcome == "churned":
        return None
    if any(contract.renews_on <= other.starts_on <= day for other in own if other is not contract):
        return None
    return contract.licences if contract.renewed_licences is None else contract.renewed_licences
