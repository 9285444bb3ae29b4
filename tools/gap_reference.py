"""Write the field by field part of docs/reference/gap-report.md from the report's values.

Run it as `python tools/gap_reference.py`; a test says when that is due.
"""

import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from datetime import date, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from feedback.gap.schemas import json_name
from feedback.gap.values import GapReport, Period

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "gap-report.md"
BEGIN = "<!-- Written by tools/gap_reference.py from feedback/gap/values; change it there. -->"
_SIMPLE = {
    int: "integer",
    float: "number",
    str: "string",
    bool: "boolean",
    date: "date, `2026-11-30`",
    datetime: "time, `2026-11-15T12:00:00Z`",
}


def page() -> str:
    """The page as it should be: what was written by hand, then every member in order."""
    by_hand = PAGE.read_text(encoding="utf-8").split(BEGIN)[0]
    return f"{by_hand}{BEGIN}\n\n" + "\n\n".join(_sections()) + "\n"


def _sections() -> Iterator[str]:
    waiting, known = [GapReport], {GapReport}
    while waiting:
        value = waiting.pop(0)
        nested = list(dict.fromkeys(one for one in _nested(value) if one not in known))
        known.update(nested)
        # What a member holds stands right behind what holds it.
        waiting[:0] = nested
        yield _section(value)


def _nested(value: type) -> Iterator[Any]:
    for hint in get_type_hints(value, include_extras=True).values():
        inner = _taken_apart(hint)[0]
        if _has_members(inner):
            yield inner


def _section(value: type) -> str:
    about = " ".join((value.__doc__ or "").split())
    lines = [f"## {value.__name__}", "", about, "", "| member | type | null | meaning |", "|---|---|---|---|"]
    for name, hint in get_type_hints(value, include_extras=True).items():
        inner, many, null, meaning = _taken_apart(hint)
        if not meaning and not _has_members(inner):
            raise SystemExit(f"{value.__name__}.{name} says nowhere what it means: annotate it in feedback/gap/values.")
        kind = f"list of {_kind(inner)}" if many else _kind(inner)
        meaning = (meaning or _first_sentence(inner)).replace("|", "\\|")
        lines.append(f"| `{json_name(value, name)}` | {kind} | {'may be' if null else 'never'} | {meaning} |")
    return "\n".join(lines)


def _first_sentence(value: type) -> str:
    return f"{' '.join((value.__doc__ or '').split()).split('. ')[0].rstrip('.')}."


def _kind(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return ", ".join(f"`{one}`" for one in get_args(hint))
    return f"[{hint.__name__}](#{hint.__name__.lower()})" if _has_members(hint) else _SIMPLE[hint]


def _taken_apart(hint: Any) -> tuple[Any, bool, bool, str]:
    """What a member is in the end; whether it is many of it, may be null, and what it means."""
    meaning, many, null = "", False, False
    if get_origin(hint) is Annotated:
        hint, meaning = get_args(hint)
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
        null = True
    if get_origin(hint) is tuple:
        hint, many = get_args(hint)[0], True
    return hint, many, null, meaning


def _has_members(hint: Any) -> bool:
    return is_dataclass(hint) or hint is Period


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE} written.\n")
