"""The reference: the OpenAPI document, and a page that shows it without a script."""

import json
from functools import cache

import flask
from markupsafe import Markup, escape

from feedback.http import reference_page
from feedback.http.api import Api

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_MINUTE = "public, max-age=60"


def _marked(text: str) -> Markup:
    """`code` between backquotes as code; everything else as text."""
    parts = [escape(part) for part in text.split("`")]
    return Markup().join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def _breakable(path: str) -> Markup:
    """Lines may break behind a slash."""
    return Markup("/<wbr>").join(path.split("/"))


def register(app: flask.Flask, api: Api) -> None:
    """Serve `/openapi.json` and `/docs`; after the last blueprint."""
    document = api.spec.to_dict()
    text = json.dumps(document, indent=2, ensure_ascii=False)
    pages = flask.Blueprint("reference", __name__, template_folder="templates")

    @pages.get("/openapi.json")
    def openapi() -> flask.Response:
        response = flask.Response(text, mimetype="application/json")
        response.headers["Cache-Control"] = _MINUTE
        return response

    @cache
    def page() -> str:
        return flask.render_template(
            "reference/page.html",
            info=document["info"],
            server=document["servers"][0]["url"],
            groups=reference_page.groups(document),
            problems=reference_page.problems(),
            marked=_marked,
            breakable=_breakable,
        )

    @pages.get("/docs")
    def docs() -> flask.Response:
        response = flask.Response(page(), mimetype="text/html")
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["Cache-Control"] = _MINUTE
        return response

    @pages.get("/docs/reference.css")
    def style() -> flask.Response:
        return flask.send_from_directory(f"{pages.root_path}/static", "reference.css", max_age=300)

    app.register_blueprint(pages)
