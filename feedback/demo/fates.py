"""The fates that a partner can have: how its people use the product, what they and their buyers say of it."""

from dataclasses import dataclass
from typing import Literal

Fate = Literal[
    "shelfware",
    "underrated",
    "thriving",
    "failing",
    "tiny",
    "silent",
    "one_buyer",
    "new",
    "not_told",
    "fading",
]


@dataclass(frozen=True, slots=True)
class Habits:
    """What a fate makes of a partner. Scores in NPS points, `drift` in points per month up to today."""

    users: float
    """Where the score of those who answer tends to, today."""
    users_drift: float
    buyers: float
    buyers_drift: float
    use: tuple[float, float, float, float]
    """Shares of deployed seats that never start, abandon, lapse, stay engaged."""
    rhythm: float
    """Share of working days on which an engaged person is active."""
    deployed: float
    """Seats deployed per licence."""
    voice: float
    """How readily people answer; 1 is usual."""
    promotions: tuple[int, int]
    """How often the partner told its people, at least and at most."""
    doubts: tuple[float, float, float, float]
    """What an unhappy buyer names: price, value, effort, other."""


HABITS: dict[Fate, Habits] = {
    "shelfware": Habits(-14, -1.6, 47, 0.4, (0.50, 0.26, 0.12, 0.12), 0.12, 0.80, 1.0, (1, 4), (0.3, 0.4, 0.1, 0.2)),
    "underrated": Habits(48, 0.1, -24, -1.0, (0.12, 0.08, 0.14, 0.66), 0.34, 0.90, 1.0, (4, 8), (0.4, 0.15, 0.4, 0.05)),
    "thriving": Habits(40, 0.1, 62, 0.2, (0.12, 0.09, 0.13, 0.66), 0.36, 0.92, 1.0, (5, 9), (0.4, 0.2, 0.2, 0.2)),
    "failing": Habits(-30, -1.8, -40, -1.6, (0.40, 0.28, 0.20, 0.12), 0.11, 0.78, 0.9, (1, 4), (0.3, 0.4, 0.2, 0.1)),
    "tiny": Habits(30, 0.0, 30, 0.0, (0.12, 0.10, 0.16, 0.62), 0.30, 1.0, 1.2, (0, 2), (0.4, 0.2, 0.2, 0.2)),
    "silent": Habits(12, 0.0, 34, 0.0, (0.36, 0.20, 0.14, 0.30), 0.20, 0.78, 1.0, (1, 3), (0.3, 0.3, 0.2, 0.2)),
    "one_buyer": Habits(14, -0.2, 34, 0.0, (0.30, 0.20, 0.18, 0.32), 0.22, 0.85, 1.0, (2, 5), (0.3, 0.3, 0.2, 0.2)),
    "new": Habits(34, 0.0, 68, 0.0, (0.50, 0.06, 0.00, 0.44), 0.26, 0.66, 1.3, (1, 3), (0.3, 0.3, 0.3, 0.1)),
    "not_told": Habits(40, 0.0, 10, -0.8, (0.82, 0.05, 0.04, 0.09), 0.22, 0.92, 1.0, (0, 0), (0.2, 0.6, 0.1, 0.1)),
    "fading": Habits(-8, -4.0, 58, 0.0, (0.22, 0.14, 0.40, 0.24), 0.20, 0.88, 1.0, (2, 5), (0.3, 0.4, 0.2, 0.1)),
}
