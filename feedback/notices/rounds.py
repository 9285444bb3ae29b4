"""What the schedule does for notices, again and again: route, promise digests, forget what is old, wake the courier."""

import threading
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from feedback.core.services import Services
from feedback.notices import digests, routing
from feedback.notices.courier import Courier
from feedback.notices.models import Delivery, News, Told

KEPT = timedelta(days=90)
"""How long the log says what was sent. Nothing older can be said again: events are kept, digests have their week."""
_WAITS = timedelta(days=30)

log = structlog.get_logger(__name__)


class Rounds:
    """One call is quick: what is sent is sent by a thread of its own, so that no slow receiver holds anybody up."""

    def __init__(self, services: Services, courier: Courier | None = None) -> None:
        self._services = services
        self._courier = courier or Courier(services)
        self._thread: threading.Thread | None = None
        self._minute: datetime | None = None
        self._day: date | None = None

    def __call__(self) -> None:
        """Once, from the schedule that leads."""
        promise(self._services, digests_too=self._next_minute())
        if self._next_day():
            with self._services.database.transaction() as session:
                forget(session, now=self._services.clock())
        if (self._thread is None or not self._thread.is_alive()) and self._courier.lines():
            self._thread = threading.Thread(target=self._send, name="courier", daemon=True)
            self._thread.start()

    def wait(self, timeout_s: float) -> None:
        """Until what is being sent is sent."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _send(self) -> None:
        try:
            sent = self._courier.send_due()
        except Exception:
            # The next round begins anew.
            log.exception("notices could not be sent")
            return
        if sent:
            log.info("sent notices", deliveries=sent)

    def _next_minute(self) -> bool:
        minute, before = self._services.clock().replace(second=0, microsecond=0), self._minute
        self._minute = minute
        return minute != before

    def _next_day(self) -> bool:
        today, before = self._services.clock().date(), self._day
        self._day = today
        return today != before


def promise(services: Services, *, digests_too: bool = True) -> int:
    """Write down who is to be told what has happened, and which digests are due; how many things there were."""
    now, vault = services.clock(), services.secrets.vault
    found = routing.route_all(services.database, vault, now=now)
    if digests_too:
        with services.database.transaction() as session:
            found += digests.promise_due(session, vault, now=now)
    return found


def forget(session: Session, *, now: datetime) -> None:
    """Take out what is older than the log; what waited for a month, at an endpoint that stood still, is given up."""
    waited = (Delivery.status == "waiting", Delivery.made_at < now - _WAITS)
    session.execute(update(Delivery).where(*waited).values(status="given_up", reason="It waited for 30 days."))
    session.execute(delete(Delivery).where(Delivery.made_at < now - KEPT))
    session.execute(delete(Told).where(Told.at < now - KEPT))
    session.execute(delete(News).where(News.at < now - KEPT))
