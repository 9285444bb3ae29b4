"""When things happen: working days, quiet Augusts and Decembers, the hours of an office."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from feedback.core.months import first_day, month_of

Ordinals = NDArray[np.int64]
"""Days as `date.toordinal()` counts them."""

MONTHS = 14
_BY_MONTH = np.array([1.04, 1.0, 1.04, 0.98, 0.95, 1.0, 0.8, 0.6, 1.08, 1.05, 1.02, 0.62])
_WEEKEND_SHARE = 0.06
_OPENS_AT_HOUR = 7
_OPEN_MINUTES = 10 * 60


@dataclass(frozen=True, slots=True)
class Era:
    """The days of the world: answers from `start`, everything up to `end`, which is the day before it is made."""

    start: date
    end: date

    def day(self, days_from_now: int) -> date:
        """A day relative to the one on which the world is made."""
        return self.end + timedelta(days=days_from_now + 1)


def era(now: datetime) -> Era:
    """14 calendar months with the current one, up to yesterday."""
    today = now.date()
    return Era(first_day(month_of(today) - MONTHS + 1), today - timedelta(days=1))


def busyness(days: Ordinals, *, friday_is_weekend: bool) -> NDArray[np.float64]:
    """How much goes on, 1 on an ordinary working day."""
    months = np.array([date.fromordinal(int(day)).month - 1 for day in days], dtype=np.int64)
    weekday = (days + 6) % 7
    weekend = (weekday == 4) | (weekday == 5) if friday_is_weekend else weekday >= 5
    busy: NDArray[np.float64] = _BY_MONTH[months] * np.where(weekend, _WEEKEND_SHARE, 1.0)
    return busy


def at_work(day: int, rng: np.random.Generator) -> datetime:
    """Some moment of that day between seven and five, UTC."""
    minute, second = int(rng.integers(_OPEN_MINUTES)), int(rng.integers(60))
    midnight = datetime.combine(date.fromordinal(day), time(tzinfo=UTC))
    return midnight + timedelta(hours=_OPENS_AT_HOUR, minutes=minute, seconds=second)
