"""What a report reads, in one place: everything from tallies, licences, buyers and segments, once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.buyers.queries import buyers_known
from feedback.core import inbox
from feedback.core.months import last_day
from feedback.gap.measures import Sides
from feedback.gap.values import EMPTY, Freshness
from feedback.gap.window import Window
from feedback.partners.models import Partner
from feedback.partners.queries import all_partners, contracts, licences_on, partner_by_slug
from feedback.seats.attributes import segments
from feedback.settings import Settings
from feedback.tallies import queries as tallies
from feedback.tallies.queries import Histogram, TrustPeople

VENDOR_ALONE = frozenset({"vendor"})


@dataclass(frozen=True, slots=True)
class Inputs:
    """By partner id; months by month. `chosen` is the one partner of a partner's report."""

    chosen: Partner | None
    partners: tuple[Partner, ...]
    licences: Mapping[UUID, int]
    month_licences: Mapping[int, Mapping[UUID, int]]
    buyers_known: Mapping[UUID, int]
    sides: Mapping[UUID, Sides]
    vendor_sides: Mapping[UUID, Sides]
    month_sides: Mapping[int, Mapping[UUID, Sides]]
    segment_sides: Mapping[tuple[str, str], Sides]
    by_trust: tuple[TrustPeople, ...]
    left_people: int
    weighed_on: date
    freshness: Freshness


def read(
    session: Session, settings: Settings, metric: str, window: Window, partner: str | None, *, now: datetime
) -> Inputs:
    """Read it all from one snapshot. Raises PARTNER_UNKNOWN."""
    chosen = None if partner is None else partner_by_slug(session, partner)
    partners = tuple(all_partners(session)) if chosen is None else (chosen,)
    known = {one.id for one in partners}
    only = None if chosen is None else chosen.id
    months = (metric, window.first_month, window.last_month)
    everybody = tallies.people_by_trust(session, *months, partner_id=only)
    gone = [one for one in everybody if one.partner_id not in known]
    trust = settings.headline_trust
    people = tallies.people_by_partner(session, *months, trust=trust, partner_id=only)
    by_vendor = tallies.people_by_partner(session, *months, trust=VENDOR_ALONE, partner_id=only)
    without = sorted({one.partner_id for one in gone})
    segmented = tallies.people_by_segment(session, *months, trust=trust, partner_id=only, without=without)
    terms = contracts(session, only)
    today = now.date()
    weighed_on = window.weighed_on(today)
    return Inputs(
        chosen=chosen,
        partners=partners,
        licences=_of_known(licences_on(terms, weighed_on), known),
        month_licences={
            month: _of_known(licences_on(terms, min(last_day(month), today)), known) for month in window.months
        },
        buyers_known=buyers_known(session),
        sides=_sides(((one.partner_id, one.audience, one.histogram) for one in people), known),
        vendor_sides=_sides(((one.partner_id, one.audience, one.histogram) for one in by_vendor), known),
        month_sides=_month_sides(tallies.voices_by_month(session, *months, trust=trust, partner_id=only), known),
        segment_sides=_segment_sides(segmented, segments(session)),
        by_trust=tuple(one for one in everybody if one.partner_id in known),
        left_people=sum(sum(one.histogram) for one in gone),
        weighed_on=weighed_on,
        freshness=_freshness(session),
    )


def _of_known(licences: Mapping[UUID, int], known: set[UUID]) -> dict[UUID, int]:
    return {partner: count for partner, count in licences.items() if partner in known}


def _sides(rows: Iterable[tuple[UUID, str, Histogram]], known: set[UUID]) -> dict[UUID, Sides]:
    found: dict[UUID, dict[str, Histogram]] = {}
    for partner, audience, histogram in rows:
        if partner in known:
            found.setdefault(partner, {})[audience] = histogram
    return {partner: Sides(own.get("end_user", EMPTY), own.get("buyer", EMPTY)) for partner, own in found.items()}


def _month_sides(rows: Iterable[tallies.MonthVoices], known: set[UUID]) -> dict[int, dict[UUID, Sides]]:
    by_month: dict[int, list[tuple[UUID, str, Histogram]]] = {}
    for one in rows:
        by_month.setdefault(one.month, []).append((one.partner_id, one.audience, one.histogram))
    return {month: _sides(own, known) for month, own in by_month.items()}


def _segment_sides(
    rows: Iterable[tallies.SegmentPeople], vectors: Mapping[int, Mapping[str, str]]
) -> dict[tuple[str, str], Sides]:
    """People by attribute and value: who carries several attributes stands once under each."""
    found: dict[tuple[str, str], dict[str, list[int]]] = {}
    for one in rows:
        for attribute in vectors.get(one.segment_id, {}).items():
            counts = found.setdefault(attribute, {}).setdefault(one.audience, [0] * len(EMPTY))
            for score, people in enumerate(one.histogram):
                counts[score] += people
    return {
        attribute: Sides(tuple(own.get("end_user", EMPTY)), tuple(own.get("buyer", EMPTY)))
        for attribute, own in found.items()
    }


def _freshness(session: Session) -> Freshness:
    waiting, since = inbox.depth(session)
    return Freshness(tallies.folded(session).folded_at, waiting, since, inbox.set_aside(session))
