"""From the outbox to deliveries: who is told of what, written down in the transaction that takes the fact away.

A key of `told` (thing, channel, person or endpoint) stands for every promise to tell, so that nothing is told twice,
however often it is said and however many schedules look. Alerts to one person wait for a minute for each other.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback.core import outbox
from feedback.core.db import Database
from feedback.core.ids import new_id
from feedback.core.upsert import upsert
from feedback.notices.choices import readers
from feedback.notices.endpoints import standing
from feedback.notices.models import Delivery, News, Told

ALERT_OF = {"state": "state", "changed": "gap", "activation_falling": "use", "renewal_near": "renewal", "flag": "flag"}
"""From what happened to the alert under which people ask for it; all of it stands in digests."""
EVENT_OF = {
    "state": "state.changed",
    "unclear": "state.changed",
    "changed": "gap.changed",
    "activation_falling": "gap.changed",
    "labelled": "comment.labelled",
    "flag": "flag.raised",
}
"""From what happened to the event of a signed webhook."""
_OF_ROLE = {"admin": ("paused",)}
"""What is told to a role whatever its people chose: a webhook that failed for days must not stay unseen."""
_GATHER = timedelta(minutes=1)
_AT_ONCE = 500


class Recipient(NamedTuple):
    """A person by mail or Slack, a team's channel, a program."""

    channel: str
    to_id: UUID


_Wanted = list[tuple[Recipient, frozenset[str]]]


class Fact(NamedTuple):
    """Something that happened, as `News` keeps it."""

    thing: str
    kind: str
    partner_id: UUID
    subject: dict[str, Any]
    at: datetime


def route_all(database: Database, vault: Fernet, *, now: datetime) -> int:
    """Empty the outbox; how many rows there were."""
    found = 0
    while True:
        with database.reading() as session:
            if not outbox.waiting(session):
                return found
        with database.transaction() as session:
            taken = route(session, vault, now=now)
        if not taken:  # another schedule holds what is left
            return found
        found += taken


def route(session: Session, vault: Fernet, *, now: datetime) -> int:
    """Take what waits, at most 500 rows, and write down who is told; how many rows there were."""
    rows = outbox.take(session, _AT_ONCE)
    if not rows:
        return 0
    news = {row.thing: Fact(row.thing, row.kind, row.partner_id, row.subject, row.at) for row in rows}
    upsert(session, News, [one._asdict() for one in news.values()], change={})
    alerts, events = _wanted(session, vault)
    for recipient, wanted in alerts:
        promise_alert(
            session,
            recipient,
            [one.thing for one in news.values() if ALERT_OF.get(one.kind, one.kind) in wanted],
            now=now,
        )
    for recipient, wanted in events:
        for one in news.values():
            event = EVENT_OF.get(one.kind, "")
            if event in wanted:
                promise(session, recipient, one.thing, event, now=now)
    return len(rows)


def promise_alert(session: Session, recipient: Recipient, things: Iterable[str], *, now: datetime) -> None:
    """Tell `recipient` these things in one alert, together with those that wait already."""
    delivery_id = _gathering(session, recipient) or new_id()
    told = _promised(session, recipient, things, delivery_id, now)
    if told and session.get(Delivery, delivery_id) is None:
        session.add(delivery(delivery_id, recipient, "alert", now=now, wait=_GATHER))
        session.flush()


def promise(
    session: Session, recipient: Recipient, thing: str, kind: str, *, now: datetime, since: datetime | None = None
) -> bool:
    """Tell `recipient` this thing in a delivery of its own; False when it was told already."""
    delivery_id = new_id()
    if not _promised(session, recipient, [thing], delivery_id, now):
        return False
    session.add(delivery(delivery_id, recipient, kind, now=now, since=since))
    session.flush()
    return True


def promise_nothing(session: Session, recipient: Recipient, thing: str, *, now: datetime) -> None:
    """Write down that this thing needs no telling."""
    _promised(session, recipient, [thing], None, now)


def delivery(
    delivery_id: UUID,
    recipient: Recipient,
    kind: str,
    *,
    now: datetime,
    wait: timedelta = timedelta(),
    since: datetime | None = None,
) -> Delivery:
    """One that waits to be sent."""
    return Delivery(
        id=delivery_id,
        channel=recipient.channel,
        to_id=recipient.to_id,
        kind=kind,
        since=since,
        made_at=now,
        status="waiting",
        tries=0,
        next_try_at=now + wait,
    )


def _wanted(session: Session, vault: Fernet) -> tuple[_Wanted, _Wanted]:
    """Who wants which alerts, and which programs want which events."""
    alerts = [
        (Recipient(channel, staff_id), frozenset({*reader.wish.alerts, *_OF_ROLE.get(reader.role, ())}))
        for staff_id, reader in readers(session, vault).items()
        for channel in reader.channels
    ]
    events: _Wanted = []
    for row in standing(session):
        into = events if row.kind == "signed" else alerts
        into.append((Recipient(row.kind, row.id), frozenset(row.events)))
    return alerts, events


def _gathering(session: Session, recipient: Recipient) -> UUID | None:
    """The alert that waits for company, locked: whoever sends it waits until what is added here is committed."""
    own = (Delivery.channel == recipient.channel, Delivery.to_id == recipient.to_id)
    untried = (Delivery.kind == "alert", Delivery.status == "waiting", Delivery.tries == 0)
    return session.scalar(select(Delivery.id).where(*own, *untried).limit(1).with_for_update())


def _promised(
    session: Session, recipient: Recipient, things: Iterable[str], delivery_id: UUID | None, now: datetime
) -> int:
    rows = [
        {"thing": thing, "channel": recipient.channel, "to_id": recipient.to_id, "delivery_id": delivery_id, "at": now}
        for thing in things
    ]
    if not rows:
        return 0
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = make(Told).on_conflict_do_nothing().returning(Told.thing)
    return len(session.scalars(statement, rows).all())
