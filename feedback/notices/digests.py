"""The weekly digest: who is due, each once a week; when the schedule was away, until two days later."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from cryptography.fernet import Fernet
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from feedback.notices.choices import readers
from feedback.notices.endpoints import standing
from feedback.notices.models import Delivery, News, Told
from feedback.notices.routing import ALERT_OF, Recipient, promise, promise_nothing

AT = time(7, tzinfo=UTC)
_LATE = timedelta(days=2)
_WEEK = timedelta(days=7)
_LONGEST = timedelta(days=35)


def promise_due(session: Session, vault: Fernet, *, now: datetime) -> int:
    """Write down every digest that is due and was not yet; how many will be sent."""
    due = [
        (Recipient(channel, staff_id), one.wish.weekday, one.wish.quiet, one.digest_from)
        for staff_id, one in readers(session, vault).items()
        if one.wish.digest
        for channel in one.channels
    ]
    due += [(Recipient("team", row.id), 0, True, row.created_at) for row in standing(session) if "digest" in row.events]
    due_now = [one for one in due if one[3] <= last_due(one[1], now) and now - last_due(one[1], now) <= _LATE]
    told = _told(session, {_thing(last_due(one[1], now)) for one in due_now})
    promised = 0
    for recipient, weekday, quiet, _ in due_now:
        at = last_due(weekday, now)
        if (_thing(at), *recipient) in told:
            continue
        since = _told_until(session, recipient, at)
        if quiet and not something_happened(session, since, now):
            promise_nothing(session, recipient, _thing(at), now=now)
        else:
            promised += promise(session, recipient, _thing(at), "digest", now=now, since=since)
    return promised


def _thing(at: datetime) -> str:
    return f"digest {at.date().isoformat()}"


def _told(session: Session, things: set[str]) -> set[tuple[str, str, UUID]]:
    rows = session.execute(select(Told.thing, Told.channel, Told.to_id).where(Told.thing.in_(things)))
    return {(row.thing, row.channel, row.to_id) for row in rows}


def last_due(weekday: int, now: datetime) -> datetime:
    """The latest moment that has come at which a digest of this weekday is due."""
    today = datetime.combine(now.date(), AT)
    latest = today - timedelta(days=(today.weekday() - weekday) % 7)
    return latest if latest <= now else latest - _WEEK


def something_happened(session: Session, since: datetime, until: datetime) -> bool:
    """Whether anything happened that a digest tells."""
    told = (News.at > since, News.at <= until, News.kind.in_(tuple(ALERT_OF)))
    return bool(session.scalar(select(exists().where(*told))))


def _told_until(session: Session, recipient: Recipient, at: datetime) -> datetime:
    """When this one was last told by a digest, or a week before when that is long ago or never was."""
    own = (Delivery.to_id == recipient.to_id, Delivery.channel == recipient.channel, Delivery.kind == "digest")
    latest = session.scalar(select(func.max(Delivery.made_at)).where(*own, Delivery.made_at > at - _LONGEST))
    return latest or at - _WEEK
