"""Which pages a survey is asked on: a rule as the vendor writes it, checked, and in the form that pages walk."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from feedback.core.errors import Code, Problem
from feedback.surveys import automata
from feedback.surveys.patterns import Unreadable

_KINDS = ("exact", "prefix", "contains", "glob", "regex")
_DEEPEST = 8
_MOST_LEAVES = 40
_LONGEST = 500
_LARGEST = 64_000
_FOREIGN_HOST = re.compile(r"[a-z][a-z+.-]*:/*[^/?#]*[^\x00-\x7f]", re.IGNORECASE)


def check(rule: Mapping[str, Any]) -> None:
    """Raises INVALID, naming the place of the fault and what to write instead, for a rule that cannot be used."""
    compiled(rule)


def compiled(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The rule for the page: as it was written, each pattern a table, and the whole in words under `text`.

    The result is kept and shared: it is to be read only. Raises INVALID as `check` does.
    """
    try:
        written = json.dumps(rule, sort_keys=True)
    except (TypeError, ValueError, RecursionError) as error:
        raise _misfit("pages", "A rule is written in JSON.") from error
    return _compiled(written)


@lru_cache(maxsize=128)
def _compiled(written: str) -> dict[str, Any]:
    compiler = _Compiler()
    made, words = compiler.rule(json.loads(written), "pages", 1)
    made["text"] = words
    if len(json.dumps(made, separators=(",", ":"))) > _LARGEST:
        raise _misfit("pages", "The patterns together are too large for every page to load; write fewer or shorter.")
    return made


def _misfit(place: str, what: str) -> Problem:
    return Problem(Code.INVALID, f"The page rule does not fit at {place}: {what}", errors={place: [what]})


class _Compiler:
    """Goes through one rule and counts its leaves."""

    def __init__(self) -> None:
        self.leaves = 0

    def rule(self, rule: Any, place: str, depth: int) -> tuple[dict[str, Any], str]:
        """A rule for the page, and in words."""
        if not isinstance(rule, dict) or len(rule) != 1:
            raise _misfit(place, 'One of {"all": [...]}, {"any": [...]}, {"not": ...}, {"path": ...}, {"url": ...}.')
        [(key, value)] = rule.items()
        place = f"{place}.{key}"
        if depth > _DEEPEST:
            raise _misfit(place, f"Rules are nested at most {_DEEPEST} deep.")
        if key in ("all", "any"):
            return self._several(key, value, place, depth)
        if key == "not":
            made, words = self.rule(value, place, depth + 1)
            return {"not": made}, f"not {words}"
        if key in ("path", "url"):
            return self._leaf(key, value, place)
        raise _misfit(place, "There is no such rule; there are all, any, not, path and url.")

    def _several(self, key: str, value: Any, place: str, depth: int) -> tuple[dict[str, Any], str]:
        if not isinstance(value, list) or not value:
            raise _misfit(place, "A list of at least one rule.")
        rules = [self.rule(one, f"{place}.{index}", depth + 1) for index, one in enumerate(value)]
        joined = {"all": " and ", "any": " or "}[key].join(words for _, words in rules)
        return {key: [made for made, _ in rules]}, joined if len(rules) == 1 else f"({joined})"

    def _leaf(self, key: str, value: Any, place: str) -> tuple[dict[str, Any], str]:
        self.leaves += 1
        if self.leaves > _MOST_LEAVES:
            raise _misfit(place, f"A rule has at most {_MOST_LEAVES} patterns.")
        if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in _KINDS:
            raise _misfit(place, f"One of {', '.join(_KINDS)}, with its text.")
        [(kind, text)] = value.items()
        place = f"{place}.{kind}"
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST:
            raise _misfit(place, f"A text of 1 to {_LONGEST} characters.")
        if key == "url" and _FOREIGN_HOST.match(text.lstrip("^")):
            raise _misfit(place, "Browsers give a host in ASCII; write it so, for instance xn--mnchen-3ya.example.")
        try:
            made = automata.table(kind, text)
        except Unreadable as error:
            raise _misfit(place, str(error)) from error
        return {key: {"accept": list(made.accept), "moves": list(made.moves)}}, f"{key} {kind} {text}"
