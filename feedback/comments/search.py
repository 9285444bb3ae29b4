"""Finding words in what people wrote: the same on every database, in any script, with or without accents."""

import re
import unicodedata

_MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670]")
"""Accents, points of Hebrew and vowel signs of Arabic: what many leave out when they type."""
_MOST_WORDS = 8


def folded(text: str) -> str:
    """`text` as it is compared: `Übersicht` and `ubersicht` are the same, `STRASSE` and `Straße` too."""
    # Databases fold only ASCII (SQLite) or what the collation knows (PostgreSQL); most comments are ASCII, and quick.
    return text.lower() if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))


def words_of(search: str) -> tuple[str, ...]:
    """The words that must all occur, folded; at most eight. None: nothing is searched for."""
    return tuple(dict.fromkeys(folded(search).split()))[:_MOST_WORDS]


def has_all(text: str, words: tuple[str, ...]) -> bool:
    """True when every one of `words` (folded) occurs in `text`, also inside of longer words."""
    plain = folded(text)
    return all(word in plain for word in words)
