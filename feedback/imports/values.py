"""Cells to values. Each function says in plain words what does not fit and what would."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta

from feedback.core.errors import Problem
from feedback.partners.money import clean_currency, minor_units

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)
LARGEST_NUMBER = 2_000_000_000
_AHEAD = timedelta(hours=24)
"""Clocks differ and days end at different times around the world; what lies further ahead is a mistake."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE = re.compile(r"([0-9]{1,10})(?:\.0+)?")
_LOCALE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}

Cells = Mapping[str, str]
"""Our column name to the trimmed cell; columns that the file does not have are absent."""


class RejectedError(Exception):
    """A line is not taken; the message tells the person who made the file what to change."""


def text(cells: Cells, column: str, longest: int, *, needed: bool = False) -> str | None:
    """A text of at most `longest` characters; None when empty. Line breaks come out as `\\n`."""
    cell = cells.get(column, "")
    if not cell:
        if needed:
            raise RejectedError(f"{column} is empty; it must be filled in.")
        return None
    if "\r" in cell:
        cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    if len(cell) > longest:
        raise RejectedError(f"{column} has {len(cell):,} characters; at most {longest:,} are kept. Shorten it.")
    return cell


def needed_text(cells: Cells, column: str, longest: int) -> str:
    """A text of 1 to `longest` characters."""
    return text(cells, column, longest, needed=True) or ""


def choice(cells: Cells, column: str, choices: Collection[str], *, needed: bool = False) -> str | None:
    """One of `choices`, in any case, with blanks or hyphens for underscores; None when empty."""
    cell = cells.get(column, "")
    if not cell and not needed:
        return None
    chosen = cell if cell in choices else cell.lower().replace(" ", "_").replace("-", "_")
    if chosen not in choices:
        raise RejectedError(
            f"{column} is {_shown(cell)}; it takes {', '.join(choices)}{'' if needed else ', or nothing'}."
        )
    return chosen


def needed_choice(cells: Cells, column: str, choices: Collection[str]) -> str:
    """One of `choices`."""
    return choice(cells, column, choices, needed=True) or ""


def day(cells: Cells, column: str, *, needed: bool = False) -> date | None:
    """A day written YYYY-MM-DD; None when empty."""
    cell = cells.get(column, "")
    if not cell and not needed:
        return None
    try:
        result = date.fromisoformat(cell) if _DAY.fullmatch(cell) else None
    except ValueError:
        result = None
    if result is None:
        raise RejectedError(f"{column} is {_shown(cell)}; write a day like 2026-11-15.")
    if not FIRST_DAY <= result <= LAST_DAY:
        raise RejectedError(f"{column} is {cell}; the years from {FIRST_DAY.year} to {LAST_DAY.year} are taken.")
    return result


def needed_day(cells: Cells, column: str) -> date:
    """A day written YYYY-MM-DD."""
    return day(cells, column, needed=True) or FIRST_DAY


def past_moment(cells: Cells, column: str, *, now: datetime) -> datetime:
    """An ISO 8601 time in UTC, not later than a day after `now`. A day alone is its noon; without a zone it is UTC."""
    cell = cells.get(column, "")
    try:
        if _DAY.fullmatch(cell):
            result = datetime.combine(date.fromisoformat(cell), time(12), UTC)
        else:
            result = datetime.fromisoformat(cell)
            result = result.replace(tzinfo=UTC) if result.tzinfo is None else result.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RejectedError(
            f"{column} is {_shown(cell)}; write a time like 2026-11-15T14:30:00+01:00 or a day like 2026-11-15."
        ) from None
    if result.date() < FIRST_DAY:
        raise RejectedError(f"{column} is {cell}; the years from {FIRST_DAY.year} on are taken.")
    if result > now + _AHEAD:
        raise RejectedError(f"{column} is {cell}, which lies in the future; check year and time zone.")
    return result


def past_day(cells: Cells, column: str, *, now: datetime) -> date:
    """A day written YYYY-MM-DD, not later than tomorrow."""
    result = needed_day(cells, column)
    if result > (now + _AHEAD).date():
        raise RejectedError(f"{column} is {result}, which lies in the future; check the year.")
    return result


def whole(cells: Cells, column: str, *, needed: bool = False) -> int | None:
    """A whole number from 0 up; None when empty. A spreadsheet's `12.0` is 12."""
    cell = cells.get(column, "")
    if not cell and not needed:
        return None
    match = _WHOLE.fullmatch(cell)
    if match is None or int(match[1]) > LARGEST_NUMBER:
        raise RejectedError(f"{column} is {_shown(cell)}; write a whole number like 1200, without separators or signs.")
    return int(match[1])


def score(cells: Cells, metric: str, scale: tuple[int, int]) -> int:
    """A whole number on the scale of `metric`."""
    low, high = scale
    match = _WHOLE.fullmatch(cells.get("score", ""))
    if match is None or not low <= int(match[1]) <= high:
        raise RejectedError(
            f"score is {_shown(cells.get('score', ''))}; a score of {metric} is a whole number from {low} to {high}."
        )
    return int(match[1])


def flag(cells: Cells, column: str) -> bool:
    """Yes or no; empty is no."""
    result = _FLAGS.get(cells.get(column, "").lower())
    if result is None:
        raise RejectedError(
            f"{column} is {_shown(cells[column])}; write yes or no (true, false, 1, 0 and empty will do)."
        )
    return result


def currency(cells: Cells, column: str) -> str | None:
    """An ISO 4217 code in capitals; None when empty."""
    cell = cells.get(column, "")
    try:
        return clean_currency(cell) if cell else None
    except Problem as problem:
        raise RejectedError(f"{column}: {problem.detail}") from None


def money(cells: Cells, column: str, unit: str | None) -> int | None:
    """An amount in minor units of the currency `unit`; None when empty."""
    cell = cells.get(column, "")
    if not cell:
        return None
    if unit is None:
        raise RejectedError(f"{column} is {_shown(cell)}, of no currency; fill in currency, for instance with EUR.")
    try:
        return minor_units(cell, unit)
    except Problem as problem:
        raise RejectedError(f"{column}: {problem.detail}") from None


def locale(cells: Cells, column: str) -> str | None:
    """A language tag like `de` or `pt-BR`; None when empty."""
    cell = cells.get(column, "")
    if not cell:
        return None
    if len(cell) > 35 or not _LOCALE.fullmatch(cell):
        raise RejectedError(f"{column} is {_shown(cell)}; write a language like de or pt-BR, or leave it empty.")
    return cell.replace("_", "-")


def _shown(cell: str) -> str:
    return f"'{cell[:40]}…'" if len(cell) > 40 else f"'{cell}'" if cell else "empty"
