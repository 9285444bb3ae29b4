"""The embed's doors for impressions and responses."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.buyers.commands import NewBuyer, put_buyers
from feedback.http.api import Blueprint
from feedback.http.context import services
from feedback.partners.commands import mark_embed_seen
from feedback.partners.embed_gate import gate, guard
from feedback.responses import answering
from feedback.responses.answering import Answer
from feedback.responses.card_schemas import (
    AnswerSchema,
    Ask,
    AskSchema,
    GrantSchema,
    MovedSchema,
    MoveSchema,
    ObjectedSchema,
    StandingSchema,
)
from feedback.responses.commands import Standing
from feedback.responses.due import NotDue
from feedback.responses.grants import grant, move
from feedback.seats.attributes import Declared
from feedback.seats.callers import Speaker, bearer, speaker
from feedback.seats.commands import NewSeat, put_seats
from feedback.seats.embed_api import NothingSchema
from feedback.surveys.definition import load
from feedback.surveys.queries import survey_version
from feedback.surveys.words import choose_locale

blueprint = Blueprint("embed-answers", __name__, description="Asking and answering through the embed.")
guard(blueprint)

_TOKEN: list[dict[str, list[str]]] = [{"person_token": []}, {}]


@blueprint.post("/v1/embed/<key>/impressions")
@blueprint.arguments(AskSchema())
@blueprint.response(201, GrantSchema())
@blueprint.alt_response(200, schema=GrantSchema, description="Not due now.")
@blueprint.doc(security=_TOKEN)
def post_impression(ask: Ask, key: str) -> Any:
    """Ask for permission to show a survey once: 201 grants it, 200 says why not and when to ask again."""
    now = services().clock()
    with services().database.transaction() as session:
        who = speaker(session, gate(), bearer(), now=now)
        survey, version = survey_version(session, ask.survey, ask.version)
        _meet(session, who, now)
        result = grant(session, who, survey, version, pepper=services().secrets.pepper, now=now)
        look = load(version.definition).theme
    if isinstance(result, NotDue):
        refused = {"due": False, "reason": result.reason, "again_at": result.again_at}
        # They may have answered without a network: what waits in their browser is too old when they are asked again.
        unsent = {"frame": f"/v1/embed/{key}/frame", "look": look} if result.reason == "shown_recently" else {}
        return {**refused, **unsent}, 200
    query = {"partner": who.partner.slug, "impression": result.id, "locale": choose_locale(ask.locales)}
    frame = f"/v1/embed/{key}/frame?{urlencode(query)}"
    return {"due": True, "impression": result.id, "frame": frame, "look": look}, 201


@blueprint.patch("/v1/embed/<key>/impressions/<uuid:impression>")
@blueprint.arguments(MoveSchema())
@blueprint.response(200, MovedSchema())
@blueprint.doc(security=_TOKEN)
def patch_impression(change: dict[str, str], key: str, impression: UUID) -> dict[str, Any]:  # noqa: ARG001
    """Say what became of an impression: shown, dismissed, later or left."""
    now = services().clock()
    with services().database.transaction() as session:
        who = speaker(session, gate(), bearer(), now=now, late=True)
        moved = move(session, who, impression, change["state"], now=now)
        return {"impression": moved.id, "state": moved.state}


@blueprint.put("/v1/embed/<key>/responses/<uuid:response>")
@blueprint.arguments(AnswerSchema())
@blueprint.response(201, StandingSchema())
@blueprint.alt_response(200, schema=StandingSchema, description="A revision, a repeat or an older revision.")
@blueprint.doc(security=_TOKEN)
def put_embed_response(said: Answer, key: str, response: UUID) -> Any:  # noqa: ARG001
    """Keep an answer under an id that the client chose. Acknowledged after it is on disk, never before."""
    now = services().clock()
    with services().database.transaction() as session:
        who = speaker(session, gate(), bearer(), now=now, late=True)
        standing = answering.answer(session, who, response, said, vault=services().secrets.vault, now=now)
    return acknowledged(response, standing)


@blueprint.delete("/v1/embed/<key>/responses/<uuid:response>")
@blueprint.response(204)
@blueprint.doc(security=_TOKEN)
def delete_embed_response(key: str, response: UUID) -> None:  # noqa: ARG001
    """Delete an answer for good, as whoever gave it. Also when there is none: nothing is told of other people's."""
    now = services().clock()
    with services().database.transaction() as session:
        who = speaker(session, gate(), bearer(), now=now, late=True)
        answering.withdraw(session, who, response, now=now)
    services().ring("fold")


@blueprint.post("/v1/embed/<key>/objection")
@blueprint.arguments(NothingSchema())
@blueprint.response(200, ObjectedSchema())
@blueprint.doc(security=_TOKEN)
def post_objection(_nothing: dict[str, Any], key: str) -> dict[str, bool]:  # noqa: ARG001
    """Never ask this person again, and record no more of their activity. Without a token only the page can know."""
    now = services().clock()
    with services().database.transaction() as session:
        who = speaker(session, gate(), bearer(), now=now, late=True)
        return {"objected": answering.object_to(session, who, now=now)}


def acknowledged(response: UUID, standing: Standing) -> tuple[dict[str, Any], int]:
    """What the card is told of an answer that is on disk."""
    if standing.changed:
        services().ring("fold")
    return {"response": response, "revision": standing.revision}, 201 if standing.created else 200


def _meet(session: Session, who: Speaker, now: datetime) -> None:
    """Know the person whom somebody vouches for: the widget deploys a seat, and names a buyer."""
    if who.respondent_id is None or who.subject is None or not who.live:
        return
    mark_embed_seen(who.partner, today=now.date())
    if who.audience == "buyer":
        put_buyers(session, [NewBuyer(who.partner.id, who.subject)], pepper=services().secrets.pepper, now=now)
        return
    # Only the vendor's word changes what is known about a seat; a partner's goes with its own answers.
    attributes = who.attributes if who.attributes and who.trust == "vendor" else None
    seat = NewSeat(who.partner.id, who.respondent_id, attributes=attributes)
    put_seats(session, [seat], Declared(session), now=now)
