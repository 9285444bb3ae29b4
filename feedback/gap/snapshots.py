"""Snapshots: what was known of every partner at a month's end, frozen then and never computed again.

Months that ended before anybody froze them are rebuilt from what was known by then, and marked so: answers by their
receipt, contracts by their dates of decision and notice; activity counts by its day, whenever it was sent.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import structlog
from sqlalchemy import Table, bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from feedback.core import outbox
from feedback.core.db import Database
from feedback.core.months import first_day, label, last_day, month_of
from feedback.core.preferences import in_force
from feedback.core.rows import ByPartner, plain_rows
from feedback.gap import evidence
from feedback.gap.evidence import Evidence
from feedback.gap.judgement import Frozen, Judged, Standing, aligned, judge
from feedback.gap.models import PORTFOLIO, Snapshot
from feedback.gap.order import order
from feedback.gap.values import StateMonth
from feedback.gap.whole import of_all, of_contracts
from feedback.partners.contracts import licence_spans
from feedback.partners.queries import contract_rows, partner_rows
from feedback.responses.seals import LAST_SEALED
from feedback.settings import Settings
from feedback.tallies.cube import SEAT, Cube, cube
from feedback.tallies.past import people_known_by

log = structlog.get_logger()

_SNAPSHOTS: Table = Snapshot.__table__  # type: ignore[assignment]
_DAYS_TO_FREEZE = 7
"""Frozen within so many days after the month, a snapshot is of its day; later ones are reconstructed."""
_MOST_MONTHS = 60
_FEWEST_MONTHS = 3

_STOOD = (_SNAPSHOTS.c[name] for name in ("partner_id", "state", "state_months", "came_from", "side", "side_months"))
_SURE = [_SNAPSHOTS.c[name] for name in ("end_user_ok", "buyer_ok", "reconstructed")]
_FROZEN = ByPartner.of(
    select(*_STOOD, *_SURE).where(_SNAPSHOTS.c.month == bindparam("month")),
    _SNAPSHOTS.c.partner_id,
)
_HISTORY = (
    select(_SNAPSHOTS.c.month, _SNAPSHOTS.c.state, *_SURE)
    .where(
        _SNAPSHOTS.c.partner_id == bindparam("partner_id"),
        _SNAPSHOTS.c.month.between(bindparam("first"), bindparam("last")),
    )
    .order_by(_SNAPSHOTS.c.month)
)


def frozen_until(session: Session) -> int | None:
    """The last month of which there is a snapshot of the portfolio; None before the first."""
    found: int | None = session.scalar(select(func.max(_SNAPSHOTS.c.month)).where(_SNAPSHOTS.c.partner_id == PORTFOLIO))
    return found


def take_missing(database: Database, settings: Settings, *, now: datetime, anew: bool = False) -> int:
    """Take the snapshots of all months that are over and have none; returns how many months.

    `anew`: rebuild the reconstructed ones too, after history was imported. A month is a transaction; the months are
    taken in order, because a state walks on from the one before.
    """
    with database.transaction() as session:
        if anew:
            _forget_reconstructed(session)
        months = _missing(session, cube(session), now)
    for month in months:
        # Read first: on SQLite nobody else can write while a transaction that writes reads the raw answers.
        with database.reading() as session:
            rows = _of_month(session, settings, month, now=now)
        with database.transaction() as session:
            session.execute(delete(_SNAPSHOTS).where(_SNAPSHOTS.c.month == month))
            session.execute(insert(_SNAPSHOTS), rows)
            _tell_entered(session, rows, now)
        log.debug("took the snapshot of a month", month=label(month))
    return len(months)


def _of_month(session: Session, settings: Settings, month: int, *, now: datetime) -> list[dict[str, Any]]:
    """The snapshots of one month that is over: of every partner and of the portfolio."""
    end = datetime.combine(first_day(month + 1), time(), UTC)
    reconstructed = now > end + timedelta(days=_DAYS_TO_FREEZE)
    counted, settings = cube(session), in_force(session, settings)
    there = [one.id for one in partner_rows(session) if one.left_at is None or one.left_at >= end]
    own = order(counted, there)
    spans = licence_spans(contract_rows(session))
    months, trust = (month - evidence.WINDOW_MONTHS + 1, month), settings.headline_trust
    # Not from the tallies, even on the first day after: what came in since, of days before, was not known then.
    people = people_known_by(session, "nps", *months, known_by=end, trust=trust, places=own.places)
    found = evidence.gather(
        counted,
        own,
        spans,
        month,
        last_day(month),
        trust=trust,
        active_since=counted.active_since,
        people=people,
    )
    before = standings(session, month - 1)
    judged = judge(*found.sides_ok(settings), aligned(before, list(own.partners)))
    whole = of_all(found, of_contracts(found, spans, own), settings, before.get(PORTFOLIO))
    about = {"month": month, "taken_at": now, "reconstructed": reconstructed}
    rows = [
        {"partner_id": partner, **about, **_columns(judged, place), "values": values}
        for place, (partner, values) in enumerate(zip(own.partners, _values(found), strict=True))
    ]
    rows.append({"partner_id": PORTFOLIO, **about, **_columns(whole, 0), "values": {}})
    return rows


def _tell_entered(session: Session, rows: list[dict[str, Any]], now: datetime) -> None:
    """Let it be told who entered another state in the month that has just ended; what was rebuilt is no news."""
    for row in rows:
        if row["reconstructed"] or row["state_months"] != 1 or row["came_from"] in (None, row["state"]):
            continue
        about = {"month": row["month"], "state": row["state"], "came_from": row["came_from"]}
        # That it cannot be told any more which side is at risk is news for programs, and wakes nobody.
        kind = "unclear" if row["state"] == "undetermined" else "state"
        outbox.put(session, kind, row["partner_id"], f"state {row['partner_id']} {row['month']}", about, now=now)


def frozen(session: Session, month: int, partner_id: UUID | None = None) -> dict[UUID, Frozen]:
    """What the snapshots of `month` say of every partner and the portfolio, or of one of them."""
    found = _FROZEN.rows(session, partner_id, {"month": month})
    return {row[0]: Frozen(Standing(*row[1:6]), *row[6:]) for row in found}


def standings(session: Session, month: int, partner_id: UUID | None = None) -> dict[UUID, Standing]:
    """Where every partner and the portfolio stood at the end of `month`."""
    return {partner: one.standing for partner, one in frozen(session, month, partner_id).items()}


def history(session: Session, partner_id: UUID, first_month: int, last_month: int) -> tuple[StateMonth, ...]:
    """One partner's states by month, oldest first; `PORTFOLIO` for all together."""
    found = plain_rows(session, _HISTORY, {"partner_id": partner_id, "first": first_month, "last": last_month})
    return tuple(StateMonth(label(month), *rest) for month, *rest in found)


def _missing(session: Session, counted: Cube, now: datetime) -> list[int]:
    """Months that are over and have no snapshot, from the first with anything counted.

    A month between two that have theirs is taken too; what follows it stays as it was frozen.
    """
    columns = (counted.layers.people["month"], counted.layers.seats["month"])
    first = min((int(column.min()) for column in columns if len(column)), default=None)
    if first is None:
        return []
    current = month_of(now)
    there = set(session.scalars(select(_SNAPSHOTS.c.month).where(_SNAPSHOTS.c.partner_id == PORTFOLIO)))
    return [month for month in range(max(first, current - _MOST_MONTHS), current) if month not in there]


def _forget_reconstructed(session: Session) -> None:
    # Of sealed months there are no answers any more that they could be made from again.
    possible = _SNAPSHOTS.c.month >= LAST_SEALED.scalar_subquery()
    session.execute(delete(_SNAPSHOTS).where(_SNAPSHOTS.c.reconstructed.is_(True), possible))


def _columns(judged: Judged, place: int) -> dict[str, Any]:
    standing = judged.standing(place)
    return {
        "state": standing.state,
        "state_months": standing.state_months,
        "came_from": standing.came_from,
        "side": standing.side,
        "side_months": standing.side_months,
        "end_user_ok": _number(judged.end_user_ok[place]),
        "buyer_ok": _number(judged.buyer_ok[place]),
    }


def _values(found: Evidence) -> list[dict[str, Any]]:
    """What the judgement of each partner rested on, as a replay needs it."""
    slopes = found.engagement
    lines = np.stack([slopes.per_step, slopes.low, slopes.high], axis=1).tolist()
    rows = zip(
        found.licences.tolist(),
        found.seats_by_month[:, -1].tolist(),
        found.people.tolist(),
        lines,
        slopes.known.tolist(),
        found.facts,
        strict=True,
    )
    return [
        {
            "licences": licences,
            "seats": dict(zip(SEAT, seats, strict=True)),
            "end_user": people[0],
            "buyer": people[1],
            "engagement": line if known >= _FEWEST_MONTHS else None,
            "fact": fact.fine,
            "active": found.active,
        }
        for licences, seats, people, line, known, fact in rows
    ]


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
