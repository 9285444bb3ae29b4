"""From how many networks people are asked and answer: counts by a salted hash of the network, kept for a day.

No address is kept. What is counted is gathered in memory and written every few seconds, so that nobody waits for it.
"""

import logging
from collections import defaultdict
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock, Timer
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from feedback.core.services import Services
from feedback.core.upsert import upsert
from feedback.partners.models import NetworkCount

_DELAY_S = 5.0
_MOST = 20_000
"""Networks of partners that wait to be written at most; more are not counted."""
_PREFIX = {4: 24, 6: 48}
_INSIDE = {
    4: [ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")],
    6: [ip_network("fc00::/7")],
}
"""RFC 1918, RFC 6598, RFC 4193."""
_LOG = logging.getLogger(__name__)


def note_network(services: Services, partner_id: UUID, address: str | None, *, answered: bool) -> None:
    """Somebody at the partner was asked from `address`, or answered from there. Never raises and never waits.

    `address` is that of the browser: of the connection, or as a trusted proxy says it (FEEDBACK_TRUSTED_PROXIES).
    """
    if address:
        services.shared("networks", Networks).add(partner_id, address, answered=answered)


@lru_cache(10_000)
def network_of(address: str, day: date, secret: bytes) -> str | None:
    """Sixteen hex digits for the /24 or /48 that `address` lies in; None for what is no address of the world.

    From inside comes only what a proxy passes on that does not say for whom: that would look like one network.

    The salt is the day's own, so that hashes of two days cannot be compared, and nobody without the deployment's secret
    can try all networks.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback or found.is_link_local or any(found in inside for inside in _INSIDE[found.version]):
        return None
    prefix = ip_network((found, _PREFIX[found.version]), strict=False)
    return blake2b(str(prefix).encode(), key=secret, salt=day.isoformat().encode(), digest_size=8).hexdigest()


class Networks:
    """What one process gathers. A process that is killed loses what it gathered since: no answer depends on it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._delay_s = min(_DELAY_S, 10 * services.settings.ping_delay_s)
        self._counts: dict[tuple[UUID, date, str], list[int]] = defaultdict(lambda: [0, 0])
        self._waits = False
        self._lock = Lock()

    def add(self, partner_id: UUID, address: str, *, answered: bool) -> None:
        """Count one, unless too much waits to be written already."""
        day = self._services.clock().date()
        network = network_of(address, day, self._services.secrets.cookie)
        if network is None:
            return
        key = partner_id, day, network
        with self._lock:
            if key not in self._counts and len(self._counts) >= _MOST:
                return
            self._counts[key][answered] += 1
            begins, self._waits = not self._waits, True
        if begins and self._delay_s:
            timer = Timer(self._delay_s, self.flush)
            timer.daemon = True
            timer.start()
        elif begins:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered; what cannot be written is dropped, and that is said."""
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


def forget_networks(session: Session, *, today: date) -> int:
    """Delete the counts of days that are over: kept for a day, and never for two. Returns how many there were."""
    return int(session.execute(delete(NetworkCount).where(NetworkCount.day < today)).rowcount)  # type: ignore[attr-defined]


def _added(standing: Any, incoming: Any) -> Any:
    return standing + incoming
