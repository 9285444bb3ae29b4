"""What a partner's own page shows: what was released, what was told, and whether its pages are wired up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.core.months import month_of
from feedback.desk.shared_back import Shared, shared
from feedback.partners.keys import all_embed_keys, clean_origin
from feedback.partners.queries import KnownPartner
from feedback.partners.sightings import BLOCKED, LOADED, OURS, REFUSED, SIGNED, UNSIGNED, sightings_of
from feedback.privacy import facts
from feedback.privacy.rule import FEWEST
from feedback.settings import Settings

_LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Embed:
    """One key for the partner's own pages: its tag, and what was seen of it, without a number or a time."""

    name: str
    tag: str
    findings: Sequence[tuple[bool, str]]
    """Whether it is as it should be, and a sentence."""


@dataclass(frozen=True, slots=True)
class Handed:
    """All that the page has. `few`: why there is nothing; then all else is empty."""

    shared: Shared
    few: str = ""
    embeds: Sequence[Embed] = ()


def handed(session: Session, settings: Settings, partner: KnownPartner, *, now: datetime) -> Handed:
    """What may be shown to the partner now. `settings`: those in force."""
    found = shared(session, partner, today=now.date())
    fewest = max(FEWEST, settings.minimum_group)
    # What was released stays: that it went when a seat went would say whose it was.
    if not found.releases and _seats(session, partner.id, now) < fewest:
        return Handed(Shared(found.allowed), few=f"Fewer than {fewest} people at {partner.name} have a seat.")
    return Handed(found, embeds=list(_embeds(session, settings, partner.id, now)))


def _seats(session: Session, partner_id: UUID, now: datetime) -> int:
    """This month's, or at its beginning the last one's: this one may not be counted yet."""
    month = month_of(now)
    return max(facts.deployed(session, partner_id, one) for one in (month - 1, month))


def _embeds(session: Session, settings: Settings, partner_id: UUID, now: datetime) -> Iterator[Embed]:
    own = [one for one in all_embed_keys(session) if one.partner_id == partner_id and one.revoked_at is None]
    rows = sightings_of(session, [partner_id]) if own else []
    for key in (one for one in own if one.live):
        seen: dict[str, datetime] = {}
        for row in rows:
            if row.key == key.key:
                seen[row.kind] = max(row.last_at, seen.get(row.kind, row.last_at))
        tag = f'<script async src="{settings.public_url}/embed.js" data-key="{key.key}"></script>'
        yield Embed(key.name, tag, list(_findings(seen, key.origins, clean_origin(settings.public_url), now)))


def _findings(
    seen: Mapping[str, datetime], origins: Sequence[str], ours: str, now: datetime
) -> Iterator[tuple[bool, str]]:
    """By kind and the last time: said without either, because a page that few people open says who did."""
    pages = [seen[kind] for kind in (LOADED, SIGNED, UNSIGNED) if kind in seen]
    where = " or ".join(origins)
    if not pages:
        yield False, f"No page with this tag was seen yet. It works on pages of {where} only."
    elif now - max(pages) > _LATELY:
        yield False, "Pages with this tag were seen, but none in the last 30 days: is it still there?"
    else:
        yield True, "Pages with this tag were seen in the last 30 days."
    if SIGNED in seen:
        yield True, "People are signed in by tokens that are accepted."
    elif pages:
        yield False, "No token that says who looks at a page was accepted: without one, answers do not count."
    if any(kind.startswith(REFUSED) for kind in seen):
        yield False, "Some tokens or pages were refused: your contact at the vendor sees which, and why."
    blocked = {kind.removeprefix(BLOCKED).removesuffix(f" {OURS}") for kind in seen if kind.endswith(f" {OURS}")}
    for directive in sorted(blocked):
        yield False, f"A policy of your pages blocked it: add {ours} to {directive.removesuffix('-elem')}."
