"""The gate of the embed's doors: the key must be in use and the page's origin on its list. Answers CORS.

What came of it is remembered after the answer is sent, for whoever embeds it: see `sightings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import cast
from uuid import UUID

import flask
from sqlalchemy.orm import Session

from feedback.core.cached import Cached
from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.http.context import services
from feedback.http.limits import Limiter
from feedback.partners import keys, sightings
from feedback.partners.models import EmbedKey
from feedback.partners.sightings import NOBODY, REFUSED_ORIGIN, Sighting

_METHODS = "GET, POST, PUT, PATCH, DELETE"
_HEADERS = "Authorization, Content-Type"
_KEYS, _UNSIGNED, _PEOPLE = Limiter(), Limiter(), Limiter()


@dataclass(frozen=True, slots=True)
class Gate:
    """An embed key in use. `partner_id` None: vendor-wide, the partner comes from the token."""

    key: str
    partner_id: UUID | None
    origins: tuple[str, ...]
    live: bool


def _gate(session: Session, key: str) -> Gate:
    row = keys.embed_key(session, key)
    return Gate(row.key, row.partner_id, tuple(row.origins), row.live)


_GATES = Cached(_gate, EmbedKey)


@dataclass(slots=True)
class Visit:
    """One request to the embed's doors that came through its gate."""

    services: Services
    gate: Gate
    origin: str | None
    """Of the page that speaks; None for a server, and for our own pages in some browsers."""
    authorization: str | None
    now: datetime
    address: str | None = None
    """Of the browser, as far as it is known; it is kept nowhere."""
    noted: list[Sighting] = field(default_factory=list)
    admitted: bool = False
    """A request that has to begin anew is one request all the same."""

    def note(self, kind: str, partner_id: UUID | None = None, *, origin: str | None = None) -> None:
        """Remember what came of this request. `partner_id`: the token's; `origin` None: of the page that speaks."""
        spoken = self.origin or "" if origin is None else origin
        ours = spoken == _our_origin(self.services.settings.public_url)
        partner = self.gate.partner_id or partner_id or NOBODY
        one = Sighting(self.gate.key, partner, "" if ours else spoken, kind)
        if sightings.is_due(self.services.database, one, now=self.now):
            self.noted.append(one)

    def bearer(self) -> str | None:
        """The token of this request. Raises TOKEN_REFUSED for an Authorization header of another kind."""
        if self.authorization is None:
            return None
        scheme, _, token = self.authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Problem(Code.TOKEN_REFUSED, "The Authorization header must be `Bearer` and the token.")
        return token.strip()

    def admit(self, respondent_id: UUID | None) -> None:
        """Count a request of this person, or of one whom nobody vouches for. Raises TOO_MANY_REQUESTS."""
        if self.admitted:
            return
        self.admitted = True
        settings = self.services.settings
        if respondent_id is None:
            per_s = settings.unsigned_requests_per_s
            _UNSIGNED.admit(self.gate.key, per_s, 10 * per_s)
        else:
            per_minute = settings.person_requests_per_minute
            # The number in it: an id itself is slow to look up.
            _PEOPLE.admit(respondent_id.int, per_minute / 60, per_minute)

    def keep_noted(self) -> None:
        """Write down what was noted, once the answer is sent."""
        if self.noted:
            sightings.keep(self.services.database, self.noted, now=self.services.clock())


def arrive(
    services: Services, key: str, origin: str | None, authorization: str | None, address: str | None = None
) -> Visit:
    """Come to the gate; `enter` comes next. Raises EMBED_KEY_UNKNOWN."""
    gate = _GATES.get(services.database, key)
    return Visit(services, gate, origin, authorization, services.clock(), address)


def enter(visit: Visit, *, any_origin: bool = False) -> None:
    """Raises ORIGIN_NOT_ALLOWED and TOO_MANY_REQUESTS. `any_origin`: browsers report from every page, on their own."""
    if not admits(visit, any_origin=any_origin):
        visit.note(REFUSED_ORIGIN)
        origins = list(visit.gate.origins)
        raise Problem(
            Code.ORIGIN_NOT_ALLOWED, f"{(visit.origin or '')[:200]} is not an origin of this key.", origins=origins
        )
    per_s = visit.services.settings.key_requests_per_s
    _KEYS.admit(visit.gate.key, per_s, per_s)


def admits(visit: Visit, *, any_origin: bool = False) -> bool:
    """True for pages of the key's origins, and for our own: the frame speaks from there; and for what is no page."""
    origin = visit.origin
    if origin is None or any_origin or origin in visit.gate.origins:
        return True
    return origin == _our_origin(visit.services.settings.public_url)


def readable(visit: Visit, *, any_origin: bool = False) -> bool:
    """Whether a page speaks, and one that may read what it is told."""
    return visit.origin is not None and admits(visit, any_origin=any_origin)


def cors(origin: str) -> Mapping[str, str]:
    """What a page that may speak here is allowed to read."""
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
    }


def guard(blueprint: flask.Blueprint, *, any_origin: bool = False) -> None:
    """Put the gate before every route of `blueprint`; their addresses have the part `<key>`."""
    blueprint.before_request(partial(_open, any_origin=any_origin))
    blueprint.after_request(partial(_answer_cors, any_origin=any_origin))
    blueprint.after_request(_remember)


def visit() -> Visit:
    """This request, behind its gate."""
    return cast("Visit", flask.g.embed_visit)


def _open(*, any_origin: bool) -> flask.Response | None:
    headers = flask.request.headers
    key = (flask.request.view_args or {})["key"]
    flask.g.embed_visit = arrive(
        services(), key, headers.get("Origin"), headers.get("Authorization"), flask.request.remote_addr
    )
    enter(visit(), any_origin=any_origin)
    if flask.request.method == "OPTIONS":
        return flask.Response(status=204)
    return None


def _answer_cors(response: flask.Response, *, any_origin: bool) -> flask.Response:
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.vary.add("Origin")
    if "embed_visit" not in flask.g or not readable(visit(), any_origin=any_origin):
        return response
    response.headers.update(cors(visit().origin or ""))
    if flask.request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = _METHODS
        response.headers["Access-Control-Allow-Headers"] = _HEADERS
        response.headers["Access-Control-Max-Age"] = "600"
    return response


def _remember(response: flask.Response) -> flask.Response:
    if "embed_visit" in flask.g and visit().noted:
        response.call_on_close(visit().keep_noted)
    return response


@cache
def _our_origin(public_url: str) -> str:
    return keys.clean_origin(public_url)
