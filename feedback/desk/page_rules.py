"""A rule about pages as lines of a form, where it is as simple as most are: on some of these, on none of those."""

from collections.abc import Mapping, Sequence
from typing import Any

_WHERE = ("path", "url")
_KINDS = ("exact", "prefix", "contains", "glob", "regex")


def rule(on: str, never: str) -> dict[str, Any] | None:
    """The rule of two lists of lines: pages that fit one of `on` and none of `never`; None: every page.

    A line is `/app/**` (a path with wildcards) or `path prefix /app`, `url contains embed=1`.
    """
    wanted, unwanted = ([_leaf(line) for line in text.splitlines() if line.strip()] for text in (on, never))
    parts: list[dict[str, Any]] = [{"any": wanted}] if wanted else []
    parts += [{"not": {"any": unwanted}}] if unwanted else []
    return parts[0] if len(parts) == 1 else {"all": parts} if parts else None


def lines(rule: Mapping[str, Any] | None) -> tuple[str, str] | None:
    """The two lists of lines that `rule` is, or None when it is another kind of rule."""
    if rule is None:
        return "", ""
    parts = rule["all"] if set(rule) == {"all"} else [rule]
    if not isinstance(parts, list) or len(parts) > 2:
        return None
    on, never = "", ""
    for part in parts:
        refused = isinstance(part, Mapping) and set(part) == {"not"}
        text = _lines(part["not"] if refused else part)
        if text is None or (never if refused else on):
            return None
        on, never = (on, text) if refused else (text, never)
    return on, never


def _leaf(line: str) -> dict[str, Any]:
    words = line.strip().split(None, 2)
    if len(words) == 3 and words[0] in _WHERE and words[1] in _KINDS:
        return {words[0]: {words[1]: words[2]}}
    return {"path": {"glob": line.strip()}}


def _lines(part: Any) -> str | None:
    if not isinstance(part, Mapping):
        return None
    leaves: Sequence[Any] = part["any"] if set(part) == {"any"} else [part]
    if not isinstance(leaves, list):
        return None
    found = [_line(leaf) for leaf in leaves]
    return "\n".join(one for one in found if one) if found and all(found) else None


def _line(leaf: Any) -> str:
    """Empty when it is no pattern."""
    if not isinstance(leaf, Mapping) or len(leaf) != 1:
        return ""
    [(where, pattern)] = leaf.items()
    if where not in _WHERE or not isinstance(pattern, Mapping) or len(pattern) != 1:
        return ""
    [(kind, text)] = pattern.items()
    if not isinstance(text, str) or "\n" in text or text != text.strip():
        return ""
    return text if (where, kind) == ("path", "glob") and text.startswith("/") else f"{where} {kind} {text}"
