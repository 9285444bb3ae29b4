"""What depends on numbers alone is computed once for the same numbers, whoever asks for a report.

By the content of the arguments, not by when they were read: nothing is ever stale, and nothing has to be thrown away.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from functools import wraps
from hashlib import blake2b
from threading import Lock
from typing import Any, ParamSpec, TypeVar

import numpy as np

FEW = 40
"""Up to so many rows are computed about as quickly as they are looked up, and would only push the others out."""
_MOST = 24
"""Results kept per function: of a few windows, with all their months."""
_PLAIN = frozenset((int, float, str, bool, type(None)))

Given = ParamSpec("Given")
Found = TypeVar("Found")


def once(function: Callable[Given, Found]) -> Callable[Given, Found]:
    """A function of arrays and plain values that remembers its latest results. Nobody may change what it gives."""
    kept: OrderedDict[Hashable, Found] = OrderedDict()
    lock = Lock()

    @wraps(function)
    def remembering(*args: Given.args, **kwargs: Given.kwargs) -> Found:
        if not any(isinstance(one, np.ndarray) and len(one) > FEW for one in args):
            return function(*args, **kwargs)
        key = content((*args, *sorted(kwargs.items())))
        with lock:
            if key in kept:
                kept.move_to_end(key)
                return kept[key]
        found = function(*args, **kwargs)
        with lock:
            kept[key] = found
            while len(kept) > _MOST:
                kept.popitem(last=False)
        return found

    return remembering


def content(value: Any) -> Hashable:
    """The same for two values of the same content: of an array a digest with its shape, of all else the value."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, blake2b(np.ascontiguousarray(value).data, digest_size=16).digest()
    if isinstance(value, list | tuple):
        # Of a thousand plain values none needs to be looked into.
        return tuple(value) if _PLAIN.issuperset(map(type, value)) else tuple(map(content, value))
    if is_dataclass(value) and not isinstance(value, type) and type(value).__eq__ is object.__eq__:
        return type(value), *(content(getattr(value, field.name)) for field in fields(value))
    found: Hashable = value
    return found
