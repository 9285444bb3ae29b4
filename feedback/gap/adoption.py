"""Seats in numbers and in two sentences."""

from collections.abc import Sequence

from feedback.gap.measures import Counts
from feedback.gap.once import once
from feedback.gap.sentences import percent
from feedback.gap.values import Adoption
from feedback.settings import Settings
from feedback.tallies.cube import SEAT


@once
def rows(
    seats: Counts,
    licences: Sequence[int | None],
    active: Counts | None = None,
    value_days: Sequence[float | None] | None = None,
    *,
    settings: Settings,
    known: bool | Sequence[bool],
    licensed: Counts | None = None,
    words: bool = False,
) -> Sequence[Adoption]:
    """One per row of `seats` (rows, counts).

    `licences` (None: none in force, or not bought for such a row), `active` distinct seats in the window (None: not
    counted for such rows), median days to value; `known`: false where nobody has any activity, so that use is not
    known instead of none; `licensed` (rows, counts) the seats at partners with licences, where others are among
    `seats`: shares of licences are theirs; `words`: with the two sentences.
    """
    there = active.tolist() if active is not None else [None] * len(seats)
    medians = value_days or [None] * len(seats)
    told = [known] * len(seats) if isinstance(known, bool) else known
    bought = (seats if licensed is None else licensed).tolist()
    found = []
    for own, counts, of_licences, seen, median, used in zip(
        licences, seats.tolist(), bought, there, medians, told, strict=True
    ):
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
                seen if used else None,
                min(1.0, of_licences[SEAT["activated"]] / own) if own and used else None,
                engaged / deployed if deployed and used else None,
                meaningful,
                median,
                _sentences(own, of_licences if own else counts, settings) if words and used else (),
            )
        )
    return found


def median_days(seats: Counts) -> list[float | None]:
    """By row of `seats` (rows, days), the median of the days that they took; None where there are none."""
    reached = seats.cumsum(axis=1)
    whole = reached[:, -1:]
    # Of an even number the two in the middle.
    low, high = ((reached > place).argmax(axis=1) for place in ((whole - 1) // 2, whole // 2))
    return [median if there else None for median, there in zip(((low + high) / 2).tolist(), whole, strict=True)]


def _sentences(licences: int | None, seats: Sequence[int], settings: Settings) -> tuple[str, ...]:
    """What was bought or deployed and not used, and how many still use it, of licences while they are enough.

    Of the abandoned seats those that had been activated, so that nobody is counted twice.
    """
    deployed, activated, engaged, left_soon = (
        seats[SEAT[name]] for name in ("deployed", "activated", "engaged", "activated_abandoned")
    )
    of, what = (licences, "licences") if licences and licences >= deployed else (deployed, "seats")
    if not of:
        return ()
    days = settings.abandoned_days
    within = "two weeks" if days == 14 else f"{days} days"
    first = f"{percent((of - activated) / of)} of {what} were never activated"
    if left_soon:
        first += f"; another {percent(left_soon / of)} tried it and left within {within}"
    used = f"{percent(engaged / of)} were in use in the last {settings.engaged_days} days"
    return f"{first}.", f"{used}: {engaged:,} of {of:,} {what}."
