"""Look at what came in since the last time, once a day, and raise what stands out as a flag."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import structlog
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from feedback.core import chores
from feedback.core.db import Database
from feedback.core.months import first_day, last_day, month_of
from feedback.flags import networks
from feedback.flags.flow import PERIOD_DAYS, Flow, read
from feedback.flags.models import Flag
from feedback.flags.trials import TRIALS, Alarm
from feedback.partners.contracts import licence_spans, licences_by_day
from feedback.partners.networks import forget_networks
from feedback.partners.queries import contract_rows
from feedback.surveys.models import METRICS
from feedback.tallies.cube import cube

LOOKED = "flags.looked"
_MOST_DAYS = 28
"""The first time, and after a long pause, so many days are looked at."""
_SPACE = UUID("0d6f5c52-0f0c-4c53-9d0a-6c1b1b6f7a90")
_VOUCHED = frozenset({"vendor", "partner"})

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
            session.execute(insert(Flag).values(_row(one, now)))
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
        flow = read(session, metric, since=since - timedelta(days=PERIOD_DAYS + 1), until=until, moments_since=since)
        for one in alarms(flow, range(since.toordinal(), until.toordinal() + 1)):
            yield _Found(flow.partners[one.place], one.kind, metric, (one.first, one.last), one.p_value, one.evidence)
        yield from _above_seats(session, flow, until)
    for network in networks.alarms(session, since, until):
        days = network.day.toordinal(), network.day.toordinal()
        yield _Found(network.partner_id, "network", "nps", days, network.p_value, network.evidence)


def _above_seats(session: Session, flow: Flow, day: date) -> Iterator[_Found]:
    """More people answered in a month than have a seat or a licence, at partners of which either is known."""
    whole, month = cube(session), month_of(day)
    if not whole.partners:
        return
    voices = whole.voices_by_month(flow.metric, month, month, _VOUCHED)[:, 0, 0].sum(axis=-1)
    licences = licences_by_day(licence_spans(contract_rows(session)), whole.place, [day])[:, 0]
    seats = dict(zip(flow.partners, flow.on_file.tolist(), strict=True))
    days = first_day(month).toordinal(), min(last_day(month), day).toordinal()
    for place, partner in enumerate(whole.partners):
        known = seats.get(partner, 0)
        room = max(known, int(licences[place]))
        if room > 0 and voices[place] > room:
            told = {"people": int(voices[place]), "seats": known, "licences": max(0, int(licences[place]))}
            yield _Found(partner, "above_seats", flow.metric, days, None, told)


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
