"""What the gap and the roll-up need from a tally, of whichever kind."""

from collections.abc import Iterable
from typing import ClassVar, Protocol


class Tally(Protocol):
    """Counts of answers of one kind. Each answer has a value: -1, 0 or 1 for NPS, 0 or 1 for a proportion.

    `ADDED` is what is added to the counts, in the order of `VALUES`, before a variance is taken from them.
    """

    LOWEST: ClassVar[float]
    VALUES: ClassVar[tuple[int, ...]]
    ADDED: ClassVar[tuple[float, ...]]

    def __hash__(self) -> int:
        """Tallies are values: equal counts of one kind are the same key."""

    @property
    def count(self) -> int:
        """People counted."""

    @property
    def total(self) -> int:
        """Sum of the answers' values."""

    @property
    def parts(self) -> tuple[int, ...]:
        """People by answer, in the order of `VALUES`."""

    @property
    def smoothed_variance(self) -> float:
        """Variance of the mean of the answers' values after a few were added, so that it is never 0."""

    def limits(self, level: float) -> tuple[float, float]:
        """The score interval of the mean, on the scale of the values. Not for empty tallies."""

    def distance(self, mean: float) -> float:
        """How far the hypothesis `mean` is from what was counted: t / (1 + t), in 0..1.

        t is the absolute score statistic, whose standard error is the one under the hypothesis; it may be
        infinite, which is why it is folded into 0..1. Not for empty tallies.
        """


def require_one_kind(tallies: Iterable[Tally]) -> None:
    """Raise ValueError when NPS and proportions stand side by side: only like is compared with like."""
    kinds = sorted({f"{type(tally).__module__.rpartition('.')[2]}.Tally" for tally in tallies})
    if len(kinds) > 1:
        raise ValueError(f"tallies of different kinds cannot meet in one number: {' and '.join(kinds)}")


def require_counts(**counts: int) -> None:
    """Raise ValueError when a count is negative: more was taken away than had been counted."""
    for name, count in counts.items():
        if count < 0:
            raise ValueError(f"a tally cannot have {count} {name}")
