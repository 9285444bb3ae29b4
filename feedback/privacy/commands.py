"""Make releases by the rule, never by hand, and say by which attribute they may tell groups apart."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.core.db import Database
from feedback.core.errors import Code, Problem
from feedback.core.months import month_of
from feedback.core.preferences import in_force
from feedback.core.upsert import upsert
from feedback.partners.models import Partner
from feedback.partners.queries import partner_rows, share_back_allowed
from feedback.privacy import facts
from feedback.privacy.facts import Audience, Months
from feedback.privacy.models import Release, ReleasedAttribute
from feedback.privacy.queries import attribute_of, latest_months
from feedback.privacy.rule import FEWEST, Decided, Earlier, apart, decide
from feedback.privacy.shown import Shown, as_json, from_json
from feedback.seats.queries import attributes
from feedback.settings import Settings
from feedback.staff import audit
from feedback.stats.privacy import Release as Table

LONGEST_MONTHS = 12
"""A release is about the months since the last one, and about so many at most."""


class Held(Enum):
    """Why nothing new is released to a partner, for whoever runs the service: it tells more than a page may."""

    NOT_ALLOWED = "the policy does not allow anything to be shared back"
    NO_NEW_MONTH = "no month has ended since the latest release"
    FEW = "too few seats, or too few people who answered since the latest release"
    SAME_PEOPLE = "those who answered differ by too few people from a group that was shown before"


def release_all(database: Database, settings: Settings, *, now: datetime) -> list[UUID]:
    """Release to every partner for which something new may be shown, each in its own transaction; to whom."""
    with database.reading() as session:
        waiting = due(session, in_force(session, settings), now=now)
    made = []
    for partner_id in waiting:
        with database.transaction() as session:
            found = release_due(session, settings, partner_id, now=now)
        if isinstance(found, Shown):
            made.append(partner_id)
    return made


def due(session: Session, settings: Settings, *, now: datetime) -> list[UUID]:
    """Partners that may have something new: allowed, a month ended since, and enough people answered."""
    allowed = share_back_allowed(session, now.date())
    latest = latest_months(session)
    there = [one.id for one in partner_rows(session) if one.left_at is None and one.id in allowed]
    windows = {partner_id: _months(latest.get(partner_id), now) for partner_id in there}
    open_ones = {partner_id: months for partner_id, months in windows.items() if months.first <= months.last}
    return facts.enough(session, settings, open_ones, max(FEWEST, settings.minimum_group)) if open_ones else []


def release_due(session: Session, settings: Settings, partner_id: UUID, *, now: datetime) -> Shown | Held:
    """Release what the rule allows now, frozen; or why not, and the latest release stays."""
    # Two at once would each find the same months: the second waits, and then finds them taken.
    session.execute(select(Partner.id).where(Partner.id == partner_id).with_for_update())
    found = consider(session, settings, partner_id, now=now)
    if isinstance(found, Held):
        return found
    months, decided = found
    shown = decided.shown
    row = Release(
        partner_id=partner_id,
        first_month=months.first,
        last_month=months.last,
        made_at=now,
        shown=as_json(shown),
        kept=_to_keep(decided.table),
    )
    session.add(row)
    session.flush()
    return shown


def consider(session: Session, settings: Settings, partner_id: UUID, *, now: datetime) -> tuple[Months, Decided] | Held:
    """What would be released now and about which months; or what holds it."""
    settings = in_force(session, settings)
    earlier = session.scalars(
        select(Release).where(Release.partner_id == partner_id).order_by(Release.first_month)
    ).all()
    months = _months((earlier[-1].first_month, earlier[-1].last_month) if earlier else None, now)
    if partner_id not in share_back_allowed(session, now.date()):
        return Held.NOT_ALLOWED
    if months.first > months.last:
        return Held.NO_NEW_MONTH
    # Of the first release there is nothing to be held against, and nobody's voice is read.
    people = Audience(session, settings, partner_id, earlier[0].first_month if earlier else months.last + 1)
    before = [group for one in earlier for group in _groups(people, _of(one), from_json(one.shown))]
    counted, standing = facts.seats(session, partner_id, months), _standing(earlier)
    attribute = attribute_of(session, partner_id)
    # Where a group would be too much like one before, everybody together may still differ by enough.
    for told_apart in dict.fromkeys((attribute, None)):
        decided = decide(
            facts.answers(session, settings, partner_id, months, told_apart),
            counted,
            month=months.last,
            minimum=settings.minimum_group,
            attribute=told_apart,
            earlier=standing,
        )
        if decided is None:
            return Held.FEW
        if apart(_groups(people, months, decided.shown), before, max(FEWEST, settings.minimum_group)):
            return months, decided
    return Held.SAME_PEOPLE


def permit_attribute(session: Session, partner_id: UUID, name: str | None, *, actor: str, now: datetime) -> None:
    """From the next release on, groups are told apart by this declared attribute; None: not. Raises INVALID."""
    declared = [one.name for one in attributes(session)]
    if name is not None and name not in declared:
        what = f"{name!r} is not declared; these are: {', '.join(declared) or 'none'}."
        raise Problem(Code.INVALID, what, errors={"attribute": [what]})
    if name is None:
        session.execute(delete(ReleasedAttribute).where(ReleasedAttribute.partner_id == partner_id))
    else:
        row = {"partner_id": partner_id, "name": name, "changed_at": now, "changed_by": actor}
        upsert(session, ReleasedAttribute, [row], change=dict.fromkeys(("name", "changed_at", "changed_by")))
    audit.record(session, actor, "releases.attribute_changed", str(partner_id), {"attribute": name}, now)


def _months(latest: tuple[int, int] | None, now: datetime) -> Months:
    """The whole months since the latest release."""
    last = month_of(now) - 1
    return Months(max(last - LONGEST_MONTHS + 1, latest[1] + 1 if latest else 0), last)


def _of(release: Release) -> Months:
    return Months(release.first_month, release.last_month)


def _groups(people: Audience, months: Months, shown: Shown) -> list[frozenset[UUID]]:
    """Everybody whose answers a release shows in one score, and all of them together."""
    if shown.groups is None:
        return people.groups(months, None, ())
    apart_by = people.groups(months, shown.groups.attribute, [row.value for row in shown.groups.rows])
    return [*apart_by, frozenset[UUID]().union(*apart_by)]


def _standing(earlier: Sequence[Release]) -> Earlier:
    tables = [Table(**one.kept["activated"]) for one in earlier if one.kept["activated"]]
    return Earlier(tuple(tables), from_json(earlier[-1].shown).activated if earlier else None)


def _to_keep(table: Table | None) -> dict[str, Any]:
    return {"activated": None if table is None else {"counts": table.counts, "shown": table.shown}}
