"""Events: what happened that somebody should know, found by looking every day without crying wolf.

The flow of answers is watched with confidence sequences, which may be read daily. A watch counts each respondent's
first answer in it, lasts a year at most, and begins anew after an alert.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import structlog
from sqlalchemy import Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback.core import outbox
from feedback.core.db import Database
from feedback.core.months import first_day, last_day, month_of
from feedback.core.preferences import in_force
from feedback.gap import renewals
from feedback.gap.judgement import BAD_STATES
from feedback.gap.measures import SUCCESSES
from feedback.gap.models import PORTFOLIO, Event, Snapshot, Watch
from feedback.partners.contracts import licence_spans
from feedback.partners.queries import contract_rows
from feedback.settings import Settings
from feedback.stats import trend
from feedback.tallies.past import first_voices

log = structlog.get_logger()

ALPHA = 0.05
"""Chance of a false alarm in a whole watch."""
_LONGEST_MONTHS = 12
_EVENTS: Table = Event.__table__  # type: ignore[assignment]
_WATCHES: Table = Watch.__table__  # type: ignore[assignment]
_SNAPSHOTS: Table = Snapshot.__table__  # type: ignore[assignment]
_SPACE = UUID("5a1f4c1e-7d0c-4d0e-9a55-6a6f3d0f7c11")

Row = dict[str, Any]
Key = tuple[UUID, str, str]


def look(database: Database, settings: Settings, *, now: datetime) -> int:
    """Look once at everything that is watched; returns how many events are new. Twice a day finds nothing twice."""
    # Read first: on SQLite nobody else can write while a transaction that writes looks at every voice.
    with database.reading() as session:
        changed, begin = _changed(session, settings, now)
        found = [*changed, *_falling(session), *_renewals_near(session, now.date())]
    with database.transaction() as session:
        new = _keep(session, found, now)
        _begin(session, begin)
    if new:
        log.info("something happened", events=new)
    return new


def _changed(session: Session, settings: Settings, now: datetime) -> tuple[list[Row], dict[Key, date]]:
    """Flows that changed, by partner, audience and metric; and the watches that begin, or begin anew."""
    today = now.date()
    flows: dict[Key, dict[int, np.ndarray]] = {}
    for partner, audience, metric, month, score, people in first_voices(
        session, trust=in_force(session, settings).headline_trust, begins=_WATCHES
    ):
        steps = flows.setdefault((partner, audience, metric), {})
        value = _value(metric, score)
        steps[month] = steps.get(month, np.zeros(3)) + people * np.array([1.0, value, value * value])
    begins = {
        (row.partner_id, row.audience, row.metric): row.begins_on for row in session.execute(select(_WATCHES)).all()
    }
    found: list[Row] = []
    again: dict[Key, date] = {}
    for key, steps in flows.items():
        first, last = min(steps), month_of(today)
        by_month = np.array([steps.get(month, np.zeros(3)) for month in range(first, last + 1)])[-_LONGEST_MONTHS - 1 :]
        change = trend.change(by_month[:, 0], by_month[:, 1], by_month[:, 2], ALPHA)
        begun = begins.get(key, first_day(first))
        if change is not None:
            month = last - len(by_month) + 1 + change.step
            values = {"month": month, "before": change.before_points, "after": change.after_points}
            values["people"] = int(by_month[change.step :, 0].sum())
            partner, audience, metric = key
            found.append(_event(partner, "changed", today, f"{audience} {metric} {begun}", values, audience, metric))
            again[key] = today + timedelta(days=1)
        elif key not in begins:
            again[key] = max(begun, first_day(last - _LONGEST_MONTHS))
        elif last - month_of(begun) > _LONGEST_MONTHS:
            again[key] = first_day(last)
    return found, again


def _falling(session: Session) -> Iterator[Row]:
    """Partners where fewer and fewer use it: at the last month's end for sure, and not yet the month before."""
    last = session.scalar(select(func.max(_SNAPSHOTS.c.month)))
    if last is None:
        return
    chosen = _SNAPSHOTS.c.month.in_((last - 1, last)) & (_SNAPSHOTS.c.partner_id != PORTFOLIO)
    slopes: dict[UUID, dict[int, Mapping[str, Any]]] = {}
    for partner, month, values in session.execute(
        select(_SNAPSHOTS.c.partner_id, _SNAPSHOTS.c.month, _SNAPSHOTS.c["values"]).where(chosen)
    ):
        slopes.setdefault(partner, {})[month] = values
    for partner, months in slopes.items():
        now_slope, old_slope = (months.get(month, {}).get("engagement") for month in (last, last - 1))
        if now_slope and now_slope[2] < 0 and not (old_slope and old_slope[2] < 0):
            seats = months[last]["seats"]
            values = {"per_month": now_slope[0], "low": now_slope[1], "high": now_slope[2], "month": last}
            values |= {"engaged": seats["engaged"], "deployed": seats["deployed"]}
            yield _event(partner, "activation_falling", last_day(last), str(last), values)


def _renewals_near(session: Session, today: date) -> Iterator[Row]:
    """Open contracts that come due soon at partners in a bad state; each band of days once."""
    last = select(func.max(_SNAPSHOTS.c.month)).scalar_subquery()
    bad = select(_SNAPSHOTS.c.partner_id, _SNAPSHOTS.c.state).where(
        _SNAPSHOTS.c.month == last, _SNAPSHOTS.c.state.in_(BAD_STATES)
    )
    # By id, because an event belongs to a partner whatever it is called.
    whose = {partner: renewals.Whose(str(partner), "", state) for partner, state in session.execute(bad)}
    for one in renewals.near(renewals.upcoming(licence_spans(contract_rows(session)), today, whose)):
        if one.band == renewals.OVERDUE:
            continue
        renews_on = one.renews_on.isoformat()
        values = {"contract_id": one.contract_id, "renews_on": renews_on, "state": one.state, "days": one.days}
        name = f"{one.contract_id} {renews_on} {one.band}"
        yield _event(UUID(one.partner), "renewal_near", today, name, values)


def _event(
    partner: UUID,
    kind: str,
    day: date,
    name: str,
    values: Mapping[str, Any],
    audience: str | None = None,
    metric: str | None = None,
) -> Row:
    return {
        "partner_id": partner,
        "id": uuid5(_SPACE, f"{partner} {kind} {name}"),
        "day": day,
        "kind": kind,
        "audience": audience,
        "metric": metric,
        "values": dict(values),
    }


def _keep(session: Session, found: list[Row], now: datetime) -> int:
    """Keep those that are new, and let them be told: an event's id is made of what it is about."""
    if not found:
        return 0
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [{**row, "made_at": now} for row in found]
    statement = make(_EVENTS).on_conflict_do_nothing(index_elements=["partner_id", "id"]).returning(_EVENTS.c.id)
    new = set(session.scalars(statement, rows))
    for row in found:
        if row["id"] in new:
            about = {"audience": row["audience"], "metric": row["metric"], "values": row["values"]}
            outbox.put(session, row["kind"], row["partner_id"], f"event {row['id']}", about, now=now)
    return len(new)


def _begin(session: Session, again: Mapping[Key, date]) -> None:
    if not again:
        return
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = make(_WATCHES)
    names = ("partner_id", "audience", "metric")
    session.execute(
        statement.on_conflict_do_update(index_elements=names, set_={"begins_on": statement.excluded.begins_on}),
        [{**dict(zip(names, key, strict=True)), "begins_on": day} for key, day in again.items()],
    )


def _value(metric: str, score: int) -> float:
    if metric == "nps":
        return float((score >= 9) - (score <= 6))
    low, high = SUCCESSES[metric]
    return float(low <= score <= high)
