"""Charts on the desk's pages: their specification goes into the page as data, and one script of ours draws them."""

import gzip
from base64 import b64encode

import flask
import orjson

from feedback.charts import Chart
from feedback.desk import door
from feedback.gap.values import GapReport
from feedback.http.context import services


def partner_link(slug: str) -> str:
    """The address of a partner's page."""
    return f"/desk/partners/{slug}"


def absolute_link(slug: str) -> str:
    """The same for a file that is read elsewhere."""
    return f"{services().settings.public_url}{partner_link(slug)}"


def as_data(chart: Chart) -> str:
    """What the script reads: JSON, compressed and then base64; of a thousand partners a sixth of what it would be.

    The page itself is not compressed: it holds the token of its forms, and a length could give that away.
    """
    return b64encode(gzip.compress(orjson.dumps(chart.for_page()), compresslevel=6, mtime=0)).decode()


def page(template: str, **values: object) -> flask.Response:
    """A page with charts: its policy lets our script run."""
    response = flask.make_response(flask.render_template(template, as_data=as_data, **values))
    response.headers["Content-Security-Policy"] = door.POLICY_WITH_SCRIPTS
    return response


def months_of(report: GapReport) -> str:
    """The report's months as the question of an address."""
    return f"?from={report.period.first_day:%Y-%m}&to={report.period.last_day:%Y-%m}"
