"""Partners ranked fairly: shrunken scores, and who is probably among the worst tenth."""

from collections.abc import Sequence

from feedback.gap.measures import Counts, tallies
from feedback.gap.once import once
from feedback.stats import rollup


@once
def shrunken(metric: str, histograms: Counts) -> Sequence[float | None]:
    """End users' scores of partners (partners, 11), drawn towards what partners are like, in points."""
    return rollup.shrink(tallies(metric, histograms))


@once
def worst_tenth(metric: str, histograms: Counts) -> Sequence[float | None]:
    """Each partner's probability of truly being among the worst tenth, 0..1."""
    return rollup.worst_tenth(tallies(metric, histograms))
