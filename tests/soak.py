"""`make soak` runs the same tests as `make test`, longer."""

import os

SOAK = bool(os.environ.get("FEEDBACK_SOAK"))


def many(usual: int, soak: int) -> int:
    """How many: `usual`, or `soak` under `make soak`."""
    return soak if SOAK else usual
