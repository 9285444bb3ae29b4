"""The frame's document: the question in the person's language, from our origin, so that the page cannot read it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import flask
from sqlalchemy.orm import Session

from feedback.core.errors import Problem
from feedback.http.api import Blueprint
from feedback.http.context import services
from feedback.partners.embed_gate import Gate, gate, guard
from feedback.partners.queries import partner_by_slug
from feedback.responses.models import Impression
from feedback.surveys import assets
from feedback.surveys.definition import load
from feedback.surveys.models import Survey, SurveyVersion
from feedback.surveys.words import choose_locale, texts

blueprint = Blueprint("embed-frame", __name__, description="The document that asks, from the vendor's own origin.")
guard(blueprint)

SHOWABLE = timedelta(days=1)
"""How long after its grant an impression may still be drawn."""


@blueprint.get("/v1/embed/<key>/frame")
@blueprint.response(200, content_type="text/html")
def frame(key: str) -> flask.Response:
    """The document that asks; without an impression that waits to be shown it asks nothing."""
    document = assets.frame_document()
    arguments = flask.request.args
    with services().database.reading() as session:
        data = _question(
            session, gate(), arguments.get("partner", ""), arguments.get("impression", ""), arguments.get("locale", "")
        )
    body = None if data is None else {"api": f"/v1/embed/{key}", **data}
    response = flask.Response(document.with_data(body), mimetype="text/html")
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'none'",
            f"script-src {document.script_source}",
            f"style-src {document.style_source}",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors " + (" ".join(gate().origins) or "'none'"),
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
    # For a host page that isolates itself (COEP require-corp): without it the frame stays empty, silently.
    response.headers["Cross-Origin-Embedder-Policy"] = "credentialless"
    response.headers["Cache-Control"] = "no-store"
    return response


def _question(session: Session, gate: Gate, slug: str, impression_id: str, locale: str) -> dict[str, Any] | None:
    try:
        partner = partner_by_slug(session, slug)
        impression = session.get(Impression, (partner.id, UUID(impression_id)))
    except (Problem, ValueError):
        return None
    if impression is None or gate.partner_id not in (None, partner.id) or impression.live != gate.live:
        return None
    if impression.response_id is not None or services().clock() - impression.granted_at > SHOWABLE:
        return None
    survey = session.get_one(Survey, impression.survey_id)
    version = session.get_one(SurveyVersion, impression.survey_version_id)
    chosen = choose_locale([locale])
    settings = services().settings
    words = texts(
        chosen,
        load(version.definition).texts,
        vendor=settings.vendor_name,
        partner=partner.name,
        minimum=settings.minimum_group,
    )
    return {
        "impression": str(impression.id),
        "partner": partner.slug,
        "survey": survey.name,
        "version": version.version,
        "metric": survey.metric,
        "locale": chosen,
        "dir": words.pop("dir"),
        "texts": words,
    }
