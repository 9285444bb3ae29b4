"""Look at what came in since the last time, once a day, and raise what stands out as a flag."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import structlog
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from feedback.core import chores, outbox
from feedback.core.db import Database
from feedback.flags import networks
from feedback.flags.flow import PERIOD_DAYS, Flow, read
from feedback.flags.models import Flag
from feedback.flags.trials import TRIALS, Alarm
from feedback.partners.networks import forget_networks
from feedback.surveys.models import METRICS

LOOKED = "flags.looked"
_MOST_DAYS = 28
"""The first time, and after a long pause, so many days are looked at."""
_SPACE = UUID("0d6f5c52-0f0c-4c53-9d0a-6c1b1b6f7a90")

log = structlog.get_logger()


def look(database: Database, *, now: datetime) -> int:
    """Look at every day that ended since the last look; returns how many flags are new. Twice a day finds no more."""
    until = now.date() - timedelta(days=1)
    with database.reading() as session:
        done = chores.last_done(session).get(LOOKED)
        last = date.fromisoformat(done.outcome["until"]) if done else date.min
        since = max(last + timedelta(days=1), until - timedelta(days=_MOST_DAYS - 1))
        found = [*_found(session, since, until)] if since <= until else []
        new = New(session.execute(select(Flag.partner_id, Flag.kind, Flag.metric, Flag.first_day, Flag.last_day)).all())
    rows = [one for one in found if new.take(one.partner_id, one.kind, one.metric, *one.days)]
    if since > until:
        return 0
    with database.transaction() as session:
        for one in rows:
            _raise_flag(session, _row(one, now), now)
        forget_networks(session, today=now.date())
        chores.done(session, LOOKED, {"until": until.isoformat(), "flags": len(rows)}, now=now)
    if rows:
        log.info("flags were raised", flags=len(rows))
    return len(rows)


def alarms(flow: Flow, days: Iterable[int]) -> Iterator[Alarm]:
    """What stands out on these days, by every test that looks at the flow of answers."""
    for day in days:
        for trial in TRIALS:
            yield from trial(flow, day)


class New:
    """Tells what is new: an alarm of a kind that overlaps an older one is about the same."""

    def __init__(self, standing: Iterable[Sequence[Any]]) -> None:
        self._standing: dict[tuple[UUID, str, str], list[tuple[int, int]]] = {}
        for partner, kind, metric, first, last in standing:
            self._standing.setdefault((partner, kind, metric), []).append((first.toordinal(), last.toordinal()))

    def take(self, partner: UUID, kind: str, metric: str, first: int, last: int) -> bool:
        """True the first time; the days are ordinals, both included."""
        spans = self._standing.setdefault((partner, kind, metric), [])
        if any(first <= other_last and other_first <= last for other_first, other_last in spans):
            return False
        spans.append((first, last))
        return True


class _Found(NamedTuple):
    partner_id: UUID
    kind: str
    metric: str
    days: tuple[int, int]
    p_value: float | None
    evidence: dict[str, Any]


def _found(session: Session, since: date, until: date) -> Iterator[_Found]:
    for metric in METRICS:
        flow = read(session, metric, since=since - timedelta(days=PERIOD_DAYS + 1), until=until, looked_since=since)
        for one in alarms(flow, range(since.toordinal(), until.toordinal() + 1)):
            yield _Found(flow.partners[one.place], one.kind, metric, (one.first, one.last), one.p_value, one.evidence)
    for network in networks.alarms(session, since, until):
        days = network.day.toordinal(), network.day.toordinal()
        yield _Found(network.partner_id, "network", "nps", days, network.p_value, network.evidence)


def _raise_flag(session: Session, row: dict[str, Any], now: datetime) -> None:
    """Keep it, and let it be told."""
    session.execute(insert(Flag).values(row))
    about = {"flag": str(row["id"]), **{name: row[name] for name in ("kind", "metric", "p_value", "evidence")}}
    outbox.put(session, "flag", row["partner_id"], f"flag {row['id']}", about, now=now)


def _row(one: _Found, now: datetime) -> dict[str, Any]:
    first, last = (date.fromordinal(day) for day in one.days)
    return {
        "partner_id": one.partner_id,
        "id": uuid5(_SPACE, f"{one.partner_id} {one.kind} {one.metric} {first} {last}"),
        "kind": one.kind,
        "metric": one.metric,
        "first_day": first,
        "last_day": last,
        "raised_at": now,
        "p_value": one.p_value,
        "evidence": one.evidence,
    }
