"""The words of the demo page, in the languages that it can be read in."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from feedback.demo.cast import BY_SLUG

_FOLDER = Path(__file__).parent / "portal"
_DEFAULT = "en"


def names() -> Mapping[str, str]:
    """The languages that the page can be read in, each with its own name."""
    return {locale: own["name"] for locale, own in _all().items()}


def words(locale: str) -> Mapping[str, str]:
    """The page's words in one of `names`, with its `dir`."""
    return _all()[locale]


def choose(wanted: str | None, partner: str) -> str:
    """The language that is wanted, else that of the partner's people, else English."""
    own = BY_SLUG[partner].locales[0] if partner in BY_SLUG else _DEFAULT
    for tag in (wanted or "", own):
        language = tag.lower().partition("-")[0]
        if language in _all():
            return language
    return _DEFAULT


@cache
def _all() -> Mapping[str, Mapping[str, str]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(_FOLDER.glob("*.json"))}
