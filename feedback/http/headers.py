"""What every answer carries: a request id and headers that keep browsers from guessing."""

import re

import flask

from feedback.core.errors import Code, Problem
from feedback.core.ids import passing_text

DEFAULTS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every answer that does not set them itself."""
_GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def register(app: flask.Flask) -> None:
    """Add the headers to every answer of `app`; a route that sets one itself keeps its own."""
    app.before_request(_refuse_what_no_route_reads)
    app.after_request(_add_headers)


def request_id() -> str:
    """The id of this request: the proxy's X-Request-Id where it is a plain one, else ours."""
    if "request_id" not in flask.g:
        flask.g.request_id = given_id(flask.request.headers.get("X-Request-Id", ""))
    return str(flask.g.request_id)


def given_id(given: str) -> str:
    """The proxy's X-Request-Id where it is a plain one, else one of ours."""
    return given if _GIVEN_ID.fullmatch(given) else passing_text(16)


def _refuse_what_no_route_reads() -> None:
    request = flask.request
    if "\0" in request.path or any("\0" in text for pair in request.args.items(multi=True) for text in pair):
        raise Problem(Code.BAD_REQUEST, "The address holds the character NUL (%00).")
    # Servers under WSGI cut a chunked body silently: half an import would look like a whole one.
    if request.content_length is None and "Transfer-Encoding" in request.headers:
        raise Problem(Code.LENGTH_REQUIRED, "The body came in chunks, without Content-Length.")


def _add_headers(response: flask.Response) -> flask.Response:
    for name, value in DEFAULTS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = request_id()
    return response
