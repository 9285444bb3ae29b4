"""Links to a partner's own page: made by staff, signed, for a while; all of a partner are revoked at once."""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.partners.models import Partner
from feedback.privacy.models import PartnerLink
from feedback.staff import audit

USUAL_DAYS, MOST_DAYS = 90, 400
"""For how many days a link works."""
_SIGNED = 32
_TOKEN = re.compile(f"([0-9a-f]{{32}})-([0-9a-f]{{{_SIGNED}}})")


def make_link(
    session: Session, partner: Partner, *, days: int, secret: bytes, actor: str, now: datetime
) -> tuple[PartnerLink, str]:
    """A new link and the last part of its address, which is kept nowhere; older links work on.

    Raises INVALID for days that are not 1 to MOST_DAYS, CONFLICT for a partner that left.
    """
    if not 1 <= days <= MOST_DAYS:
        what = f"A link works for 1 to {MOST_DAYS} days."
        raise Problem(Code.INVALID, what, errors={"days": [what]})
    if partner.left_at is not None:
        raise Problem(Code.CONFLICT, "The partner has left: it has no page.")
    link = PartnerLink(
        id=new_id(), partner_id=partner.id, made_at=now, made_by=actor, expires_at=now + timedelta(days=days)
    )
    session.add(link)
    session.flush()
    detail = {"link": str(link.id), "days": days}
    audit.record(session, actor, "partner.page_link_made", partner.slug, detail, now)
    return link, f"{link.id.hex}-{_signature(link.id, secret)}"


def revoke_links(session: Session, partner: Partner, *, actor: str, now: datetime) -> int:
    """From now on no link to this partner's page works that was made until now; how many did."""
    own = PartnerLink.partner_id == partner.id, PartnerLink.revoked_at.is_(None), PartnerLink.expires_at > now
    found = session.scalars(select(PartnerLink).where(*own).with_for_update()).all()
    for link in found:
        link.revoked_at = now
    audit.record(session, actor, "partner.page_links_revoked", partner.slug, {"links": len(found)}, now)
    return len(found)


def links_of(session: Session, partner_id: UUID, *, now: datetime) -> Sequence[PartnerLink]:
    """The links of a partner that work, the newest first."""
    own = PartnerLink.partner_id == partner_id, PartnerLink.revoked_at.is_(None), PartnerLink.expires_at > now
    return session.scalars(select(PartnerLink).where(*own).order_by(PartnerLink.made_at.desc(), PartnerLink.id)).all()


def link_of(session: Session, token: str, *, secret: bytes, now: datetime) -> PartnerLink | None:
    """The link whose address ends with `token`, of a partner that is here; None if it does not work, for any reason."""
    read = _TOKEN.fullmatch(token)
    if read is None:
        return None
    link_id = UUID(read[1])
    # Before the database is asked: nobody finds out which ids there are.
    if not hmac.compare_digest(_signature(link_id, secret), read[2]):
        return None
    works = PartnerLink.id == link_id, PartnerLink.revoked_at.is_(None), PartnerLink.expires_at > now
    here = select(PartnerLink).join(Partner, Partner.id == PartnerLink.partner_id).where(Partner.left_at.is_(None))
    return session.scalar(here.where(*works))


def note_opening(session: Session, link_id: UUID, slug: str, *, now: datetime) -> None:
    """Write down that a link was opened for the first time; what is opened later is nobody's business."""
    first = update(PartnerLink).where(PartnerLink.id == link_id, PartnerLink.opened_at.is_(None))
    if session.execute(first.values(opened_at=now)).rowcount:  # type: ignore[attr-defined]
        audit.record(session, f"link:{link_id}", "partner.page_opened", slug, {}, now)


def _signature(link_id: UUID, secret: bytes) -> str:
    return hmac.digest(secret, b"partner page\0" + link_id.bytes, "sha256").hex()[:_SIGNED]
