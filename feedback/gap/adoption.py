"""Seats in numbers and in two sentences."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from feedback.gap.measures import Counts
from feedback.gap.sentences import percent
from feedback.gap.values import Adoption
from feedback.settings import Settings


def rows(
    seats: Counts,
    licences: Sequence[int | None],
    active: Counts | None = None,
    value_days: Sequence[float | None] | None = None,
    *,
    settings: Settings,
    known: bool,
    words: bool = False,
) -> list[Adoption]:
    """One per row of `seats` (rows, counts).

    `licences` (None: none in force, or not bought for such a row), `active` distinct seats in the window, median days
    to value; `known`: false where nobody has any activity, so that use is not known instead of none; `words`: with
    the two sentences.
    """
    there = active.tolist() if active is not None else [0] * len(seats)
    medians = value_days or [None] * len(seats)
    found = []
    for own, counts, seen, median in zip(licences, seats.tolist(), there, medians, strict=True):
        deployed, active_once, activated, engaged, never, abandoned, lapsed, left_soon, meaningful, _objected = counts
        found.append(
            Adoption(
                own,
                deployed,
                active_once,
                activated,
                engaged,
                never,
                abandoned,
                lapsed,
                left_soon,
                seen,
                activated / own if own and known else None,
                engaged / deployed if deployed and known else None,
                meaningful,
                median,
                _sentences(own, deployed, activated, engaged, left_soon, settings) if words and known else (),
            )
        )
    return found


def median_days(days: NDArray[np.int32], seats: NDArray[np.int32]) -> float | None:
    """The median of days that `seats` seats took each; None without any."""
    whole = int(seats.sum())
    if not whole:
        return None
    order = np.argsort(days)
    reached = np.cumsum(seats[order])
    middle = [days[order][np.searchsorted(reached, place, side="right")] for place in ((whole - 1) // 2, whole // 2)]
    return float(sum(int(day) for day in middle) / 2)


def _sentences(
    licences: int | None, deployed: int, activated: int, engaged: int, left_soon: int, settings: Settings
) -> tuple[str, ...]:
    """What was bought or deployed and not used, and how many still use it.

    `left_soon`: abandoned seats that had been activated, so that nobody is counted twice.
    """
    of, what = (licences, "licences") if licences else (deployed, "seats")
    if not of:
        return ()
    days = settings.abandoned_days
    within = "two weeks" if days == 14 else f"{days} days"
    first = f"{percent(max(0, of - activated) / of)} of {what} were never activated"
    if left_soon:
        first += f"; another {percent(left_soon / of)} tried it and left within {within}"
    used = f"{percent(engaged / of)} were in use in the last {settings.engaged_days} days"
    return f"{first}.", f"{used}: {engaged:,} of {of:,} {what}."
