"""What follows from the very same values alone is found out once."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar, cast

MANY = 100
"""Of fewer it is found out as quickly as it is looked up, and would push the others out."""
_MOST = 12
_PLAIN = (int, float, str, date, tuple, type(None))

Given = ParamSpec("Given")
Found = TypeVar("Found")


def once_for_same(function: Callable[Given, Found]) -> Callable[Given, Found]:
    """A function that remembers its latest results for the same objects, or for equal numbers, texts, days and tuples.

    One of them is a list or tuple of many. For what `rows.plain_rows` gives, which is one object while the database
    says the same. Nobody may change what such a function is given or gives.
    """
    kept: list[tuple[list[Any], Found]] = []
    lock = Lock()

    @wraps(function)
    def remembering(*args: Given.args, **kwargs: Given.kwargs) -> Found:
        given = [*args, *kwargs.values()]
        if not any(isinstance(one, list | tuple) and len(one) >= MANY for one in given):
            return function(*args, **kwargs)
        for one, known in reversed(kept.copy()):
            if len(one) == len(given) and all(map(_same, one, given)):
                return cast("Found", known)
        found = function(*args, **kwargs)
        with lock:
            kept.append((given, found))
            del kept[:-_MOST]
        return found

    return remembering


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    return isinstance(one, _PLAIN) and type(one) is type(other) and bool(one == other)
