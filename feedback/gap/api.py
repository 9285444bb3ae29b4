"""Doors for the gap: of all partners, and of one."""

from typing import Any

import flask

from feedback.gap import queries
from feedback.gap.results import SurveyResults, results
from feedback.gap.schemas import GapQuerySchema, GapReportSchema, SurveyResultsSchema, WindowQuerySchema, as_json
from feedback.gap.window import window
from feedback.http.api import Blueprint
from feedback.http.auth import secret_key_required
from feedback.http.context import now, reading, services
from feedback.surveys.queries import survey_by_name

blueprint = Blueprint("gap", __name__, description="How far end users and their buyers are apart, and how sure we are.")


@blueprint.get("/v1/gap")
@secret_key_required("read")
@blueprint.arguments(GapQuerySchema(), location="query")
@blueprint.response(200, GapReportSchema())
def get_gap(query: dict[str, Any]) -> flask.Response:
    """The gap over all partners, by partner, by month and by segment."""
    with reading() as session:
        report = queries.report(session, services().settings, now=now(), **query)
    return flask.Response(as_json(report), mimetype="application/json")


@blueprint.get("/v1/partners/<slug:partner>/gap")
@secret_key_required("read")
@blueprint.arguments(GapQuerySchema(), location="query")
@blueprint.response(200, GapReportSchema())
def get_partner_gap(query: dict[str, Any], partner: str) -> flask.Response:
    """The gap of one partner, in the same form."""
    with reading() as session:
        report = queries.report(session, services().settings, now=now(), partner=partner, **query)
    return flask.Response(as_json(report), mimetype="application/json")


@blueprint.get("/v1/surveys/<slug:survey>/results")
@secret_key_required("read")
@blueprint.arguments(WindowQuerySchema(), location="query")
@blueprint.response(200, SurveyResultsSchema())
def get_results(query: dict[str, Any], survey: str) -> SurveyResults:
    """What came of one survey: asked, answered, and people by score or option with intervals. Apart from the gap."""
    chosen = window(query["start"], query["end"], now=now())
    with reading() as session:
        return results(session, services().settings, survey_by_name(session, survey), chosen)
