"""The words of the frame: built-in locales, the vendor's own words over them, names filled in."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from feedback.core.errors import Code, Problem

_FOLDER = Path(__file__).parent / "locales"
_DEFAULT = "en"


@cache
def built_in(locale: str) -> Mapping[str, Any]:
    """The built-in words of one locale; nested as in its file."""
    words: dict[str, Any] = json.loads((_FOLDER / f"{locale}.json").read_text(encoding="utf-8"))
    return words


@cache
def locales() -> tuple[str, ...]:
    """The locales that are built in."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def choose_locale(wanted: Sequence[str]) -> str:
    """The first of `wanted` (BCP 47) that is built in, each tried in full and then shortened from the right."""
    by_lower = {locale.lower(): locale for locale in locales()}
    for tag in wanted:
        parts = tag.lower().split("-")
        for length in range(len(parts), 0, -1):
            found = by_lower.get("-".join(parts[:length]))
            if found:
                return found
    return _DEFAULT


def texts(
    locale: str, overrides: Mapping[str, Mapping[str, str]], *, vendor: str, partner: str, minimum: int
) -> dict[str, Any]:
    """The frame's words in `locale`, the vendor's own words first, with the names filled in."""
    words = json.loads(json.dumps(built_in(locale)))
    for key, text in overrides.get(locale, {}).items():
        holder, _, name = key.rpartition(".")
        (words[holder] if holder else words)[name] = text
    names = {"vendor": vendor, "partner": partner, "minimum": str(minimum)}
    return {key: _fill(value, names) for key, value in words.items()}


def check_texts(overrides: Mapping[str, Mapping[str, str]]) -> None:
    """Raises INVALID where the vendor's words are for a locale or a place that is not there."""
    for locale, own in overrides.items():
        if locale not in locales():
            raise Problem(Code.INVALID, f"There are no words in {locale!r}; there are: {', '.join(locales())}.")
        unknown = sorted(set(own) - set(_keys()))
        if unknown:
            raise Problem(Code.INVALID, f"There is no text {unknown[0]!r}; there are: {', '.join(_keys())}.")


@cache
def _keys() -> tuple[str, ...]:
    keys = []
    for key, value in built_in(_DEFAULT).items():
        keys += [f"{key}.{inner}" for inner in value] if isinstance(value, dict) else [key]
    return tuple(key for key in keys if key != "dir")


def _fill(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _fill(inner, names) for key, inner in value.items()}
    # Plain replacement: a brace in a partner's name or in the vendor's own words is just a brace.
    for name, text in names.items():
        value = value.replace("{" + name + "}", text)
    return value
