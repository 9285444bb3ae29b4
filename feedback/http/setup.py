"""Everything that every app of ours has, before its first route."""

import flask

from feedback.core.services import Services
from feedback.http import auth, converters, errors, headers, watching
from feedback.http.api import Api, make_api
from feedback.http.context import EXTENSION


def make_app(services: Services, lookup: auth.KeyLookup) -> tuple[flask.Flask, Api]:
    """An app without routes, and the object that blueprints are registered with."""
    app = flask.Flask("feedback", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = services.settings.request_body_limit_bytes
    if isinstance(app.json, flask.json.provider.DefaultJSONProvider):
        app.json.sort_keys = False
        app.json.ensure_ascii = False
    app.extensions[EXTENSION] = services
    # First, so that it sees also what the others refuse.
    watching.register(app, services)
    auth.register(app, lookup)
    headers.register(app)
    errors.register(app)
    converters.register(app)
    api = make_api(app, public_url=services.settings.public_url)
    converters.describe(api)
    return app, api
