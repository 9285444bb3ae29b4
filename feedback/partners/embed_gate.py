"""The gate of the embed's doors: the key must be in use and the page's origin on its list. Answers CORS.

What came of it is remembered after the answer is sent, for whoever embeds it: see `sightings`.
"""

from dataclasses import dataclass
from functools import partial
from typing import cast
from uuid import UUID

import flask

from feedback.core.errors import Code, Problem
from feedback.http.context import services
from feedback.partners import keys, sightings
from feedback.partners.sightings import NOBODY, REFUSED_ORIGIN, Sighting

_METHODS = "GET, POST, PUT, PATCH, DELETE"
_HEADERS = "Authorization, Content-Type"


@dataclass(frozen=True, slots=True)
class Gate:
    """The embed key of this request. `partner_id` None: vendor-wide, the partner comes from the token."""

    key: str
    partner_id: UUID | None
    origins: tuple[str, ...]
    live: bool
    any_origin: bool = False
    """Pages of every origin may speak here: browsers do, on their own, when they report."""

    def admits(self, origin: str) -> bool:
        """True for the key's origins, and for our own: the frame speaks from there."""
        return self.any_origin or origin in self.origins or origin == _our_origin()


def guard(blueprint: flask.Blueprint, *, any_origin: bool = False) -> None:
    """Put the gate before every route of `blueprint`; their addresses have the part `<key>`."""
    blueprint.before_request(partial(_open, any_origin=any_origin))
    blueprint.after_request(_answer_cors)
    blueprint.after_request(_remember)


def gate() -> Gate:
    """The gate that this request came through."""
    return cast("Gate", flask.g.embed_gate)


def note(kind: str, partner_id: UUID | None = None, *, origin: str | None = None) -> None:
    """Remember what came of this request. `partner_id`: the token's; `origin` None: of the page that speaks."""
    spoken = flask.request.headers.get("Origin", "") if origin is None else origin
    one = Sighting(
        gate().key, gate().partner_id or partner_id or NOBODY, "" if spoken == _our_origin() else spoken, kind
    )
    flask.g.setdefault("embed_noted", []).append(one)


def _open(*, any_origin: bool) -> flask.Response | None:
    with services().database.reading() as session:
        row = keys.embed_key(session, (flask.request.view_args or {})["key"])
        flask.g.embed_gate = Gate(row.key, row.partner_id, tuple(row.origins), row.live, any_origin)
    origin = flask.request.headers.get("Origin")
    if origin is not None and not gate().admits(origin):
        note(REFUSED_ORIGIN)
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
    if origin is not None and "embed_gate" in flask.g and gate().admits(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After, X-Request-Id"
        if flask.request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = _METHODS
            response.headers["Access-Control-Allow-Headers"] = _HEADERS
            response.headers["Access-Control-Max-Age"] = "600"
    return response


def _remember(response: flask.Response) -> flask.Response:
    if noted := flask.g.get("embed_noted"):
        response.call_on_close(partial(sightings.keep, services().database, noted, now=services().clock()))
    return response


def _our_origin() -> str:
    return keys.clean_origin(services().settings.public_url)
