"""From points to places in a picture."""

from dataclasses import dataclass

_HALF_WIDTH = 48.0
"""Per cent of the width from the middle to an end: the rest is for marks that stand at the very ends."""


@dataclass(frozen=True, slots=True)
class Across:
    """From a metric's points to per cent of a picture's width."""

    low: int
    high: int

    def at(self, points: float) -> float:
        """Where a score stands."""
        middle = (self.low + self.high) / 2
        return round(50 + (points - middle) * 2 * _HALF_WIDTH / (self.high - self.low), 2)

    @property
    def ticks(self) -> tuple[tuple[int, float], ...]:
        """Five points, evenly, and where they stand."""
        step = (self.high - self.low) // 4
        return tuple((points, self.at(points)) for points in range(self.low, self.high + 1, step))


def across(metric: str) -> Across:
    """nps from -100 to 100, shares of happy people from 0 to 100."""
    return Across(-100 if metric == "nps" else 0, 100)
