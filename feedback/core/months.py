"""Calendar months as one integer, so that a window of months is a comparison in SQL."""

from calendar import monthrange
from datetime import date

NEVER = 999_999
"""The month of a next voice that has not come. Larger than every month."""


def month_of(day: date) -> int:
    """The month that `day` lies in: year * 12 + month - 1. A datetime must be UTC."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """The first day of `month`."""
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    """The last day of `month`."""
    return date(month // 12, month % 12 + 1, monthrange(month // 12, month % 12 + 1)[1])


def label(month: int) -> str:
    """`2026-11`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"
