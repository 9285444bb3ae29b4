"""Write partners, what they allow, their contracts and promotions."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.core.upsert import upsert
from feedback.partners.models import Contract, Partner, Policy, Promotion

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """A contract as it arrives. Money in minor units (cents) of `currency`, per year."""

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


@dataclass(frozen=True, slots=True)
class NewPromotion:
    """One time that a partner told its people; `reach` in people."""

    partner_id: UUID
    day: date
    channel: str
    reach: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What a partner allows; the defaults are what holds while nothing is recorded."""

    role_of_data: str | None = None
    controller: str | None = None
    lawful_basis: str | None = None
    notice_version: str | None = None
    consulted: str | None = None
    hosting_region: str | None = None
    may_ask: bool = True
    may_contact: bool = False
    may_replay: bool = False
    may_benchmark: bool = False
    may_share_back: bool = False
    branding: str = "own"
    valid_until: date | None = None


def create_partner(session: Session, slug: str, name: str, *, now: datetime) -> Partner:
    """A new partner. Raises PARTNER_EXISTS, or INVALID for a slug that is not a-z, 0-9 and inner hyphens."""
    if not SLUG.fullmatch(slug):
        raise Problem(
            Code.INVALID,
            f"A slug has 1 to 80 of a-z, 0-9 and inner hyphens; {slug!r} does not fit.",
            errors={"slug": ["Use a-z, 0-9 and inner hyphens."]},
        )
    if session.scalar(select(Partner.id).where(Partner.slug == slug)) is not None:
        raise Problem(Code.PARTNER_EXISTS, f"There is a partner {slug!r} already.")
    partner = Partner(id=new_id(), slug=slug, name=name, created_at=now)
    session.add(partner)
    session.flush()
    return partner


def change_partner(partner: Partner, *, name: str | None, left: bool | None, now: datetime) -> None:
    """Change what is not None. `left` true: left now, unless it had before; false: back."""
    if name is not None:
        partner.name = name
    if left is not None:
        partner.left_at = (partner.left_at or now) if left else None


def put_contracts(session: Session, contracts: Sequence[ContractTerms], *, now: datetime) -> None:
    """Insert or replace contracts by partner and contract id; each at most once in `contracts`."""
    rows = [{**asdict(terms), "changed_at": now} for terms in contracts]
    changed = [column.name for column in Contract.__table__.columns if not column.primary_key]
    upsert(session, Contract, rows, change=dict.fromkeys(changed))


def put_promotions(session: Session, promotions: Sequence[NewPromotion]) -> None:
    """Insert or replace promotions by partner, day and channel; each at most once in `promotions`."""
    upsert(session, Promotion, [asdict(one) for one in promotions], change={"reach": None, "note": None})


def remove_promotion(session: Session, partner_id: UUID, day: date, channel: str) -> None:
    """Take back that a partner told its people on `day` by `channel`. Raises NOT_FOUND."""
    found = session.get(Promotion, (partner_id, day, channel))
    if found is None:
        raise Problem(Code.NOT_FOUND, "There is no such promotion (any more).")
    session.delete(found)
    session.flush()


def record_policy(session: Session, partner_id: UUID, terms: PolicyTerms, *, now: datetime) -> Policy:
    """From now on `terms` hold for this partner; what held before stays on record."""
    policy = Policy(partner_id=partner_id, id=new_id(), recorded_at=now, **asdict(terms))
    session.add(policy)
    session.flush()
    return policy


def mark_embed_seen(partner: Partner, *, today: date) -> None:
    """Remember the first day on which the widget spoke for this partner."""
    if partner.embed_seen_on is None:
        partner.embed_seen_on = today
