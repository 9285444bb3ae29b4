"""One network: from which nearly everybody who is asked answers, while elsewhere few do.

An office is one network, so that many answers from one say nothing by themselves.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.partners.models import NetworkCount
from feedback.stats.suspicion import unlike_elsewhere

_FEWEST_ANSWERS = 10
_THRESHOLD = 1e-5


@dataclass(frozen=True, slots=True)
class NetworkAlarm:
    """A network of one partner's people from which nearly everybody answers."""

    partner_id: UUID
    day: date
    p_value: float
    evidence: dict[str, Any]


def alarms(session: Session, since: date, until: date) -> Iterator[NetworkAlarm]:
    """Networks of the days that stand out among those of their partner, or of all where it has only one."""
    cells = NetworkCount
    found = session.execute(
        select(cells.partner_id, cells.day, cells.asked, cells.answered).where(cells.day.between(since, until))
    )
    # Whoever answers was asked, if perhaps from elsewhere or on the day before.
    rows = [(partner, day, max(asked, answered), answered) for partner, day, asked, answered in found]
    own: dict[tuple[UUID, date], list[int]] = defaultdict(lambda: [0, 0, 0])
    everybody: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for partner, day, asked, answered in rows:
        for kept in (own[partner, day], everybody[day]):
            kept[0] += asked
            kept[1] += answered
        own[partner, day][2] += 1
    for partner, day, asked, answered in rows:
        all_asked, all_answered, networks = own[partner, day]
        if networks == 1:
            all_asked, all_answered = everybody[day]
        asked_elsewhere, answered_elsewhere = all_asked - asked, all_answered - answered
        if answered < _FEWEST_ANSWERS or not asked_elsewhere:
            continue
        p_value = unlike_elsewhere(answered, asked, answered_elsewhere, asked_elsewhere)
        if p_value < _THRESHOLD:
            told = {"asked": asked, "answered": answered}
            told |= {"asked_elsewhere": asked_elsewhere, "answered_elsewhere": answered_elsewhere}
            yield NetworkAlarm(partner, day, p_value, told)
