"""What browsers say of who was active: gathered in memory for half a second and written together.

A process that is killed loses what it gathered since: the next visit of the same day says it again. What a server
says of activity does not come this way; it is on disk before it is acknowledged.
"""

import logging
from collections.abc import Collection
from datetime import date
from threading import Lock, Timer
from time import monotonic
from uuid import UUID

from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.partners.commands import mark_embed_seen
from feedback.partners.models import Partner
from feedback.seats.commands import ActiveDay, record_activity

_MOST = 100_000
_AFTER_FAILURE_S = 2.0
_AGAIN_AFTER_S = 60.0
"""For so long a day that is written is not written again: who is here says so with every page."""
_LOG = logging.getLogger(__name__)


class Pings:
    """What one process gathers. `delay_s`: how long; 0: nothing is gathered, each is written as it comes."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._delay_s = services.settings.ping_delay_s
        self._days: dict[tuple[int, date], tuple[UUID, UUID, date]] = {}
        """By the number of the seat's id, which is quicker to find than the id."""
        self._new_partners: set[UUID] = set()
        self._written: set[tuple[int, date]] = set()
        self._written_until_s = 0.0
        self._waits = False
        self._lock = Lock()

    def add(self, partner: Partner, seat_id: UUID, day: date) -> None:
        """This seat was active on this day. Raises BUSY when too much waits to be written."""
        key = seat_id.int, day
        if key in self._written:
            return
        partner_id = partner.id
        with self._lock:
            if len(self._days) >= _MOST:
                raise Problem(Code.BUSY, f"{_MOST} wait to be written already.", retry_after_s=5)
            self._days[key] = partner_id, seat_id, day
            if partner.embed_seen_on is None:
                self._new_partners.add(partner_id)
            begins, self._waits = not self._waits, True
        if begins:
            self._later(self._delay_s)

    def flush(self) -> None:
        """Write what was gathered; what cannot be written now is tried again."""
        with self._lock:
            days, self._days = self._days, {}
            partners, self._new_partners = self._new_partners, set()
            self._waits = False
        try:
            self._write(days.values(), partners)
            self._remember(days)
        except Exception:
            if not self._delay_s:
                raise
            _LOG.warning("%d days of activity could not be written; it will be tried again", len(days), exc_info=True)
            with self._lock:
                self._days |= days
                self._new_partners |= partners
                begins, self._waits = not self._waits, True
            if begins:
                self._later(_AFTER_FAILURE_S)

    def end(self) -> None:
        """Write what was gathered, once: nobody comes after that."""
        if self._days:
            self._delay_s = 0
            self.flush()

    def _remember(self, days: Collection[tuple[int, date]]) -> None:
        now_s = monotonic()
        if now_s >= self._written_until_s or len(self._written) >= _MOST:
            self._written, self._written_until_s = set(), now_s + _AGAIN_AFTER_S
        if self._delay_s:
            self._written.update(days)

    def _later(self, delay_s: float) -> None:
        if not delay_s:
            self.flush()
            return
        timer = Timer(delay_s, self.flush)
        timer.daemon = True
        timer.start()

    def _write(self, days: Collection[tuple[UUID, UUID, date]], partners: set[UUID]) -> None:
        now = self._services.clock()
        with self._services.database.transaction() as session:
            for partner_id in partners:
                mark_embed_seen(session.get_one(Partner, partner_id), today=now.date())
            record_activity(session, [ActiveDay(*one) for one in sorted(days)], "embed", now=now)


def pings(services: Services) -> Pings:
    """Those of this process."""
    return services.shared("pings", Pings)


def end_pings(services: Services) -> None:
    """Nobody will ping this process any more: write what it gathered, or say in the log what is lost."""
    try:
        pings(services).end()
    except Exception:
        _LOG.warning("the last activity that was gathered could not be written", exc_info=True)
