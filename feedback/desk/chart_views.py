"""Charts as files to put elsewhere, and the gap chart of all partners."""

import flask
from werkzeug import Response
from werkzeug.exceptions import NotFound

from feedback import charts
from feedback.charts import Chart
from feedback.decisions.product_releases import product_releases
from feedback.desk import address, door, drawing, partner_page
from feedback.gap import queries, sentences, words
from feedback.gap.stakes import most_first
from feedback.gap.tails import Tails, tails
from feedback.gap.values import GapReport
from feedback.http.context import services
from feedback.partners.queries import contracts, partner_by_slug, promotions

LINES_PER_PAGE = 100
_KINDS = {"svg": "image/svg+xml", "png": "image/png"}

blueprint = door.behind_login("desk_charts")
blueprint.before_request(door.numbers_only)


@blueprint.get("/desk/charts/gaps")
def gaps() -> flask.typing.ResponseReturnValue:
    """The gap chart of every partner that has both sides, page by page, and its numbers as a table."""
    asked = address.read(flask.request.args)
    report, _ = _report(asked)
    rows = [row for row in most_first(report.partners) if row.gap is not None]
    pages = max(1, -(-len(rows) // LINES_PER_PAGE))
    number = min(asked.page, pages)
    first = (number - 1) * LINES_PER_PAGE
    return drawing.page(
        "desk/gaps.html",
        report=report,
        chart=charts.gaps(report, link=drawing.partner_link, first=first, most=LINES_PER_PAGE),
        rows=rows[first : first + LINES_PER_PAGE],
        found=len(rows),
        first=first + 1,
        number=number,
        pages=pages,
        address=asked,
        period=words.period_words(report.period.first_day, report.period.last_day),
        question=f"{drawing.months_of(report)}&page={number}",
        partner_link=drawing.partner_link,
        say=sentences,
        words=words,
    )


@blueprint.get("/desk/charts/<name>.<kind>")
def file(name: str, kind: str) -> Response:
    """A chart of the months that the address names: map, gaps, months or use, as svg or png."""
    asked = address.read(flask.request.args)
    if name not in _MADE or kind not in _KINDS:
        raise NotFound
    report, past = _report(asked)
    return _file(_MADE[name](report, past, asked.page), kind)


@blueprint.get("/desk/partners/<slug>/timeline.<kind>")
def timeline_file(slug: str, kind: str) -> Response:
    """The timeline of one partner. Raises PARTNER_UNKNOWN."""
    if kind not in _KINDS:
        raise NotFound
    here, asked = services(), address.read(flask.request.args)
    now, settings = here.clock(), here.settings
    with here.database.reading() as session:
        report = queries.report(session, settings, now=now, partner=slug, start=asked.start, end=asked.end)
        start = partner_page.timeline_start(report)
        year = queries.report(session, settings, now=now, partner=slug, start=start, end=asked.end)
        partner_id = partner_by_slug(session, slug).id
        told, signed = promotions(session, partner_id), contracts(session, partner_id)
        page = partner_page.arrange(report, year, told, signed, product_releases(session))
    return _file(page.chart, kind)


def _map(report: GapReport, past: Tails, _page: int) -> Chart | None:
    return charts.map(report, link=drawing.absolute_link, tails=past)


def _gaps(report: GapReport, _past: Tails, page: int) -> Chart | None:
    if "page" not in flask.request.args:
        return charts.gaps(report, link=drawing.absolute_link)
    return charts.gaps(report, link=drawing.absolute_link, first=(page - 1) * LINES_PER_PAGE, most=LINES_PER_PAGE)


def _months(report: GapReport, _past: Tails, _page: int) -> Chart | None:
    return charts.months(report.months, report.metric)


def _use(report: GapReport, _past: Tails, _page: int) -> Chart | None:
    return charts.use(report.months)


_MADE = {"map": _map, "gaps": _gaps, "months": _months, "use": _use}


def _report(asked: address.Address) -> tuple[GapReport, Tails]:
    here = services()
    with here.database.reading() as session:
        report = queries.report(session, here.settings, now=here.clock(), start=asked.start, end=asked.end)
        return report, tails(session, report)


def _file(chart: Chart | None, kind: str) -> Response:
    """The chart in this form; 404 where there is nothing to draw."""
    from feedback.charts import files

    if chart is None:
        raise NotFound
    content = files.png(chart) if kind == "png" else files.svg(chart).encode()
    return flask.Response(content, mimetype=_KINDS[kind])
