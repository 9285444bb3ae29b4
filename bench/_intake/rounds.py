"""Rounds of the same load, in turn against each side, and the medians of what came of them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from bench._intake import load
from bench._intake.asking import Key, Requests
from bench._intake.load import Outcome
from bench._intake.sides import Side

Make = Callable[[int], Requests]
"""So many requests, for the next round."""
WARM_UP_S = 0.7
AT_LEAST = 100
_FASTER = 3
"""A round is made for a rate so many times that of the one before, at most."""


@dataclass(slots=True)
class Result:
    """What one side did in all rounds."""

    rates: list[float] = field(default_factory=list)
    p50s_ms: list[float] = field(default_factory=list)
    p99s_ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    acked: set[Key] = field(default_factory=set)
    """Also of the warm-up."""
    refused: bytes = b""

    def take(self, outcome: Outcome, requests: Requests) -> None:
        """What is true of every round, measured or not."""
        self.statuses += outcome.statuses
        self.acked.update(requests.keys[place] for place in outcome.acked)
        self.refused = outcome.refused or self.refused

    def measure(self, outcome: Outcome) -> None:
        """One more measured round."""
        self.rates.append(outcome.per_second)
        self.p50s_ms.append(outcome.percentile_ms(0.5))
        self.p99s_ms.append(outcome.percentile_ms(0.99))

    @property
    def per_second(self) -> float:
        """Median of the rounds."""
        return median(self.rates)

    def rate_by(self, other: "Result") -> "Ratio":
        """Its rate by that of the other."""
        return Ratio.of(self.rates, other.rates)

    def p99_by(self, other: "Result") -> "Ratio":
        """Its 99th percentile by that of the other."""
        return Ratio.of(self.p99s_ms, other.p99s_ms)

    @property
    def p50_ms(self) -> float:
        """Median of the rounds."""
        return median(self.p50s_ms)

    @property
    def p99_ms(self) -> float:
        """Median of the rounds."""
        return median(self.p99s_ms)


class Ratio(NamedTuple):
    """Of two sides, round by round: what slows the machine down for a while slows down both of a round."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, ones: Sequence[float], others: Sequence[float]) -> "Ratio":
        """Of the same rounds."""
        ratios = [one / other for one, other in zip(ones, others, strict=True)]
        return cls(median(ratios), min(ratios), max(ratios))

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.lowest:.2f} to {self.highest:.2f})"


class Rounds:
    """The same load against each of some sides, one after the other, again and again.

    A round ends early when the requests do not last: nobody takes more than `most_per_s`, or three times as many as in
    the round before.
    """

    def __init__(
        self, sides: Sequence[tuple[str, Side, Make]], *, connections: int, seconds: float, most_per_s: float
    ) -> None:
        self._sides, self._connections, self._seconds, self._most_per_s = sides, connections, seconds, most_per_s
        self._per_s = dict.fromkeys((name for name, _side, _make in sides), most_per_s)
        self.results = {name: Result() for name in self._per_s}

    def warm_up(self) -> None:
        """A short one that is not measured."""
        self._run(WARM_UP_S)

    def measure(self) -> None:
        """One of full length."""
        for name, outcome in self._run(self._seconds):
            self.results[name].measure(outcome)

    def _run(self, seconds: float) -> Sequence[tuple[str, Outcome]]:
        outcomes = []
        for name, side, make in self._sides:
            requests = make(int(seconds * self._per_s[name]) + AT_LEAST)
            outcome = load.closed(side.port, requests.whole, connections=self._connections, seconds=seconds)
            self.results[name].take(outcome, requests)
            self._per_s[name] = min(self._most_per_s, _FASTER * outcome.per_second)
            outcomes.append((name, outcome))
        return outcomes
