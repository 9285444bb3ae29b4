"""Whether there was ever a gap to report: at which partner each side was heard, and both."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from feedback.core.months import month_of
from feedback.core.preferences import in_force
from feedback.gap.measures import BUYER, END_USER
from feedback.settings import TRUST_CLASSES, Settings
from feedback.surveys.models import METRICS
from feedback.tallies.cube import cube


@dataclass(frozen=True, slots=True)
class Heard:
    """The partner where most people of each side were heard whose answers count, in any month; None: nowhere.

    `both`: of those where both sides were heard by the same metric. `unvouched`: end users, of all partners, whose
    answers do not count because nobody vouches for them in a way that does.
    """

    end_user: UUID | None
    buyer: UUID | None
    both: UUID | None
    unvouched: int


def heard(session: Session, settings: Settings, *, now: datetime) -> Heard:
    """What was heard so far, from the tallies."""
    counted, trust = cube(session), in_force(session, settings).headline_trust
    months = 0, month_of(now)
    sides = [counted.people(metric, *months, trust).sum(axis=-1) for metric in METRICS]
    total, least = sum(sides), np.max([one.min(axis=1) for one in sides], axis=0, initial=0)
    outside = [number for number, name in enumerate(TRUST_CLASSES) if name not in trust]
    everybody = (counted.people_by_trust(metric, *months)[:, END_USER, outside] for metric in METRICS)

    def most(people: np.ndarray) -> UUID | None:
        return counted.partners[int(people.argmax())] if people.any() else None

    return Heard(
        end_user=most(total[:, END_USER]),
        buyer=most(total[:, BUYER]),
        both=most(least),
        unvouched=sum(int(one.sum()) for one in everybody),
    )
