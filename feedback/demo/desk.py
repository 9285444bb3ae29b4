"""What the vendor's own team put down in the demo world: releases of the product, decisions, a claim with evidence."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feedback.decisions import commands
from feedback.decisions.product_releases import NewProductRelease, add_product_release, product_releases
from feedback.decisions.values import NewClaim, NewDecision, NewEvidence, Review
from feedback.partners.queries import partners_by_slug
from feedback.settings import Settings

_ACTOR = "demo"
_RELEASES = ((230, "Mobile app"), (96, "Start page with one first task"), (24, "Faster search"))
"""How many days ago, and what."""
_CLAIMED_BY = "aceros-valdemora"
_DECIDED, _REVIEWED = 150, 20
"""Days ago."""
_TOLD = "The first session is now one task long, because many of you said that the beginning takes too much time."


def put_down(session: Session, settings: Settings, *, now: datetime) -> None:
    """Once: who finds any release of the product leaves everything as it is."""
    if product_releases(session):
        return
    today = now.date()
    for days, name in _RELEASES:
        add_product_release(session, NewProductRelease(today - timedelta(days=days), name), actor=_ACTOR, now=now)
    partner = partners_by_slug(session, [_CLAIMED_BY])[_CLAIMED_BY]
    shorter = NewDecision(
        "The first session is one task long",
        "Most licences were never activated, and buyers renew all the same.",
        "Product team",
        "activated",
        "five points more by the review",
        today - timedelta(days=_REVIEWED),
    )
    decided, reviewed = now - timedelta(days=_DECIDED), now - timedelta(days=_REVIEWED)
    row = commands.add_decision(session, settings, shorter, partner_id=None, actor=_ACTOR, now=decided)
    came = Review("Hardly anything moved: people do not come as far as the first session.", _TOLD)
    commands.review_decision(session, settings, row.id, came, actor=_ACTOR, now=reviewed)
    together = NewDecision(
        "A first-use week together with the people team",
        "Three quarters of the licences were never activated, and the contract comes due.",
        "Product team",
        "activated",
        "every third licence activated",
        today,
    )
    commands.add_decision(session, settings, together, partner_id=partner.id, actor=_ACTOR, now=now)
    claim = NewClaim("Head of people, in the quarterly review", today - timedelta(days=30), "Everybody here uses it.")
    held = commands.add_claim(session, partner.id, claim, actor=_ACTOR, now=now)
    against = NewEvidence("One licence in four was ever activated, one in ten is in use.", supports=False)
    commands.add_evidence(session, partner.id, held.id, against, actor=_ACTOR, now=now)
