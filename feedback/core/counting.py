"""Counters, levels and spreads in plain numbers: what Prometheus calls counter, gauge and histogram.

The client library's own objects cost 2 to 4 us each time, which is a tenth of what a hot request costs altogether;
and its files for several processes are mapped into memory, so that a full disk would kill whoever counts.
"""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

Labels = tuple[str, ...]


class Sample(NamedTuple):
    """One number: its full name (with `_total`, `_bucket`, ...), its labels and its value."""

    name: str
    labels: dict[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Family:
    """A metric as it is exposed. `kind`: counter, gauge or histogram; `name` without `_total`."""

    name: str
    kind: str
    about: str
    samples: tuple[Sample, ...]

    def as_json(self) -> dict[str, Any]:
        """For the file that other processes read."""
        return {
            "name": self.name,
            "kind": self.kind,
            "about": self.about,
            "samples": [list(sample) for sample in self.samples],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Family":
        """What `as_json` gave."""
        samples = tuple(Sample(*sample) for sample in data["samples"])
        return cls(data["name"], data["kind"], data["about"], samples)


class Counter:
    """A number that only grows, for each combination of label values."""

    def __init__(self, name: str, about: str, labels: Labels = (), *, known: Iterable[Labels] = ()) -> None:
        """`known`: combinations that are told from the start, as 0, so that the first one that counts is a rise."""
        self._name, self._about, self._labels = name, about, labels
        self._lock = threading.Lock()
        self._values: dict[Labels, float] = dict.fromkeys(known if labels else [()], 0)

    def add(self, *labels: str, by: float = 1) -> None:
        """Count `by` more."""
        with self._lock:
            self._values[labels] = self._values.get(labels, 0) + by

    def family(self) -> Family:
        """As it stands."""
        with self._lock:
            values = list(self._values.items())
        name = f"{self._name}_total"
        samples = tuple(Sample(name, dict(zip(self._labels, labels, strict=True)), value) for labels, value in values)
        return Family(self._name, "counter", self._about, samples)


class Level:
    """A number that rises and falls: the sum over processes, or for a name in `_timestamp_seconds` the latest."""

    def __init__(self, name: str, about: str, labels: Labels = ()) -> None:
        self._name, self._about, self._labels = name, about, labels
        self._values: dict[Labels, float] = {}

    def set(self, value: float, *labels: str) -> None:
        """It is `value` now."""
        self._values[labels] = value

    def family(self) -> Family:
        """As it stands; without a sample before it was set."""
        values = list(self._values.items())
        samples = (Sample(self._name, dict(zip(self._labels, labels, strict=True)), value) for labels, value in values)
        return Family(self._name, "gauge", self._about, tuple(samples))


class Spread:
    """How many observations were at most as large as each bound, for each combination of label values."""

    def __init__(self, name: str, about: str, bounds: Sequence[float], labels: Labels = ()) -> None:
        self._name, self._about, self._labels = name, about, labels
        self._bounds = tuple(bounds)
        self._lock = threading.Lock()
        self._seen: dict[Labels, tuple[list[int], list[float]]] = {}
        if not labels:
            self._of(())

    def observe(self, value: float, *labels: str) -> None:
        """Count one observation."""
        with self._lock:
            counts, total = self._of(labels)
            counts[bisect_left(self._bounds, value)] += 1
            total[0] += value

    def observe_all(self, values: Sequence[float], *labels: str) -> None:
        """Count many observations: of a thousand each costs a tenth of one alone."""
        ordered = sorted(values)
        ends = [*(bisect_right(ordered, bound) for bound in self._bounds), len(ordered)]
        with self._lock:
            counts, total = self._of(labels)
            for at, (begin, end) in enumerate(pairwise([0, *ends])):
                counts[at] += end - begin
            total[0] += sum(ordered)

    def family(self) -> Family:
        """As it stands, cumulated as Prometheus wants it."""
        with self._lock:
            seen = [(labels, counts[:], total[0]) for labels, (counts, total) in self._seen.items()]
        samples: list[Sample] = []
        for labels, counts, total in seen:
            named = dict(zip(self._labels, labels, strict=True))
            below = 0
            for bound, count in zip([*map(str, self._bounds), "+Inf"], counts, strict=True):
                below += count
                samples.append(Sample(f"{self._name}_bucket", {**named, "le": bound}, below))
            samples.append(Sample(f"{self._name}_count", named, below))
            samples.append(Sample(f"{self._name}_sum", named, total))
        return Family(self._name, "histogram", self._about, tuple(samples))

    def _of(self, labels: Labels) -> tuple[list[int], list[float]]:
        found = self._seen.get(labels)
        if found is None:
            found = self._seen[labels] = ([0] * (len(self._bounds) + 1), [0.0])
        return found


def merged(families: Iterable[Family]) -> list[Family]:
    """Families of several processes as one: numbers add, of moments the latest holds."""
    whole: dict[str, tuple[Family, dict[tuple[Any, ...], Sample]]] = {}
    for family in families:
        _, samples = whole.setdefault(family.name, (family, {}))
        latest = family.name.endswith("_timestamp_seconds")
        for sample in family.samples:
            key = (sample.name, *sorted(sample.labels.items()))
            before = samples.get(key)
            if before is not None:
                both = before.value, sample.value
                samples[key] = sample._replace(value=max(both) if latest else sum(both))
            else:
                samples[key] = sample
    return [
        Family(family.name, family.kind, family.about, tuple(samples.values())) for family, samples in whole.values()
    ]
