"""The reference: the OpenAPI document and a page that shows it, without a script."""

import json

import flask

from feedback.http.api import Api


def register(app: flask.Flask, api: Api) -> None:
    """Serve `/openapi.json`; after the last blueprint."""
    document = json.dumps(api.spec.to_dict(), indent=2)

    @app.get("/openapi.json")
    def openapi() -> flask.Response:
        response = flask.Response(document, mimetype="application/json")
        response.headers["Cache-Control"] = "public, max-age=60"
        return response
