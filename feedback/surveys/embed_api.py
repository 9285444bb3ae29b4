"""What the embed fetches first: its scripts, and the configuration that is the same for everybody."""

from typing import Any

import flask
from marshmallow import Schema, fields

from feedback.http.api import Blueprint
from feedback.http.context import services
from feedback.partners.embed_gate import guard, visit
from feedback.partners.sightings import LOADED
from feedback.surveys import assets, pages, queries
from feedback.surveys.definition import load

blueprint = Blueprint("embed-config", __name__, description="What the embed reads before anybody is asked.")
guard(blueprint)
scripts = Blueprint("embed-scripts", __name__, description="The embed's scripts.")

_MINUTES_5 = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
_FOR_GOOD = "public, max-age=31536000, immutable"
_CONFIG = "public, max-age=60, stale-while-revalidate=300, stale-if-error=86400"


class TriggerSchema(Schema):
    """When a survey could be due without being asked for."""

    delay_s = fields.Integer(required=True, metadata={"description": "Seconds after what it waits for."})
    event = fields.String(metadata={"description": "Waits for this event; without it and the others for the page."})
    scroll_percent = fields.Integer()
    exit_intent = fields.Boolean()
    click = fields.String(metadata={"description": "A CSS selector."})


class ListedSurveySchema(Schema):
    """A survey that may be asked."""

    name = fields.String(required=True)
    version = fields.Integer(required=True)
    audience = fields.String(required=True)
    trigger = fields.Nested(TriggerSchema, required=True, allow_none=True, metadata={"description": "null: by hand."})
    pages = fields.Raw(metadata={"description": "The rule that the page's address must meet, its patterns as tables."})
    devices = fields.List(fields.String(), metadata={"description": "Not there: all."})


class ConfigSchema(Schema):
    """The embed's configuration."""

    rules = fields.String(required=True, metadata={"description": "Path of the second script."})
    token_required = fields.Boolean(required=True)
    surveys = fields.List(fields.Nested(ListedSurveySchema), required=True)


@blueprint.get("/v1/embed/<key>/config")
@blueprint.response(200, ConfigSchema())
@blueprint.alt_response(304, description="Not modified: the ETag still holds.")
def config(key: str) -> Any:  # noqa: ARG001  # the gate has read it
    """Which surveys there are and when one could be due. Words are not in it: the frame gets those from us."""
    visit().note(LOADED)
    with services().database.reading() as session:
        listed = [_listed(survey, version) for survey, version in queries.live_surveys(session)]
    body = {"rules": assets.rules_path(), "token_required": visit().gate.partner_id is None, "surveys": listed}
    response = flask.jsonify(ConfigSchema().dump(body))
    response.headers["Cache-Control"] = _CONFIG
    response.add_etag()
    return response.make_conditional(flask.request)


def _listed(survey: Any, version: Any) -> dict[str, Any]:
    definition = load(version.definition)
    listed: dict[str, Any] = {
        "name": survey.name,
        "version": version.version,
        "audience": survey.audience,
        "trigger": None if definition.delay_s is None else {"delay_s": definition.delay_s, **(definition.on or {})},
    }
    if definition.pages is not None:
        listed["pages"] = pages.compiled(definition.pages)
    if definition.devices:
        listed["devices"] = definition.devices
    return listed


@scripts.get("/embed.js")
@scripts.response(200, content_type="text/javascript")
def loader() -> flask.Response:
    """The one script that a page includes."""
    return _script("embed.js", _MINUTES_5)


@scripts.get("/embed/<name>")
@scripts.response(200, content_type="text/javascript")
def hashed(name: str) -> flask.Response:
    """Scripts with a hash in their name, and the source maps."""
    return _script(name, _FOR_GOOD)


def _script(name: str, cache_control: str) -> flask.Response:
    response = flask.send_from_directory(assets.FOLDER, name, conditional=True)
    response.headers["Cache-Control"] = cache_control
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    # A module script is fetched with CORS from wherever the page is; there is nothing private in it.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
