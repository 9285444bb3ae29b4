"""The words of the card: built-in locales, the vendor's own words over them, names filled in."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from feedback.core.errors import Code, Problem

_FOLDER = Path(__file__).parent / "locales"
_DEFAULT = "en"
# Tags whose words are found under another one than what is left of them when they are shortened (BCP 47, CLDR).
_ALIASES = {
    "zh": "zh-Hans",
    "zh-cn": "zh-Hans",
    "zh-sg": "zh-Hans",
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "no": "nb",
    "nn": "nb",
    "iw": "he",
}
BANDS = ("detractor", "passive", "promoter")
_BANDED = ("follow_up", "thanks_more")
WORDINGS = {
    "nps": "nps",
    "csat": "csat",
    "ces": "ces",
    "first_week": "ces",
    "buyer_nps": "nps",
    "recognition": "recognition",
    "not_started": "obstacle",
    "stopped": "obstacle",
}
"""The built-in wordings, each with the metric that it asks."""
_OF_BUYERS = ("where", "details_text", "never_done")
"""What happens to an answer is another thing for a buyer, whatever they are asked."""


@dataclass(frozen=True, slots=True)
class Names:
    """What stands for the placeholders in the words. `minimum` and `contact_days` are whole numbers."""

    vendor: str
    partner: str
    minimum: int
    contact_days: int


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
    return next((found for tag in wanted if (found := _built_in(tag)) is not None), _DEFAULT)


@lru_cache(1024)
def _built_in(tag: str) -> str | None:
    known = _known_locales()
    parts = tag.lower().split("-")
    every = (known.get("-".join(parts[:length])) for length in range(len(parts), 0, -1))
    return next((found for found in every if found is not None), None)


@cache
def _known_locales() -> Mapping[str, str]:
    return _ALIASES | {locale.lower(): locale for locale in locales()}


def wording_for(audience: str, metric: str, chosen: str | None) -> str:
    """Which built-in wording a survey has. Raises INVALID for a `chosen` one that asks another metric."""
    if chosen is None:
        return "buyer_nps" if (audience, metric) == ("buyer", "nps") else _first_of(metric)
    if WORDINGS.get(chosen) != metric:
        fitting = [name for name, asks in WORDINGS.items() if asks == metric]
        raise Problem(Code.INVALID, f"{chosen!r} is no wording for {metric}; there are: {', '.join(fitting)}.")
    return chosen


def texts(
    locale: str,
    wording: str,
    audience: str,
    names: Names,
    overrides: Mapping[str, Mapping[str, str]],
    choices: Sequence[str] = (),
) -> dict[str, str]:
    """The words in `locale` by flat key (`follow_up.detractor`), the vendor's own first, with the names filled in.

    A choice that has no words in `locale` has the vendor's English ones, else those of any language that has some.
    """
    words = dict(_base(locale, wording, audience)) | _spread(overrides.get(locale, {}))
    for choice in choices:
        key = f"choices.{choice}"
        others = (own[key] for own in (overrides.get(_DEFAULT, {}), *overrides.values()) if key in own)
        words[key] = words.get(key) or next(others, choice)
    return {key: fill(text, names) for key, text in words.items()}


def fill(text: str, names: Names) -> str:
    """`text` with its placeholders filled; any other brace, also one in a name, is just a brace."""
    values = asdict(names)
    return _PLACE.sub(lambda found: str(values[found[1]]), text)


_PLACE = re.compile("{(" + "|".join(Names.__dataclass_fields__) + ")}")


def direction(locale: str) -> str:
    """`ltr` or `rtl`."""
    return str(built_in(locale)["dir"])


def defaults(locale: str, wording: str, audience: str) -> Mapping[str, str]:
    """The built-in words of one locale by flat key, with their placeholders; every band has its own."""
    return _base(locale, wording, audience)


def check_texts(overrides: Mapping[str, Mapping[str, str]], wording: str, choices: Sequence[str] = ()) -> None:
    """Raises INVALID where the vendor's words are for a locale or a place that is not there, or a choice has none."""
    built = _base(_DEFAULT, wording, "end_user")
    places = sorted({*built, *_BANDED, *(f"choices.{choice}" for choice in choices)})
    for locale, own in overrides.items():
        if locale not in locales():
            raise Problem(Code.INVALID, f"There are no words in {locale!r}; there are: {', '.join(locales())}.")
        unknown = sorted(set(own) - set(places))
        if unknown:
            raise Problem(Code.INVALID, f"There is no text {unknown[0]!r}; there are: {', '.join(places)}.")
    for key in (f"choices.{choice}" for choice in choices):
        if key not in built and not any(key in own for own in overrides.values()):
            what = f"The choice has no words: add a text {key!r}."
            raise Problem(Code.INVALID, what, errors={"choices": [what]})


@cache
def _base(locale: str, wording: str, audience: str) -> Mapping[str, str]:
    words = built_in(locale)
    wordings = words["wordings"]
    buyers = wordings["buyer_nps"] if audience == "buyer" else {}
    own = {key: text for key, text in buyers.items() if key in _OF_BUYERS}
    return _spread(_flat(words["common"])) | _spread(_flat(wordings[wording])) | own


def _first_of(metric: str) -> str:
    return next(name for name, asks in WORDINGS.items() if asks == metric)


def _flat(words: Mapping[str, Any]) -> dict[str, str]:
    flat = {key: text for key, text in words.items() if isinstance(text, str)}
    for key, group in words.items():
        if isinstance(group, dict):
            flat |= {f"{key}.{inner}": text for inner, text in group.items()}
    return flat


def _spread(words: Mapping[str, str]) -> dict[str, str]:
    """One text for a group is the text of every band that has none of its own."""
    every = {f"{key}.{band}": words[key] for key in _BANDED if key in words for band in BANDS}
    return every | {key: text for key, text in words.items() if key not in _BANDED}
