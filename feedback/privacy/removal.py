"""A partner that leaves, taken out whole: every row of it in every table, and its part of all sums."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Mapper, Session

from feedback.core.db import Base
from feedback.core.erasures import note_removed, removed_partners
from feedback.imports.models import StagedLine

# All tables, whoever asks: a command loads only what it needs, and a table that nobody loaded would be left out.
from feedback.migrations.models import metadata
from feedback.notices.models import News, Told
from feedback.partners.models import EmbedKey, EmbedSighting, Partner
from feedback.staff import audit
from feedback.tallies.commands import forget_partner

_ORDER = {table.name: place for place, table in enumerate(reversed(metadata.sorted_tables))}


def counts(session: Session, partner_id: UUID) -> dict[str, int]:
    """How many rows there are of a partner by table, for a look before."""
    found = {
        mapper.local_table.description: session.scalar(select(func.count()).select_from(mapper).where(own)) or 0
        for mapper, own in _theirs(partner_id)
    }
    return {name: count for name, count in sorted(found.items()) if count}


def remove_partner(session: Session, partner: Partner, *, actor: str, now: datetime) -> dict[str, int]:
    """Delete everything of a partner; rows by table. Who did it stays in the audit log."""
    # Known before: afterwards the object has no row to be read from.
    slug, partner_id = partner.slug, partner.id
    # Before: the database lets policies and words of cards go with a removed partner only.
    note_removed(session, partner_id, now=now)
    rows = take_out(session, partner_id, now=now)
    audit.record(session, actor, "partner.removed", slug, {"rows": rows}, now)
    return rows


def take_out(session: Session, partner_id: UUID, *, now: datetime) -> dict[str, int]:
    """The same without a line in the audit log, for a partner that was put down as removed; it may be gone already."""
    rows = counts(session, partner_id)
    forget_partner(session, partner_id, now=now)
    for mapper, own in _theirs(partner_id):
        session.execute(delete(mapper.class_).where(own), execution_options={"synchronize_session": False})
    session.expire_all()
    return rows


def sweep(session: Session, *, now: datetime) -> int:
    """Delete what came in of partners that were taken out, from whoever had not heard of it yet; how many rows."""
    found = 0
    for partner_id in removed_partners(session):
        if counts(session, partner_id):
            found += sum(take_out(session, partner_id, now=now).values())
    return found


def _theirs(partner_id: UUID) -> Iterator[tuple[Mapper[Any], ColumnElement[bool]]]:
    """Every table that has rows of a partner, what points elsewhere before what it points to; which rows."""
    keys = select(EmbedKey.key).where(EmbedKey.partner_id == partner_id)
    news = select(News.thing).where(News.partner_id == partner_id)
    special: dict[type[Any], ColumnElement[bool]] = {
        Partner: Partner.id == partner_id,
        # What nobody vouched for was seen with one of its keys.
        EmbedSighting: or_(EmbedSighting.partner_id == partner_id, EmbedSighting.key.in_(keys)),
        StagedLine: or_(*_staged(partner_id)),
        Told: Told.thing.in_(news),
    }
    mappers = sorted(Base.registry.mappers, key=lambda one: _place(one, special))
    for mapper in mappers:
        if mapper.class_ in special:
            yield mapper, special[mapper.class_]
        elif "partner_id" in mapper.columns:
            yield mapper, mapper.columns["partner_id"] == partner_id


def _place(mapper: Mapper[Any], special: dict[type[Any], ColumnElement[bool]]) -> tuple[bool, int]:
    """What is found by way of other tables goes before those do."""
    return mapper.class_ not in special or mapper.class_ is Partner, _ORDER[mapper.local_table.description]


def _staged(partner_id: UUID) -> Iterator[ColumnElement[bool]]:
    """Lines that wait to be merged; those of contracts name the partner by its slug."""
    yield StagedLine.key.startswith(partner_id.hex, autoescape=True)
    slug = select(Partner.slug).where(Partner.id == partner_id).scalar_subquery()
    yield StagedLine.key == slug
    yield StagedLine.key.startswith(slug.concat(" "))
