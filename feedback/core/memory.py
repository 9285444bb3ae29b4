"""What a process remembers of what comes again and again, so much of it and no more."""

from collections.abc import Hashable
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Known = TypeVar("Known")


def remember(known: dict[Key, Known], key: Key, what: Known, *, most: int) -> None:
    """Note it; where there are `most` already, the half that was noted first is forgotten.

    Never all of it: as many as come in turn would then be found out anew each time.
    """
    if len(known) >= most:
        for old in list(known)[: max(1, most // 2)]:
            known.pop(old, None)
    known[key] = what
