"""A release in words: how a rounded or capped number is said."""

from collections.abc import Iterator

from feedback.core.months import first_day
from feedback.privacy.scores import ShownScore
from feedback.privacy.shown import Shown


def months(first: int, last: int) -> str:
    """`September 2026`, `July to September 2026`, `December 2025 to February 2026`."""
    start, end = first_day(first), first_day(last)
    if first == last:
        return f"{end:%B %Y}"
    return f"{start:%B} to {end:%B %Y}" if start.year == end.year else f"{start:%B %Y} to {end:%B %Y}"


def score(shown: ShownScore) -> str:
    """`+20`, `−40 or less`, `+60 or more`."""
    sign = "+" if shown.points > 0 else "−" if shown.points < 0 else ""
    return f"{sign}{abs(shown.points)}{f' or {shown.end}' if shown.end else ''}"


def share(percent: int) -> str:
    """`about 40 %`; at the ends `under 5 %` and `over 95 %`."""
    if percent == 0:
        return "under 5 %"
    return "over 95 %" if percent == 100 else f"about {percent} %"


def people(count: int) -> str:
    """`about 40`."""
    return f"about {count:,}"


def lines(shown: Shown) -> Iterator[tuple[str, str]]:
    """All that a release shows, by name."""
    yield "people with a seat", people(shown.seats)
    yield "people who answered", people(shown.people)
    if shown.reached_percent is not None:
        yield "were asked", share(shown.reached_percent)
    if shown.answered_percent is not None:
        yield "answered", share(shown.answered_percent)
    if shown.activated is not None:
        yield "use it", f"{share(shown.activated.percent)}, {months(shown.activated.month, shown.activated.month)}"
    if shown.score is not None:
        yield "score", score(shown.score)
    if shown.bands is not None:
        bands = shown.bands
        yield "0 to 6, 7 to 8, 9 to 10", ", ".join(map(share, (bands.detractors, bands.passives, bands.promoters)))
    if shown.groups is not None:
        for row in shown.groups.rows:
            yield f"{shown.groups.attribute} {row.value}", f"{score(row.score)}, {people(row.people)} people"
        if not shown.groups.complete:
            yield f"other {shown.groups.attribute}", "too few to be shown"
