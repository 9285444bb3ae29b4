"""Rounds of the same load, in turn against each side, and the medians of what came of them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

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

    @property
    def p50_ms(self) -> float:
        """Median of the rounds."""
        return median(self.p50s_ms)

    @property
    def p99_ms(self) -> float:
        """Median of the rounds."""
        return median(self.p99s_ms)


def alternate(
    sides: Sequence[tuple[str, Side, Make]], *, rounds: int, connections: int, seconds: float, most_per_s: float
) -> Mapping[str, Result]:
    """Each side in each round, one after the other. The first of `rounds` + 1 warms up and is not measured.

    A round ends early when the requests do not last: nobody takes more than `most_per_s`, or three times as many as in
    the round before.
    """
    results = {name: Result() for name, _side, _make in sides}
    per_s = dict.fromkeys(results, most_per_s)
    for number in range(rounds + 1):
        length_s = seconds if number else WARM_UP_S
        for name, side, make in sides:
            requests = make(int(length_s * per_s[name]) + AT_LEAST)
            outcome = load.closed(side.port, requests.whole, connections=connections, seconds=length_s)
            results[name].take(outcome, requests)
            per_s[name] = min(most_per_s, _FASTER * outcome.per_second)
            if number:
                results[name].measure(outcome)
    return results
