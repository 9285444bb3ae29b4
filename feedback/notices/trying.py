"""Tries of a delivery: claimed before it is sent, marked after. Nothing is sent inside a transaction.

A claim is an UPDATE under the condition that the next try is due, and moves it away by a lease. Who
dies between sending and marking leaves a delivery that is tried again when the lease ends: at least once, under the
same `Message-ID` or `webhook-id`, by which a receiver knows it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from feedback.core import outbox
from feedback.core.ids import new_id
from feedback.gap.models import PORTFOLIO
from feedback.notices.models import Delivery, Endpoint
from feedback.staff import audit

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 480, 720, 1440))
"""Between the tries, of which there is one more."""
LEASE = timedelta(minutes=10)
_PAUSED_AFTER = timedelta(days=2)
_LONGEST_REST = timedelta(hours=1)


def claim(session: Session, delivery_id: UUID, *, now: datetime) -> Delivery | None:
    """The delivery, for this process alone until the lease ends; None when somebody else has it or it is done."""
    free = (Delivery.id == delivery_id, Delivery.status == "waiting", Delivery.next_try_at <= now)
    values = {"tries": Delivery.tries + 1, "next_try_at": now + LEASE, "tried_at": now}
    claimed = session.execute(update(Delivery).where(*free).values(values).returning(Delivery.id)).first()
    return None if claimed is None else session.get_one(Delivery, delivery_id, populate_existing=True)


def arrived(session: Session, delivery_id: UUID, *, answer: int | None = None) -> None:
    """It was taken."""
    row = session.get_one(Delivery, delivery_id)
    row.status, row.answer, row.reason = "sent", answer, None
    endpoint = session.get(Endpoint, row.to_id)
    if endpoint is not None and endpoint.failures:
        endpoint.failures, endpoint.failing_since, endpoint.rests_until = 0, None, None


def dropped(session: Session, delivery_id: UUID, reason: str) -> None:
    """It is not to be sent any more."""
    row = session.get_one(Delivery, delivery_id)
    row.status, row.reason = "dropped", reason


def failed(
    session: Session,
    delivery_id: UUID,
    reason: str,
    *,
    answer: int | None = None,
    for_good: bool = False,
    now: datetime,
) -> None:
    """It was not taken: once more after a pause that grows, or given up. `for_good`: it never will be."""
    row = session.get_one(Delivery, delivery_id)
    row.answer, row.reason = answer, reason
    if for_good or row.tries > len(PAUSES):
        row.status = "given_up"
    else:
        row.next_try_at = now + PAUSES[row.tries - 1]
    endpoint = session.get(Endpoint, row.to_id)
    if endpoint is not None:
        _count(session, endpoint, gone=answer == 410, now=now)


def send_again(session: Session, delivery_id: UUID, endpoint_id: UUID, *, now: datetime) -> bool:
    """Send once more what was sent or given up, under the same id; False when there is no such delivery."""
    own = (Delivery.id == delivery_id, Delivery.to_id == endpoint_id, Delivery.status != "waiting")
    values = {"status": "waiting", "tries": 0, "next_try_at": now}
    return session.execute(update(Delivery).where(*own).values(values).returning(Delivery.id)).first() is not None


def _count(session: Session, endpoint: Endpoint, *, gone: bool, now: datetime) -> None:
    """An endpoint that fails rests longer and longer, whatever waits for it, and is paused after days."""
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.rests_until = now + min(PAUSES[min(endpoint.failures, len(PAUSES)) - 1], _LONGEST_REST)
    if endpoint.paused_at is None and (gone or now - endpoint.failing_since >= _PAUSED_AFTER):
        endpoint.paused_at = now
        audit.record(session, "notices", "webhook.paused", str(endpoint.id), {"failures": endpoint.failures}, now)
        outbox.put(session, "paused", PORTFOLIO, f"paused {new_id()}", {"name": endpoint.name}, now=now)
