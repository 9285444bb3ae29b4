"""The gate of the embed's doors: the key must be in use and the page's origin on its list. Answers CORS."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

import flask

from feedback.core.errors import Code, Problem
from feedback.http.context import services
from feedback.partners import keys

_METHODS = "GET, POST, PUT, PATCH, DELETE"
_HEADERS = "Authorization, Content-Type"


@dataclass(frozen=True, slots=True)
class Gate:
    """The embed key of this request. `partner_id` None: vendor-wide, the partner comes from the token."""

    key: str
    partner_id: UUID | None
    origins: tuple[str, ...]
    live: bool


def guard(blueprint: flask.Blueprint) -> None:
    """Put the gate before every route of `blueprint`; their addresses have the part `<key>`."""
    blueprint.before_request(_open)
    blueprint.after_request(_answer_cors)


def gate() -> Gate:
    """The gate that this request came through."""
    return cast("Gate", flask.g.embed_gate)


def _open() -> flask.Response | None:
    with services().database.reading() as session:
        row = keys.embed_key(session, (flask.request.view_args or {})["key"])
        flask.g.embed_gate = Gate(row.key, row.partner_id, tuple(row.origins), row.live)
    origin = flask.request.headers.get("Origin")
    if origin is not None and origin not in _allowed():
        raise Problem(
            Code.ORIGIN_NOT_ALLOWED, f"{origin[:200]} is not an origin of this key.", origins=list(gate().origins)
        )
    if flask.request.method == "OPTIONS":
        return flask.Response(status=204)
    return None


def _answer_cors(response: flask.Response) -> flask.Response:
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.vary.add("Origin")
    origin = flask.request.headers.get("Origin")
    if origin is not None and "embed_gate" in flask.g and origin in _allowed():
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After, X-Request-Id"
        if flask.request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = _METHODS
            response.headers["Access-Control-Allow-Headers"] = _HEADERS
            response.headers["Access-Control-Max-Age"] = "600"
    return response


def _allowed() -> tuple[str, ...]:
    """The key's origins, and our own: the frame speaks from there."""
    return (*gate().origins, keys.clean_origin(services().settings.public_url))
