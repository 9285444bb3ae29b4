"""Which months a report is about, from what was asked for."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn

from feedback.core.errors import Code, Problem
from feedback.core.months import first_day, label, last_day, month_of

MOST_MONTHS = 120
_MONTHS_BY_DEFAULT = 3
_ASKED = re.compile(r"[1-9][0-9]{3}-[0-9]{2}(-[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Window:
    """Whole months, first to last.

    `partial` while the last of them is not over; `widened` when days were asked for that are not whole months.
    """

    first_month: int
    last_month: int
    partial: bool
    widened: bool

    @property
    def months(self) -> range:
        """Every month of it, in order."""
        return range(self.first_month, self.last_month + 1)

    @property
    def words(self) -> str:
        """`2026-09 to 2026-11`, or `2026-11`."""
        first, last = label(self.first_month), label(self.last_month)
        return first if first == last else f"{first} to {last}"

    def weighed_on(self, today: date) -> date:
        """The day whose licences weigh: the last of the window that has come."""
        return min(last_day(self.last_month), today)


def window(start: str | None, end: str | None, *, now: datetime) -> Window:
    """The months from `start` to `end`, each YYYY-MM or YYYY-MM-DD; days are widened to their months.

    Without `end`: to the current month. Without `start`: the last three months up to `end`. Raises INVALID for what
    is no date, for months to come, a start after the end, and more than ten years.
    """
    current = month_of(now)
    last, last_day_asked = _month("to", end) if end else (current, None)
    first, first_day_asked = _month("from", start) if start else (last - _MONTHS_BY_DEFAULT + 1, None)
    for name, month in (("from", first), ("to", last)):
        if month > current:
            _refuse(name, f"{label(month)} has not begun; the current month is {label(current)}.")
    if first > last:
        _refuse("from", f"`from` ({label(first)}) lies after `to` ({label(last)}).")
    if last - first >= MOST_MONTHS:
        _refuse("from", f"A report covers at most {MOST_MONTHS} months.")
    return Window(
        first,
        last,
        partial=last == current,
        widened=first_day_asked not in (None, first_day(first)) or last_day_asked not in (None, last_day(last)),
    )


def _month(name: str, text: str) -> tuple[int, date | None]:
    """The month, and the day if one was asked for."""
    try:
        if not _ASKED.fullmatch(text):
            raise ValueError(text)
        day = date.fromisoformat(text if len(text) == 10 else f"{text}-01")
    except ValueError:
        _refuse(name, f"`{name}` takes a month (2026-09) or a day (2026-09-30), not {text!r}.")
    return month_of(day), day if len(text) == 10 else None


def _refuse(name: str, what: str) -> NoReturn:
    raise Problem(Code.INVALID, what, errors={name: [what]})
