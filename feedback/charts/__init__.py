"""Charts of the gap report, each a Vega-Lite specification: drawn by browsers on pages, by `charts.files` elsewhere.

Nothing is computed here but place. What draws takes Altair, half a second and 60 MB: only whoever wants a chart waits
for it. Without `link` nothing leads anywhere.
"""

from collections.abc import Sequence

from feedback.charts.chart import Chart, Link
from feedback.charts.happening import KINDS, Happening
from feedback.gap.formats import Charts
from feedback.gap.tails import Tails
from feedback.gap.values import GapReport, MonthRow

__all__ = ["KINDS", "MOST_LINES", "Chart", "Happening", "Link", "gaps", "map", "months", "on_report", "timeline", "use"]

MOST_LINES = 40
"""Of the gap chart, where it is one picture among others."""
_NO_TAILS: Tails = {}


def map(  # noqa: A001 it is called so everywhere
    report: GapReport, *, link: Link | None = None, tails: Tails = _NO_TAILS
) -> Chart | None:
    """Buyers' side against end users' side, one dot a partner; None when fewer than two can be placed.

    `tails`: by slug, where partners stood before (`gap.tails`).
    """
    from feedback.charts import the_map

    return the_map.draw(report, link, tails)


def gaps(report: GapReport, *, link: Link | None = None, first: int = 0, most: int | None = None) -> Chart | None:
    """One line a partner, both scores with whiskers, most at stake first: `most` (40) of them from place `first` on.

    None where no partner, or none from there on, has both sides.
    """
    from feedback.charts import gap_lines

    return gap_lines.draw(report, link, first, MOST_LINES if most is None else most)


def months(rows: Sequence[MonthRow], metric: str = "nps") -> Chart | None:
    """Both scores over time with their bands; None with fewer than two months, or when none has a score."""
    from feedback.charts import by_month

    return by_month.scores(rows, metric)


def use(rows: Sequence[MonthRow]) -> Chart | None:
    """Engagement and activation over time; None with fewer than two months, or when none has a number."""
    from feedback.charts import by_month

    return by_month.use(rows)


def timeline(rows: Sequence[MonthRow], happenings: Sequence[Happening] = (), metric: str = "nps") -> Chart | None:
    """One partner over time: scores with whiskers, use, and what happened; None as for `months` and `use` together."""
    from feedback.charts import one_timeline

    return one_timeline.draw(rows, metric, happenings)


def on_report(report: GapReport, *, link: Link, tails: Tails = _NO_TAILS) -> Charts:
    """What `gap.formats.as_html` shows beside the numbers. `link` gives absolute addresses."""
    from feedback.charts import report_figures

    return report_figures.figures(report, link, tails)
