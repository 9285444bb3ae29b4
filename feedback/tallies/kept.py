"""A cube never changes, so what was asked of it once need not be added up again."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np

_MOST = 48
"""Results kept per cube: of a few windows. When there are more all are forgotten, which costs one report its speed."""

Given = ParamSpec("Given")
Asked = TypeVar("Asked")
Array = TypeVar("Array", bound=np.ndarray[Any, Any])


def kept(method: Callable[Concatenate[Asked, Given], Array]) -> Callable[Concatenate[Asked, Given], Array]:
    """A method that keeps its results in the object, by its arguments; nobody can change them."""

    @wraps(method)
    def asked(self: Asked, /, *args: Given.args, **kwargs: Given.kwargs) -> Array:
        answers: dict[Any, Array] = self.__dict__.setdefault("_answers", {})
        plain = (frozenset(one) if isinstance(one, set | list) else one for one in args)
        question = (method.__name__, *plain, *sorted(kwargs.items()))
        found = answers.get(question)
        if found is None:
            found = method(self, *args, **kwargs)
            found.flags.writeable = False
            if len(answers) >= _MOST:
                answers.clear()
            answers[question] = found
        return found

    return asked
