"""What the gap and the roll-up need from tallies of whichever kind: of one, and of many in arrays."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from types import EllipsisType
from typing import ClassVar, Protocol, Self, cast

import numpy as np
from numpy.typing import NDArray

from feedback.stats.elementwise import Floats

Counts = NDArray[np.int64]
Place = int | slice | EllipsisType | None | NDArray[np.bool_] | NDArray[np.int64] | tuple[int | slice | None, ...]


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

    def variance_under(self, mean: float) -> tuple[float, float]:
        """The likeliest variance of one answer if the true mean were `mean`, and its slope by the mean."""

    @staticmethod
    def together(tallies: "Sequence[Tally]") -> "Tallies":
        """Tallies of this kind as arrays, in the same order."""


class Tallies(ABC):
    """Many tallies of one kind, as integer arrays of one shape, whichever: an element is a tally.

    Raises ValueError for arrays of different shapes and for negative counts.
    """

    __slots__ = ()

    LOWEST: ClassVar[float]
    VALUES: ClassVar[tuple[int, ...]]
    ADDED: ClassVar[tuple[float, ...]]

    def __post_init__(self) -> None:
        shapes = {np.shape(counts) for counts in self.columns}
        if len(shapes) > 1:
            raise ValueError(f"the counts of tallies have one shape, not {' and '.join(map(str, shapes))}")
        for name, counts in zip(self._names, self.columns, strict=True):
            if (least := int(counts.min(initial=0))) < 0:
                require_counts(**{name: least})

    def __getitem__(self, place: "Place") -> Self:
        """The tallies at an index, slice or mask, as arrays are indexed."""
        return type(self)(*(counts[place] for counts in self.columns))

    @property
    def columns(self) -> tuple[Counts, ...]:
        """The arrays in the order in which they are given."""
        return tuple(getattr(self, name) for name in self._names)

    @property
    def _names(self) -> tuple[str, ...]:
        # Of a dataclass with slots those are its fields, and quicker to come by.
        return cast("tuple[str, ...]", type(self).__slots__)

    @property
    def shape(self) -> tuple[int, ...]:
        """That of every array in here."""
        return self.columns[0].shape

    @property
    @abstractmethod
    def parts(self) -> tuple[Counts, ...]:
        """People by answer, in the order of `VALUES`."""

    @property
    @abstractmethod
    def count(self) -> Counts:
        """People counted."""

    @property
    @abstractmethod
    def total(self) -> Counts:
        """Sum of the answers' values."""

    @property
    def means(self) -> Floats:
        """Means of the answers' values; nan where nobody answered."""
        with np.errstate(invalid="ignore"):
            return self.total / self.count

    @property
    @abstractmethod
    def smoothed_variance(self) -> Floats:
        """Variances of the means after a few answers were added to each tally, so that none is 0."""

    @abstractmethod
    def limits(self, level: float) -> tuple[Floats, Floats]:
        """The score intervals of the means, on the scale of the values; nan where nobody answered."""

    @abstractmethod
    def variance_under(self, means: Floats) -> tuple[Floats, Floats]:
        """The likeliest variance of one answer if the true means were `means`, and its slope by the mean."""


def together(tallies: Iterable[Tally] | Tallies) -> Tallies | None:
    """Tallies as arrays, if they are not yet; None for a sequence of none, which is of no kind.

    Raises ValueError for tallies of different kinds.
    """
    if isinstance(tallies, Tallies):
        return tallies
    tallies = list(tallies)
    require_one_kind(tallies)
    return tallies[0].together(tallies) if tallies else None


def require_one_kind(tallies: Iterable[Tally | Tallies]) -> None:
    """Raise ValueError when NPS and proportions stand side by side: only like is compared with like."""
    modules = {kind.__module__ for kind in set(map(type, tallies))}
    if len(modules) > 1:
        kinds = sorted(f"{module.rpartition('.')[2]}.Tally" for module in modules)
        raise ValueError(f"tallies of different kinds cannot meet in one number: {' and '.join(kinds)}")


def require_counts(**counts: int) -> None:
    """Raise ValueError when a count is negative: more was taken away than had been counted."""
    for name, count in counts.items():
        if count < 0:
            raise ValueError(f"a tally cannot have {count} {name}")
