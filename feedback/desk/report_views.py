"""The report as pages of their own, to print or to save: one sheet, or all of it. Charts are drawn by the browser."""

from base64 import b64encode
from hashlib import sha256

import flask
from markupsafe import Markup

from feedback import charts
from feedback.charts import Chart
from feedback.desk import address, door, drawing
from feedback.gap import formats, queries
from feedback.gap.tails import tails
from feedback.gap.values import GapReport
from feedback.http.context import services

blueprint = door.behind_login("report")
blueprint.before_request(door.numbers_only)


@blueprint.get("/desk/one-page")
def one_page() -> flask.Response:
    """What whoever decides about money needs, on one sheet of A4."""
    return _page(one_page=True)


@blueprint.get("/desk/report")
def whole() -> flask.Response:
    """Every number of the report, as the command line writes it into a file."""
    return _page(one_page=False)


def _page(*, one_page: bool) -> flask.Response:
    here, asked = services(), address.read(flask.request.args)
    with here.database.reading() as session:
        report = queries.report(session, here.settings, now=here.clock(), start=asked.start, end=asked.end)
        past = tails(session, report)
    made: dict[str, Chart | None] = {"map": charts.map(report, link=drawing.partner_link, tails=past)}
    if not one_page or made["map"] is None:
        made |= {"months": charts.months(report.months, report.metric), "use": charts.use(report.months)}
    if not one_page:
        made["gaps"] = charts.gaps(report, link=drawing.partner_link)
    figures = {name: _figure(report, chart) for name, chart in made.items() if chart is not None}
    head = Markup(flask.render_template("desk/_report_head.html"))  # nosec B704 # noqa: S704 - a template of ours
    page = formats.as_html(report, formats.Charts(**figures), one_page=one_page, head=head)
    response = flask.make_response(page)
    # The page carries the style of the file inside: this very style is allowed, and no other.
    style = page.partition("<style>")[2].partition("</style>")[0]
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self' 'sha256-{allowed}'; script-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return response


def _figure(report: GapReport, chart: Chart) -> Markup:
    """As on every page of the desk: room for it, its values, and where it is as a file."""
    question = drawing.months_of(report)
    html = flask.render_template("desk/_figure.html", chart=chart, question=question, as_data=drawing.as_data)
    return Markup(html)  # nosec B704 # noqa: S704 - a template of ours, which escapes
