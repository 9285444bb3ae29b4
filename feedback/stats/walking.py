"""What is named month after month: entered and left at different probabilities, so that it does not flicker."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feedback.stats.elementwise import Floats

Integers = NDArray[np.int64]

UNDETERMINED = "undetermined"
END_USER, BUYER = "end_user", "buyer"
QUADRANTS = ("compounding", "pre_churn", "buyer_friction", "broken_value")
SIDES = (END_USER, BUYER)


@dataclass(frozen=True, slots=True)
class Rule:
    """The probabilities (0..1) at which something is named, and below which the name is taken back."""

    enter: float = 0.8
    leave: float = 0.6

    def __post_init__(self) -> None:
        if not 0.5 <= self.leave <= self.enter <= 1:
            raise ValueError(f"0.5 <= leave <= enter <= 1 must hold, not leave {self.leave} and enter {self.enter}")


@dataclass(frozen=True, slots=True)
class Month:
    """What held in one calendar month, and for how many months in a row, this one included."""

    name: str
    months: int


def walk(
    months: Iterable[Mapping[str, float] | None], rule: Rule | None = None, start: Month | None = None
) -> list[Month]:
    """The state of every month, from each month's `quadrants`, in the order of the calendar, none left out.

    A state is entered at `rule.enter` and left below `rule.leave`; where none holds, or nothing is known of a month
    (None), the month is `undetermined`. `start` is what held in the month before the first.
    """
    rows = [[(month or {}).get(name, nan) for name in QUADRANTS] for month in months]
    probabilities = np.array(rows, dtype=np.float64).reshape(1, -1, len(QUADRANTS))
    return _named(QUADRANTS, *walks(probabilities, rule, *_standing(QUADRANTS, start)))


def walks(
    probabilities: ArrayLike,
    rule: Rule | None = None,
    start: ArrayLike | None = None,
    start_months: ArrayLike | None = None,
) -> tuple[Integers, Integers]:
    """`walk` for arrays of shape (..., months, 4), the last axis in the order of `QUADRANTS`; nan where unknown.

    Gives the place in `QUADRANTS`, -1 for undetermined, and for how many months in a row: both of shape (..., months).
    `start` and `start_months`, of shape (...), are what held in the month before the first, and for how long.
    """
    rule = rule or Rule()
    known = np.nan_to_num(np.asarray(probabilities, dtype=np.float64), nan=0.0)
    likeliest = known.argmax(axis=-1)
    entered = _at(known, likeliest) >= rule.enter

    def following(current: Integers, month: int) -> Integers:
        kept = np.where((current >= 0) & (_at(known[..., month, :], current) >= rule.leave), current, -1)
        return np.where(entered[..., month], likeliest[..., month], kept)

    return _in_a_row(following, known.shape[:-1], start, start_months)


def side_at_risk(
    sides: Iterable[tuple[float | None, float | None]], rule: Rule | None = None, start: Month | None = None
) -> list[Month]:
    """The side less likely to be fine, for every month's (end_user_ok, buyer_ok), in the order of the calendar.

    Named under the same rule as a state, by the probability that the side is not fine: entered by the lower side
    only, and kept until it is left or the other side is lower and enters. `undetermined` when neither is named, or
    when one side is unknown: a comparison needs both. `start` is what held in the month before the first.
    """
    rows = [[nan if side is None else side for side in month] for month in sides]
    both = np.array(rows, dtype=np.float64).reshape(1, -1, 2)
    return _named(SIDES, *sides_at_risk(both[..., 0], both[..., 1], rule, *_standing(SIDES, start)))


def sides_at_risk(
    end_user_ok: ArrayLike,
    buyer_ok: ArrayLike,
    rule: Rule | None = None,
    start: ArrayLike | None = None,
    start_months: ArrayLike | None = None,
) -> tuple[Integers, Integers]:
    """`side_at_risk` for arrays of shape (..., months) with nan where a side is unknown.

    Gives the place in `SIDES`, -1 for undetermined, and for how many months in a row, of that shape. `start` and
    `start_months` as in `walks`.
    """
    rule = rule or Rule()
    users, buyers = np.broadcast_arrays(
        np.asarray(end_user_ok, dtype=np.float64), np.asarray(buyer_ok, dtype=np.float64)
    )
    risks = 1 - np.stack([users, buyers], axis=-1)
    risks = np.where(np.isnan(risks).any(axis=-1, keepdims=True), -1.0, risks)  # below every threshold
    lower = np.where(users < buyers, 0, np.where(buyers < users, 1, -1))

    def following(current: Integers, month: int) -> Integers:
        now, candidate = risks[..., month, :], np.where(lower[..., month] < 0, current, lower[..., month])
        entered = (candidate >= 0) & (_at(now, candidate) >= rule.enter)
        kept = np.where((current >= 0) & (_at(now, current) >= rule.leave), current, -1)
        return np.where(entered, candidate, kept)

    return _in_a_row(following, users.shape, start, start_months)


def _in_a_row(
    following: Callable[[Integers, int], Integers],
    shape: tuple[int, ...],
    start: ArrayLike | None,
    start_months: ArrayLike | None,
) -> tuple[Integers, Integers]:
    """Walk along the last axis: what holds in each month, and for how many in a row."""
    names, months = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.int64)
    current = np.broadcast_to(np.asarray(-1 if start is None else start, dtype=np.int64), shape[:-1])
    lasting = np.broadcast_to(np.asarray(0 if start_months is None else start_months, dtype=np.int64), shape[:-1])
    for month in range(shape[-1]):
        name = following(current, month)
        lasting = np.where(name == current, lasting + 1, 1)
        names[..., month], months[..., month] = name, lasting
        current = name
    return names, months


def _at(numbers: Floats, place: Integers) -> Floats:
    """The number at each element's place along the last axis; any where the place is -1."""
    return np.take_along_axis(numbers, np.maximum(place, 0)[..., None], axis=-1)[..., 0]


def _standing(names: tuple[str, ...], start: Month | None) -> tuple[int, int]:
    if start is None:
        return -1, 0
    return -1 if start.name == UNDETERMINED else names.index(start.name), start.months


def _named(names: tuple[str, ...], places: Integers, months: Integers) -> list[Month]:
    return [
        Month(UNDETERMINED if place < 0 else names[place], lasting)
        for place, lasting in zip(places[0].tolist(), months[0].tolist(), strict=True)
    ]
