"""Read releases. What a page may show comes from here alone; the true counts behind it are never read for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.partners.queries import KnownPartner, partner_rows, share_back_allowed
from feedback.privacy.models import Release, ReleasedAttribute
from feedback.privacy.shown import Shown, from_json


@dataclass(frozen=True, slots=True)
class Released:
    """What was released about some whole months."""

    first_month: int
    last_month: int
    shown: Shown


class Standing(NamedTuple):
    """A partner, the months of its latest release (None: none yet), and whether anything may be shared back."""

    slug: str
    name: str
    months: tuple[int, int] | None
    allowed: bool


def releases(session: Session, partner_id: UUID) -> list[Released]:
    """What was released to a partner, newest first."""
    statement = select(Release.first_month, Release.last_month, Release.shown).where(Release.partner_id == partner_id)
    rows = session.execute(statement.order_by(Release.first_month.desc()))
    return [Released(first, last, from_json(shown)) for first, last, shown in rows]


def is_shown(session: Session, partner: KnownPartner, today: date) -> bool:
    """Whether anything may be shown to this partner today: its policy allows it, and it has not left."""
    return partner.left_at is None and partner.id in share_back_allowed(session, today)


def standings(session: Session, today: date) -> Sequence[Standing]:
    """Every partner that has not left, by name, with where its releases stand."""
    latest = latest_months(session)
    allowed = share_back_allowed(session, today)
    return [
        Standing(one.slug, one.name, latest.get(one.id), one.id in allowed)
        for one in partner_rows(session)
        if one.left_at is None
    ]


def latest_months(session: Session) -> dict[UUID, tuple[int, int]]:
    """First and last month of each partner's latest release."""
    columns = Release.partner_id, func.max(Release.first_month), func.max(Release.last_month)
    return {row[0]: (row[1], row[2]) for row in session.execute(select(*columns).group_by(Release.partner_id))}


def attribute_of(session: Session, partner_id: UUID) -> str | None:
    """The attribute by whose values a partner's releases tell groups apart; None by default."""
    return session.scalar(select(ReleasedAttribute.name).where(ReleasedAttribute.partner_id == partner_id))
