"""Read partners, policies, contracts and promotions."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.partners.commands import PolicyTerms
from feedback.partners.contracts import ContractRow
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


class KnownPartner(NamedTuple):
    """A partner by name; `left_at` tells that it left."""

    id: UUID
    slug: str
    name: str
    left_at: datetime | None


def partner_rows(session: Session, partner_id: UUID | None = None) -> list[KnownPartner]:
    """One partner or all, also those that left, by name."""
    statement = select(Partner.id, Partner.slug, Partner.name, Partner.left_at).order_by(Partner.name, Partner.id)
    if partner_id is not None:
        statement = statement.where(Partner.id == partner_id)
    return [KnownPartner(*row) for row in session.execute(statement)]


def policy_of(session: Session, partner_id: UUID) -> Policy | PolicyTerms:
    """What holds for this partner now: its latest recorded policy, or the default terms."""
    latest = select(Policy).where(Policy.partner_id == partner_id).order_by(Policy.recorded_at.desc(), Policy.id.desc())
    return session.scalar(latest.limit(1)) or PolicyTerms()


def terms_of(session: Session, partner_id: UUID) -> PolicyTerms:
    """What holds for this partner now, as terms that can be changed and recorded again."""
    policy = policy_of(session, partner_id)
    return PolicyTerms(**{one.name: getattr(policy, one.name) for one in fields(PolicyTerms)})


def asking_forbidden(session: Session, day: date, partner_id: UUID | None = None) -> set[UUID]:
    """Partners whose people may not be asked on `day`: the policy recorded last by its end says no, or ran out.

    A partner without a policy is not among them: the default allows to ask.
    """
    newest_first = (Policy.recorded_at.desc(), Policy.id.desc())
    place = func.row_number().over(partition_by=Policy.partner_id, order_by=newest_first).label("place")
    recorded = select(Policy.partner_id, Policy.may_ask, Policy.valid_until, place).where(
        Policy.recorded_at < datetime.combine(day + timedelta(days=1), time(), UTC)
    )
    if partner_id is not None:
        recorded = recorded.where(Policy.partner_id == partner_id)
    policy = recorded.subquery()
    forbids = or_(policy.c.may_ask.is_(False), policy.c.valid_until < day)
    return set(session.scalars(select(policy.c.partner_id).where(policy.c.place == 1, forbids)))


def contracts(session: Session, partner_id: UUID | None = None) -> Sequence[Contract]:
    """Contracts of one partner or of all."""
    statement = select(Contract).order_by(Contract.partner_id, Contract.starts_on, Contract.contract_id)
    if partner_id is not None:
        statement = statement.where(Contract.partner_id == partner_id)
    return session.scalars(statement).all()


def contract_rows(session: Session, partner_id: UUID | None = None) -> list[ContractRow]:
    """Contracts of one partner or of all as plain values, by partner and start."""
    statement = select(*(getattr(Contract, name) for name in ContractRow._fields)).order_by(
        Contract.partner_id, Contract.starts_on, Contract.contract_id
    )
    if partner_id is not None:
        statement = statement.where(Contract.partner_id == partner_id)
    return [ContractRow(*row) for row in session.execute(statement)]


def promotions(session: Session, partner_id: UUID) -> Sequence[Promotion]:
    """A partner's promotions by day."""
    statement = select(Promotion).where(Promotion.partner_id == partner_id).order_by(Promotion.day, Promotion.channel)
    return session.scalars(statement).all()


class PartnerPromotions(NamedTuple):
    """How often a partner told its people, since when, when last, and the people that the widest one reached."""

    partner_id: UUID
    times: int
    first_on: date
    last_on: date
    reach: int | None


def promotion_rows(session: Session, until: date, partner_id: UUID | None = None) -> list[PartnerPromotions]:
    """The promotions on record up to `until`, that day included; partners without any have no row."""
    statement = (
        select(
            Promotion.partner_id,
            func.count(),
            func.min(Promotion.day),
            func.max(Promotion.day),
            func.max(Promotion.reach),
        )
        .where(Promotion.day <= until)
        .group_by(Promotion.partner_id)
        .order_by(Promotion.partner_id)
    )
    if partner_id is not None:
        statement = statement.where(Promotion.partner_id == partner_id)
    return [PartnerPromotions(*row) for row in session.execute(statement)]
