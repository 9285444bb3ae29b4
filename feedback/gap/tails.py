"""Where partners came from: buyers' score and activation at the ends of the months before, as they were frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from feedback.core.months import label, month_of
from feedback.gap.models import Snapshot
from feedback.gap.stakes import most_first
from feedback.gap.values import GapReport
from feedback.partners.queries import partner_rows
from feedback.stats import nps

MONTHS = 5
MOST_PARTNERS = 10
"""More tails than this hide the dots that they lead to."""
_SNAPSHOTS: Table = Snapshot.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class TailPoint:
    """One partner at the end of a month (`2026-10`): buyers' NPS in points, activated of licences 0..1."""

    month: str
    buyer_score: float
    activation: float


Tails = Mapping[str, Sequence[TailPoint]]
"""By slug, oldest first."""


def tails(session: Session, report: GapReport) -> Tails:
    """Up to five months before the report's last, of the ten partners with most at stake.

    Months in which either number was not known are left out, and partners without any other. Snapshots hold NPS: a
    report on another metric has no tails.
    """
    if report.metric != "nps":
        return {}
    wanted = {row.partner for row in most_first(report.partners)[:MOST_PARTNERS]}
    slugs = {one.id: one.slug for one in partner_rows(session) if one.slug in wanted}
    last = month_of(report.period.last_day)
    statement = (
        select(_SNAPSHOTS.c.partner_id, _SNAPSHOTS.c.month, _SNAPSHOTS.c["values"])
        .where(_SNAPSHOTS.c.partner_id.in_(slugs), _SNAPSHOTS.c.month.between(last - MONTHS, last - 1))
        .order_by(_SNAPSHOTS.c.month)
    )
    found: dict[str, list[TailPoint]] = {}
    for partner_id, month, values in session.execute(statement):
        point = _point(month, values)
        if point is not None:
            found.setdefault(slugs[partner_id], []).append(point)
    return found


def _point(month: int, values: Mapping[str, Any]) -> TailPoint | None:
    if not values.get("licences") or not values["active"]:
        return None
    buyers = nps.score(nps.Tally.from_histogram(values["buyer"]))
    if buyers is None:
        return None
    return TailPoint(label(month), buyers, min(1.0, values["seats"]["activated"] / values["licences"]))
