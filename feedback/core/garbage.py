"""Python looks for garbage whenever many values were made; where they all live on it finds none, again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for cycles while the block runs: a third of the time of making forty thousand values.

    What nobody refers to goes at once all the same. Of blocks in several threads the first to end lets searches begin.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
