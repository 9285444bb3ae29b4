"""Ends of scales and places on them that several charts share."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from math import ceil, floor


def of_metric(metric: str) -> tuple[int, int]:
    """nps from -100 to 100 points, shares of happy people from 0 to 100."""
    return (-100 if metric == "nps" else 0), 100


def around(scores: Sequence[float], metric: str) -> tuple[int, int]:
    """Multiples of 25 around these scores, at least 50 points apart and within the metric's ends."""
    least, most = of_metric(metric)
    low = min(max(least, 25 * floor((min(scores) - 10) / 25)), 50)
    return low, min(most, max(25 * ceil((max(scores) + 10) / 25), low + 50))


def around_shares(shares: Sequence[float]) -> tuple[int, int]:
    """From 0 to a multiple of 25 per cent that holds these shares (in per cent)."""
    return 0, max(25, 25 * ceil(max(shares) / 25))


def moment(day: date) -> int:
    """Milliseconds since 1970, as charts count time: no browser's time zone can move it to another day."""
    return round(datetime.combine(day, time(), UTC).timestamp() * 1000)


def of_month(name: str) -> int:
    """The same of the middle of a month like `2026-11`: what is about a month stands in its middle."""
    return moment(date.fromisoformat(f"{name}-15"))
