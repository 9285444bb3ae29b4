"""How often somebody may ask: counted in this process, so that it costs no round trip.

Each process counts for itself: who reaches several of them may ask that much more often.
"""

from collections.abc import Hashable
from math import ceil
from time import monotonic

from feedback.core.errors import Code, Problem

_MOST = 100_000
_TIDIED_FROM = 1_024


class Limiter:
    """A leaky bucket for each `who`, of which one number is kept (the generic cell rate algorithm, ITU-T I.371)."""

    def __init__(self) -> None:
        self._full_until: dict[Hashable, float] = {}
        self._tidied_at = min(_MOST, _TIDIED_FROM)
        """How many there are when it is looked next whom one can forget: often enough, and seldom in proportion."""

    def admit(self, who: Hashable, per_s: float, burst: float) -> None:
        """One request more of `who`, who may make `burst` at once and `per_s` for good. Raises TOO_MANY_REQUESTS."""
        now = monotonic()
        until = max(self._full_until.get(who, 0.0), now)
        wait_s = until - now - (burst - 1) / per_s
        if wait_s > 0:
            many = f"More than {burst:g} at once, or {per_s:g} a second."
            raise Problem(Code.TOO_MANY_REQUESTS, many, retry_after_s=ceil(wait_s))
        if len(self._full_until) >= self._tidied_at:
            self._tidy(now)
        self._full_until[who] = until + 1 / per_s

    def _tidy(self, now: float) -> None:
        # Those whose bucket is empty are as good as unknown. Never all of them: that would let everybody begin anew.
        kept = {who: until for who, until in self._full_until.copy().items() if until > now}
        self._full_until = kept if len(kept) < _MOST else dict(list(kept.items())[_MOST // 2 :])
        self._tidied_at = min(_MOST, max(_TIDIED_FROM, 2 * len(self._full_until)))
