"""Sends what is due: line by line, several lines at once, none for long."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from functools import partial
from time import monotonic
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Select, and_, or_, select

from feedback.core.services import Services
from feedback.notices import calls, trying
from feedback.notices.calls import Resolve
from feedback.notices.contents import Writer
from feedback.notices.doors import Door, PointlessError, RefusedError
from feedback.notices.models import Delivery, Endpoint

_WORKERS = 4
_AT_ONCE = 50

log = structlog.get_logger(__name__)


class Line(NamedTuple):
    """Those who wait behind each other: all mails; what goes to one endpoint, or to one person's Slack."""

    channel: str
    to_id: UUID | None


class Courier:
    """One that fails holds up nobody but those behind it in its line."""

    def __init__(
        self, services: Services, *, resolve: Resolve | None = None, timeout_s: float = calls.TIMEOUT_S
    ) -> None:
        self._services = services
        self._resolve = resolve
        self._timeout_s = timeout_s

    def lines(self) -> list[Line]:
        """Where something is due."""
        with self._services.database.reading() as session:
            found = session.execute(_due(self._services.clock()).distinct()).all()
        return sorted({Line(row.channel, None if row.channel == "mail" else row.to_id) for row in found}, key=str)

    def send_due(self, *, budget_s: float = 60.0) -> int:
        """How many arrived. Nothing is begun after `budget_s` seconds."""
        lines, until = self.lines(), monotonic() + budget_s
        if not lines:
            return 0
        send = partial(self._send_line, Writer(self._services), until)
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="courier") as pool:
            return sum(pool.map(send, lines))

    def _send_line(self, writer: Writer, until: float, line: Line) -> int:
        door, sent = Door(self._services, writer, resolve=self._resolve, timeout_s=self._timeout_s), 0
        with closing(door):
            for delivery_id in self._in_line(line):
                if monotonic() >= until:
                    break
                done = self._send(delivery_id, door)
                if done is None:
                    break
                sent += done
        return sent

    def _in_line(self, line: Line) -> list[UUID]:
        own = Delivery.channel == line.channel
        if line.to_id is not None:
            own = and_(own, Delivery.to_id == line.to_id)
        with self._services.database.reading() as session:
            found = _due(self._services.clock()).where(own).with_only_columns(Delivery.id)
            return list(session.scalars(found.order_by(Delivery.next_try_at, Delivery.id).limit(_AT_ONCE)))

    def _send(self, delivery_id: UUID, door: Door) -> bool | None:
        """Whether it arrived; None when those behind it must wait too."""
        database, now = self._services.database, self._services.clock()
        with database.transaction() as session:
            row = trying.claim(session, delivery_id, now=now)
        if row is None:
            return False
        try:
            answer = door.hand_over(row, now=now)
        except PointlessError as error:
            with database.transaction() as session:
                trying.dropped(session, delivery_id, str(error))
            return False
        except RefusedError as error:
            refused = error
        except Exception:
            log.exception("a notice failed on our side", delivery=str(delivery_id))
            refused = RefusedError("It failed on our side; the log says more.")
        else:
            with database.transaction() as session:
                trying.arrived(session, delivery_id, answer=answer)
            return True
        with database.transaction() as session:
            trying.failed(
                session,
                delivery_id,
                str(refused),
                answer=refused.answer,
                for_good=refused.for_good,
                now=self._services.clock(),
            )
        return False if refused.for_good else None


def _due(now: datetime) -> Select[str, UUID]:
    """What may be sent now: not to an endpoint that is paused, or rests after it failed."""
    free = and_(Endpoint.paused_at.is_(None), or_(Endpoint.rests_until.is_(None), Endpoint.rests_until <= now))
    return (
        select(Delivery.channel, Delivery.to_id)
        .outerjoin(Endpoint, Endpoint.id == Delivery.to_id)
        .where(Delivery.status == "waiting", Delivery.next_try_at <= now, or_(Endpoint.id.is_(None), free))
    )
