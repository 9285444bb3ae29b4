"""Who could have answered, who was shown a survey and who answered, by partner: end users of a report's window."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from feedback.core.months import month_of
from feedback.gap.order import order
from feedback.gap.values import GapReport
from feedback.partners.queries import partner_rows
from feedback.tallies.cube import cube

FEWEST = 10
"""Shares of fewer people say little: one more answer moves them by a tenth."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One partner. `could`: seats active in the window, or deployed where no activity is on record; None: unknown.

    `share`: of them, who answered, 0..1; None where nobody is known to could have.
    """

    partner: str
    name: str
    could: int | None
    shown: int
    answered: int
    share: float | None


def by_partner(session: Session, report: GapReport) -> Sequence[Answered]:
    """Every partner of the report, the lowest share first; then those of few people, then those where it is unknown."""
    ids = {one.slug: one.id for one in partner_rows(session)}
    counted = cube(session)
    months = month_of(report.period.first_day), month_of(report.period.last_day)
    own = order(counted, [ids[row.partner] for row in report.partners])
    shown = own(counted.reached("shown", *months)).tolist()
    found = []
    for row, seen in zip(report.partners, shown, strict=True):
        answered, seats = row.end_user.people, row.adoption
        known = (seats.active if seats.active is not None else seats.deployed) if seats.deployed else None
        # Whoever answered was shown a survey and could have.
        could = None if known is None else max(known, seen, answered)
        share = answered / could if could else None
        found.append(Answered(row.partner, row.name, could, max(seen, answered), answered, share))
    return sorted(found, key=_place)


def _place(one: Answered) -> tuple[int, float, int, str]:
    if one.share is None or one.could is None:
        return 2, 0.0, 0, one.name
    return int(one.could < FEWEST), one.share, -one.could, one.name
