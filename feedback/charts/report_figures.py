"""The charts that stand within the report's own page, drawn beforehand: that page has no script."""

from markupsafe import Markup

from feedback import charts
from feedback.charts import files
from feedback.charts.chart import Chart, Link
from feedback.gap.formats import Charts
from feedback.gap.tails import Tails
from feedback.gap.values import GapReport

_FIGURE = Markup(
    '<figure class="chart {name}"><figcaption><b>{title}</b><span class="soft">, {about}</span></figcaption>'
    '{drawn}<p class="soft">{note}</p></figure>'
)


def figures(report: GapReport, link: Link, tails: Tails) -> Charts:
    """Map and gap chart of a portfolio, months and use of everybody. `link` gives absolute addresses."""
    whole = report.partner is None
    made = {
        "map": charts.map(report, link=link, tails=tails) if whole else None,
        "gaps": charts.gaps(report, link=link) if whole else None,
        "months": charts.months(report.months, report.metric),
        "use": charts.use(report.months),
    }
    there = {name: chart for name, chart in made.items() if chart is not None}
    layouts = [
        (name, narrow) for name, chart in there.items() for narrow in (False, True) if not narrow or chart.narrow
    ]
    drawn = dict(zip(layouts, files.inline([(there[name], narrow) for name, narrow in layouts]), strict=True))
    return Charts(
        **{name: _figure(chart, drawn[name, False], drawn.get((name, True))) for name, chart in there.items()}
    )


def _figure(chart: Chart, wide: str, narrow: str | None) -> Markup:
    drawn = Markup(wide)  # nosec B704 # noqa: S704 - whoever draws escapes the names
    if narrow is not None:
        drawn = Markup('<div class="wide-only">{}</div><div class="narrow-only">{}</div>').format(
            drawn,
            Markup(narrow),  # nosec B704 # noqa: S704 - as above
        )
    return _FIGURE.format(name=chart.name, title=chart.title, about=chart.about, drawn=drawn, note=chart.note)
