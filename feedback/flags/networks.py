"""One network: from which nearly everybody who is asked answers, while elsewhere few do.

An office is one network, so that many answers from one say nothing by themselves; and one office answers more readily
than another, so that a difference alone says little.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, cast
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.flags.trials import ALPHA, TESTS_A_MONTH
from feedback.partners.models import NetworkCount
from feedback.stats import suspicion

_FEWEST_ANSWERS = 10
_LEAST_SPREAD, _MOST_SPREAD = 0.05, 0.1
"""Correlation of two people of one network that is allowed for: one office is reminded, another is not. No more than
that is believed, so that several networks that answer for others do not hide each other."""
_USUALLY_ANSWERED = 0.25
"""Of those asked, before any are seen."""
_BELIEVED = 10
"""Everybody's share speaks for a partner's other networks as so many people of theirs would."""


class Network(NamedTuple):
    """How many were asked and answered from one network of one partner's people, on one day."""

    partner: Hashable
    day: date
    asked: int
    answered: int


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
    for one, p_value, elsewhere in stand_out(map(Network._make, found)):
        told = {"asked": one.asked, "answered": one.answered}
        told |= {"asked_elsewhere": elsewhere.asked, "answered_elsewhere": elsewhere.answered}
        yield NetworkAlarm(cast("UUID", one.partner), one.day, p_value, told)


def stand_out(networks: Iterable[Network]) -> Iterator[tuple[Network, float, Network]]:
    """Networks that stand out, how improbable that is, and what they are held against."""
    by_day: dict[date, list[Network]] = defaultdict(list)
    for one in networks:
        # Whoever answers was asked, if perhaps from elsewhere or on the day before.
        by_day[one.day].append(one._replace(asked=max(one.asked, one.answered)))
    for rows in by_day.values():
        yield from _of_one_day(rows)


def _of_one_day(rows: list[Network]) -> Iterator[tuple[Network, float, Network]]:
    asked, answered = (np.array([getattr(one, name) for one in rows]) for name in ("asked", "answered"))
    own: dict[Hashable, list[int]] = defaultdict(list)
    for place, one in enumerate(rows):
        own[one.partner].append(place)
    usual, measured = suspicion.shares_elsewhere(answered, asked, _USUALLY_ANSWERED)
    spread = np.clip(measured, _LEAST_SPREAD, _MOST_SPREAD)
    for places in own.values():
        tried = [place for place in places if answered[place] >= _FEWEST_ANSWERS]
        for place in tried:
            one = rows[place]
            others = places if len(places) > 1 else range(len(rows))
            there = Network(
                one.partner, one.day, int(asked[others].sum()) - one.asked, int(answered[others].sum()) - one.answered
            )
            if not there.asked:
                continue
            share = (there.answered + _BELIEVED * usual[place]) / (there.asked + _BELIEVED)
            p_value = float(suspicion.excess(one.answered, one.asked, share, spread[place]))
            if p_value < ALPHA / TESTS_A_MONTH / len(tried):
                yield one, p_value, there
