"""The page behind a personal link, and the doors that its card speaks to."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import flask

from feedback.core.errors import Code, Problem
from feedback.http.api import Blueprint
from feedback.http.context import now, reading, services, transaction
from feedback.partners.keys import clean_origin
from feedback.partners.models import Partner
from feedback.responses import answering, by_link
from feedback.responses.answering import Answer
from feedback.responses.by_link import Opened
from feedback.responses.card_schemas import AnswerSchema, MovedSchema, MoveSchema, ObjectedSchema, StandingSchema
from feedback.responses.embed_api import acknowledged
from feedback.responses.frame import document, link_page, on_record
from feedback.responses.grants import move
from feedback.seats.embed_api import NothingSchema
from feedback.surveys.words import choose_locale

page = Blueprint("by-link", __name__, description="The same card on a page of our own, by personal link.")
doors = Blueprint("invited", __name__, description="Answering by personal link; the token in the address says who.")

_STATUS = {
    "unknown": HTTPStatus.NOT_FOUND,
    "closed": HTTPStatus.CONFLICT,
    "answered": HTTPStatus.GONE,
    "expired": HTTPStatus.GONE,
}
_PUBLIC: list[dict[str, list[str]]] = [{}]


@page.get("/s/<token>")
@page.response(200, content_type="text/html")
@page.alt_response(404, content_type="text/html", description="No such link.")
@page.alt_response(409, content_type="text/html", description="Nobody is asked now, or this person is not.")
@page.alt_response(410, content_type="text/html", description="Answered already, or too old.")
@page.doc(security=_PUBLIC)
def get_page(token: str) -> flask.Response:
    """The survey that the link invites to, in the person's language. Opening it answers nothing and uses nothing up."""
    with reading() as session:
        opened = by_link.look(session, token, now=now())
    if opened.waits_for_grant and flask.request.method != "HEAD":
        with transaction() as session:
            opened = by_link.open_link(session, token, now=now())
    response = _shown(opened, f"/v1/invited/{token}")
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@doors.before_request
def _from_its_own_page() -> None:
    origin = flask.request.headers.get("Origin")
    own = clean_origin(services().settings.public_url)
    if origin not in (None, own):
        raise Problem(Code.ORIGIN_NOT_ALLOWED, "A personal link is answered on its own page only.", origins=[own])


@doors.patch("/v1/invited/<token>/impressions/<uuid:impression>")
@doors.arguments(MoveSchema())
@doors.response(200, MovedSchema())
@doors.doc(security=_PUBLIC)
def patch_invited_impression(change: dict[str, str], token: str, impression: UUID) -> dict[str, Any]:
    """Say what became of an impression: shown, dismissed, later or left."""
    with transaction() as session:
        who = by_link.speaker(session, token, now=now())
        moved = move(session, who, impression, change["state"], now=now())
        return {"impression": moved.id, "state": moved.state}


@doors.put("/v1/invited/<token>/responses/<uuid:response>")
@doors.arguments(AnswerSchema())
@doors.response(201, StandingSchema())
@doors.alt_response(200, schema=StandingSchema, description="A revision, a repeat or an older revision.")
@doors.doc(security=_PUBLIC)
def put_invited_response(said: Answer, token: str, response: UUID) -> Any:
    """Keep the one answer of an invitation, or a higher revision of it. Acknowledged after it is on disk."""
    with transaction() as session:
        standing = by_link.answer(session, token, response, said, vault=services().secrets.vault, now=now())
    return acknowledged(services(), response, standing)


@doors.delete("/v1/invited/<token>/responses/<uuid:response>")
@doors.response(204)
@doors.doc(security=_PUBLIC)
def delete_invited_response(token: str, response: UUID) -> None:
    """Delete an answer for good, as whoever gave it. Also when there is none."""
    with transaction() as session:
        answering.withdraw(session, by_link.speaker(session, token, now=now()), response, now=now())
    services().ring("fold")


@doors.post("/v1/invited/<token>/objection")
@doors.arguments(NothingSchema())
@doors.response(200, ObjectedSchema())
@doors.doc(security=_PUBLIC)
def post_invited_objection(_nothing: dict[str, Any], token: str) -> dict[str, bool]:
    """Never ask this person again, and record no more of their activity."""
    with transaction() as session:
        return {"objected": answering.object_to(session, by_link.speaker(session, token, now=now()), now=now())}


def _shown(opened: Opened, api: str) -> flask.Response:
    locale = choose_locale([flask.request.args.get("lang", ""), *flask.request.accept_languages.values()])
    if opened.closed is not None:
        response = link_page(opened.closed, locale)
        response.status_code = _STATUS[opened.closed]
        return response
    if opened.impression is None:
        # Only its headers are asked for.
        return flask.Response(mimetype="text/html")
    with reading() as session:
        partner = session.get_one(Partner, opened.impression.partner_id)
        made = document(session, partner, opened.impression, locale=locale, api=api, origins=None)
    return on_record(made)
