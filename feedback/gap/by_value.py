"""From segments, which are vectors of attributes, to attributes and their values."""

from collections.abc import Iterator, Mapping

from feedback.gap.measures import Counts


def by_value(
    by_segment: Mapping[int, Counts], vectors: Mapping[int, Mapping[str, str]]
) -> dict[str, dict[str, Counts]]:
    """Counts by attribute and value: who carries several attributes stands once under each."""
    found: dict[str, dict[str, Counts]] = {}
    for segment, counts in by_segment.items():
        for attribute, value in vectors.get(segment, {}).items():
            own = found.setdefault(attribute, {})
            own[value] = own[value] + counts if value in own else counts
    return found


def values_in_order(found: Mapping[str, Mapping[str, Counts]]) -> Iterator[tuple[str, str]]:
    """Attributes and values by name, `other` last."""
    for attribute in sorted(found):
        for value in sorted(found[attribute], key=lambda one: (one == "other", one)):
            yield attribute, value
