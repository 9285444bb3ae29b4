"""Read partners, policies, contracts and promotions."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Date, Select, Subquery, Table, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Session

from feedback.core.db import UtcDateTime
from feedback.core.errors import Code, Problem
from feedback.core.foresight import Row
from feedback.core.rows import ByPartner, plain_rows
from feedback.core.same import once_for_same
from feedback.partners.commands import PolicyTerms
from feedback.partners.contracts import ContractRow
from feedback.partners.models import Contract, Partner, Policy, Promotion


class KnownPartner(NamedTuple):
    """A partner by name; `left_at` tells that it left."""

    id: UUID
    slug: str
    name: str
    left_at: datetime | None


class PartnerPromotions(NamedTuple):
    """How often a partner told its people, since when, when last, and the people that the widest one reached."""

    partner_id: UUID
    times: int
    first_on: date
    last_on: date
    reach: int | None


def _contracts() -> ByPartner:
    one: Table = Contract.__table__  # type: ignore[assignment]
    statement = select(*(one.c[name] for name in ContractRow._fields))
    return ByPartner.of(statement.order_by(one.c.partner_id, one.c.starts_on, one.c.contract_id), one.c.partner_id)


def _promotions() -> ByPartner:
    one: Table = Promotion.__table__  # type: ignore[assignment]
    columns = func.count(), func.min(one.c.day), func.max(one.c.day), func.max(one.c.reach)
    until = one.c.day <= bindparam("until", type_=Date())
    statement = select(one.c.partner_id, *columns).where(until).group_by(one.c.partner_id).order_by(one.c.partner_id)
    return ByPartner.of(statement, one.c.partner_id)


def _forbidden() -> ByPartner:
    policy = _latest_policies()
    forbids = or_(policy.c.may_ask.is_(False), policy.c.valid_until < bindparam("day", type_=Date()))
    statement = select(policy.c.partner_id).where(forbids)
    return ByPartner.of(statement, policy.c.partner_id)


def _allowed(what: str) -> Select[UUID]:
    policy = _latest_policies()
    valid = or_(policy.c.valid_until.is_(None), policy.c.valid_until >= bindparam("day", type_=Date()))
    return select(policy.c.partner_id).where(policy.c[what], valid)


def _latest_policies() -> Subquery:
    one: Table = Policy.__table__  # type: ignore[assignment]
    newest_first = (one.c.recorded_at.desc(), one.c.id.desc())
    place = func.row_number().over(partition_by=one.c.partner_id, order_by=newest_first).label("place")
    allowed = one.c.may_ask, one.c.may_contact, one.c.may_share_back
    recorded = select(one.c.partner_id, *allowed, one.c.valid_until, place)
    ranked = recorded.where(one.c.recorded_at < bindparam("end", type_=UtcDateTime())).subquery()
    return select(ranked).where(ranked.c.place == 1).subquery()


_PARTNERS: Table = Partner.__table__  # type: ignore[assignment]
_KNOWN = select(*(_PARTNERS.c[name] for name in KnownPartner._fields)).order_by(_PARTNERS.c.name, _PARTNERS.c.id)
_KNOWN_BY_SLUG = _KNOWN.where(_PARTNERS.c.slug == bindparam("slug"))
_CONTRACTS, _PROMOTIONS, _FORBIDDEN = _contracts(), _promotions(), _forbidden()
_CONTACT_ALLOWED, _SHARE_BACK_ALLOWED = _allowed("may_contact"), _allowed("may_share_back")


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


def partner_rows(session: Session) -> list[KnownPartner]:
    """All partners, also those that left, by name."""
    return _known_partners(plain_rows(session, _KNOWN))


def known_partner(session: Session, slug: str) -> KnownPartner:
    """The partner of that slug, also one that left. Raises PARTNER_UNKNOWN."""
    found = plain_rows(session, _KNOWN_BY_SLUG, {"slug": slug})
    if not found:
        raise Problem(Code.PARTNER_UNKNOWN, f"There is no partner {slug!r}.")
    return KnownPartner._make(found[0])


def policy_of(session: Session, partner_id: UUID) -> Policy | PolicyTerms:
    """What holds for this partner now: its latest recorded policy, or the default terms."""
    latest = select(Policy).where(Policy.partner_id == partner_id).order_by(Policy.recorded_at.desc(), Policy.id.desc())
    return session.scalar(latest.limit(1)) or PolicyTerms()


def policies_of(session: Session, partner_ids: Sequence[UUID]) -> dict[UUID, Policy | PolicyTerms]:
    """The same for each of these partners."""
    newest_first = Policy.recorded_at.desc(), Policy.id.desc()
    place = func.row_number().over(partition_by=Policy.partner_id, order_by=newest_first).label("place")
    ranked = select(Policy.partner_id, Policy.id, place).where(Policy.partner_id.in_(partner_ids)).subquery()
    same = (ranked.c.partner_id == Policy.partner_id) & (ranked.c.id == Policy.id)
    latest = select(Policy).join(ranked, same).where(ranked.c.place == 1)
    found: dict[UUID, Policy | PolicyTerms] = {one.partner_id: one for one in session.scalars(latest)}
    return {one: found.get(one) or PolicyTerms() for one in partner_ids}


def terms_of(session: Session, partner_id: UUID) -> PolicyTerms:
    """What holds for this partner now, as terms that can be changed and recorded again."""
    policy = policy_of(session, partner_id)
    return PolicyTerms(**{one.name: getattr(policy, one.name) for one in fields(PolicyTerms)})


def asking_forbidden(session: Session, day: date, partner_id: UUID | None = None) -> set[UUID]:
    """Partners whose people may not be asked on `day`: the policy recorded last by its end says no, or ran out.

    A partner without a policy is not among them: the default allows to ask.
    """
    return {row[0] for row in _FORBIDDEN.rows(session, partner_id, _by_the_end_of(day))}


def contact_allowed(session: Session, day: date) -> set[UUID]:
    """Partners whose people may be contacted on `day`, if these said yes: by the policy recorded last by its end."""
    return {row[0] for row in plain_rows(session, _CONTACT_ALLOWED, _by_the_end_of(day))}


def share_back_allowed(session: Session, day: date) -> set[UUID]:
    """Partners that get numbers back on `day`: by the policy recorded last by its end. Without one: not."""
    return {row[0] for row in plain_rows(session, _SHARE_BACK_ALLOWED, _by_the_end_of(day))}


def contracts(session: Session, partner_id: UUID | None = None) -> Sequence[Contract]:
    """Contracts of one partner or of all."""
    statement = select(Contract).order_by(Contract.partner_id, Contract.starts_on, Contract.contract_id)
    if partner_id is not None:
        statement = statement.where(Contract.partner_id == partner_id)
    return session.scalars(statement).all()


def contract_rows(session: Session, partner_id: UUID | None = None) -> list[ContractRow]:
    """Contracts of one partner or of all as plain values, by partner and start."""
    return _as_contracts(_CONTRACTS.rows(session, partner_id))


def currencies(session: Session) -> dict[str, int]:
    """How many contracts state a value in each currency, by its code."""
    counted = select(Contract.currency, func.count()).where(Contract.yearly_value_minor_units.is_not(None))
    rows = session.execute(counted.group_by(Contract.currency).order_by(Contract.currency))
    return {currency: count for currency, count in rows if currency is not None}


def promotions(session: Session, partner_id: UUID) -> Sequence[Promotion]:
    """A partner's promotions by day."""
    statement = select(Promotion).where(Promotion.partner_id == partner_id).order_by(Promotion.day, Promotion.channel)
    return session.scalars(statement).all()


def promotion_rows(session: Session, until: date, partner_id: UUID | None = None) -> list[PartnerPromotions]:
    """The promotions on record up to `until`, that day included; partners without any have no row."""
    return _as_promotions(_PROMOTIONS.rows(session, partner_id, {"until": until}))


def _by_the_end_of(day: date) -> dict[str, Any]:
    return {"day": day, "end": datetime.combine(day + timedelta(days=1), time(), UTC)}


@once_for_same
def _known_partners(rows: list[Row]) -> list[KnownPartner]:
    return list(map(KnownPartner._make, rows))


@once_for_same
def _as_contracts(rows: list[Row]) -> list[ContractRow]:
    return list(map(ContractRow._make, rows))


@once_for_same
def _as_promotions(rows: list[Row]) -> list[PartnerPromotions]:
    return list(map(PartnerPromotions._make, rows))
