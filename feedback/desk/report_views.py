"""The report as pages of their own, to print or to save: one sheet, or all of it."""

from base64 import b64encode
from hashlib import sha256

import flask

from feedback import charts
from feedback.desk import address, door, drawing
from feedback.gap import formats, queries
from feedback.gap.tails import tails
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
    drawn = charts.on_report(report, link=drawing.absolute_link, tails=past)
    page = formats.as_html(report, drawn, one_page=one_page)
    response = flask.make_response(page)
    # The file carries its style inside: this very style is allowed, and no other.
    style = page.partition("<style>")[2].partition("</style>")[0]
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return response
