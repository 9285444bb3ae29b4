"""From how many networks answers come: counts by a salted hash of the network, kept for a day. No address is kept.

An office is one network, so that many from one say nothing. What stands out is a network from which nearly everybody
who is asked answers, while elsewhere few do.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock, Timer
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from feedback.core.services import Services
from feedback.core.upsert import upsert
from feedback.flags.models import NetworkCount
from feedback.stats.suspicion import unlike_elsewhere

_MOST = 20_000
_FEWEST_ANSWERS = 10
_THRESHOLD = 1e-5
_PREFIX = {4: 24, 6: 48}
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NetworkAlarm:
    """A network of one partner's people from which nearly everybody answers."""

    partner_id: UUID
    first_day: date
    last_day: date
    p_value: float
    evidence: dict[str, Any]


def network_of(address: str, day: date, secret: bytes) -> str | None:
    """Sixteen hex digits for the /24 or /48 that `address` lies in; None for what is no address.

    The salt is the day's own, so that hashes of two days cannot be compared, and nobody without the deployment's secret
    can try all networks.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    prefix = ip_network((found, _PREFIX[found.version]), strict=False)
    return blake2b(str(prefix).encode(), key=secret, salt=day.isoformat().encode(), digest_size=8).hexdigest()


class Networks:
    """What one process gathers; it is written every few seconds. `delay_s` 0: each at once.

    A process that is killed loses what it gathered since, which no answer depends on.
    """

    def __init__(self, services: Services, delay_s: float = 5.0) -> None:
        self._services, self._delay_s = services, delay_s
        self._counts: dict[tuple[UUID, date, str], list[int]] = defaultdict(lambda: [0, 0])
        self._waits = False
        self._lock = Lock()

    def note(self, partner_id: UUID, address: str | None, *, answered: bool) -> None:
        """Somebody at the partner was asked from there, or answered. Never raises; forgets when too much waits."""
        day = self._services.clock().date()
        network = network_of(address or "", day, self._services.secrets.cookie)
        if network is None:
            return
        with self._lock:
            key = partner_id, day, network
            if key not in self._counts and len(self._counts) >= _MOST:
                return
            self._counts[key][answered] += 1
            begins, self._waits = not self._waits, True
        if begins:
            self._later()

    def flush(self) -> None:
        """Write what was gathered; what cannot be written is dropped, and said so."""
        with self._lock:
            counts, self._counts = self._counts, defaultdict(lambda: [0, 0])
            self._waits = False
        rows = [
            {"partner_id": partner, "day": day, "network": network, "asked": asked, "answered": answered}
            for (partner, day, network), (asked, answered) in sorted(counts.items())
        ]
        try:
            with self._services.database.transaction() as session:
                upsert(session, NetworkCount, rows, change={"asked": _added, "answered": _added})
        except Exception:
            _LOG.warning("counts of %d networks could not be written", len(rows), exc_info=True)

    def _later(self) -> None:
        if not self._delay_s:
            self.flush()
            return
        timer = Timer(self._delay_s, self.flush)
        timer.daemon = True
        timer.start()


def alarms(session: Session, since: date, until: date) -> Iterator[NetworkAlarm]:
    """Networks of the days that stand out among those of their partner, or of all where it has only one."""
    cells = NetworkCount
    sums = func.sum(cells.asked), func.sum(cells.answered)
    rows = session.execute(
        select(cells.partner_id, cells.day, cells.network, *sums)
        .where(cells.day.between(since, until))
        .group_by(cells.partner_id, cells.day, cells.network)
    ).all()
    own: dict[tuple[UUID, date], list[int]] = defaultdict(lambda: [0, 0, 0])
    everybody: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for partner, day, _network, asked, answered in rows:
        # Whoever answers was asked, if perhaps from elsewhere or on the day before.
        asked = max(asked, answered)  # noqa: PLW2901
        for kept in (own[partner, day], everybody[day]):
            kept[0] += asked
            kept[1] += answered
        own[partner, day][2] += 1
    for partner, day, _network, asked, answered in rows:
        asked = max(asked, answered)  # noqa: PLW2901
        other_asked, other_answered, networks = own[partner, day]
        if networks == 1:
            other_asked, other_answered = everybody[day]
        elsewhere = other_asked - asked, other_answered - answered
        if answered < _FEWEST_ANSWERS or not elsewhere[0]:
            continue
        p_value = unlike_elsewhere(answered, asked, elsewhere[1], elsewhere[0])
        if p_value < _THRESHOLD:
            told = {"asked": asked, "answered": answered}
            told |= {"asked_elsewhere": elsewhere[0], "answered_elsewhere": elsewhere[1]}
            yield NetworkAlarm(partner, day, day, p_value, told)


def forget(session: Session, *, today: date) -> int:
    """Delete the counts of days that are over: kept for a day, and never for two. Returns how many there were."""
    return int(session.execute(delete(NetworkCount).where(NetworkCount.day < today)).rowcount)  # type: ignore[attr-defined]


def _added(standing: Any, incoming: Any) -> Any:
    return standing + incoming
