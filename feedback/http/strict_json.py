"""Read JSON and let nothing through that a parser, a validator or a database would understand differently."""

import json
import math
from typing import Any

from feedback.core.errors import Code, Problem

_DEEPEST = 20
"""Levels of nesting; the deepest body that is read here has five."""


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises BAD_REQUEST with what is wrong; see `parse`."""
    value = parse(body)
    if not isinstance(value, dict):
        raise _refused("It must be a JSON object: {...}.")
    return value


def parse(body: bytes) -> Any:
    """The JSON in `body`. Raises BAD_REQUEST with what is wrong.

    Refused beside broken JSON: NaN, Infinity and numbers that overflow to it, a name twice in an object, lone
    surrogates, NUL, nesting deeper than 20.
    """
    if body == b"{}":
        return {}
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _refused(f"It is not UTF-8: byte {error.start} cannot be read.") from error
    except json.JSONDecodeError as error:
        raise _refused(f"It is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from error
    except RecursionError as error:
        raise _refused("It is nested too deeply.") from error
    except ValueError as error:
        # int() refuses more than 4300 digits.
        raise _refused("It holds a number that is too long.") from error
    # NUL and lone surrogates can only come escaped; and what has few brackets is not deep.
    if b"\\u" in body or body.count(b"{") + body.count(b"[") > _DEEPEST:
        _check(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _refused(f"The name {_shown(twice)} stands twice in one object.")
    return result


def _constant(name: str) -> Any:
    raise _refused(f"{name} is not a number in JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _refused(f"The number {text[:20]} is too big.")
    return number


def _check(value: Any) -> None:
    level: list[Any] = [value]
    for _ in range(_DEEPEST):
        texts = [text for item in level for text in _texts(item)]
        for text in texts:
            if "\0" in text:
                raise _refused("A text holds the character NUL (\\u0000).")
            if not _is_encodable(text):
                raise _refused("A text holds half of a surrogate pair (\\ud800 to \\udfff alone).")
        level = [inner for item in level if isinstance(item, dict | list) for inner in _inside(item)]
        if not level:
            return
    raise _refused(f"It is nested deeper than {_DEEPEST} levels.")


def _texts(item: Any) -> list[str]:
    if isinstance(item, str):
        return [item]
    return list(item) if isinstance(item, dict) else []


def _inside(item: dict[str, Any] | list[Any]) -> list[Any]:
    return list(item.values()) if isinstance(item, dict) else item


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(name: str) -> str:
    return repr(name[:40].encode("utf-8", "replace").decode())


def _refused(why: str) -> Problem:
    return Problem(Code.BAD_REQUEST, f"The body was not taken. {why}")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite)
