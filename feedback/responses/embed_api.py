"""The embed's doors for impressions and responses."""

from collections.abc import Generator
from functools import partial
from typing import Any
from uuid import UUID

from feedback.core import metrics
from feedback.core.group_commit import GroupCommit
from feedback.core.services import Services
from feedback.http.api import Blueprint
from feedback.http.context import services
from feedback.partners.embed_gate import Visit, guard, visit
from feedback.partners.known import POLICIES
from feedback.partners.networks import note_network
from feedback.partners.quick_door import QuickDoor
from feedback.responses import answering
from feedback.responses.answering import Answer, Said
from feedback.responses.card_schemas import (
    AnswerSchema,
    AskSchema,
    GrantSchema,
    MovedSchema,
    MoveSchema,
    ObjectedSchema,
    StandingSchema,
    Wanted,
)
from feedback.responses.commands import Standing
from feedback.responses.due import NotDue
from feedback.responses.grants import Ask, grant, move
from feedback.responses.refusal import told
from feedback.seats.callers import Speaker, speaker
from feedback.seats.embed_api import NothingSchema
from feedback.seats.known import Frozen, frozen
from feedback.surveys.known import VERSIONS
from feedback.surveys.words import choose_locale

blueprint = Blueprint("embed-answers", __name__, description="Asking and answering through the embed.")
guard(blueprint)

_TOKEN: list[dict[str, list[str]]] = [{"person_token": []}, {}]


Told = tuple[dict[str, Any], int]


def ask(visit: Visit, wanted: Wanted) -> Generator[Ask, UUID | NotDue, Told]:
    """Permission to show a survey once (201), or why not (200). Steps for `_grants`."""
    services, who = visit.services, speaker(visit)
    asked = VERSIONS.get(services.database, (wanted.survey, wanted.version))
    terms = POLICIES.get(services.database, who.partner_id)
    result = yield Ask(who, asked, terms, visit.now, _segment(services, who))
    theme = asked.definition.theme
    look = {"position": theme.position, "radius_px": theme.radius_px, "mode": theme.mode}
    if isinstance(result, NotDue):
        refused = told(result, now=visit.now)
        # They may have answered without a network: what waits in their browser is too old when they are asked again.
        frame = f"/v1/embed/{visit.gate.key}/frame"
        return {**refused, **({"frame": frame, "look": look} if result.reason == "shown_recently" else {})}, 200
    note_network(services, who.partner_id, visit.address, answered=False)
    # None of the three has a character that means something in an address.
    query = f"partner={who.partner.slug}&impression={result}&locale={choose_locale(wanted.locales)}"
    return {"due": True, "impression": result, "frame": f"/v1/embed/{visit.gate.key}/frame?{query}", "look": look}, 201


def keep(visit: Visit, said: Answer, response: UUID) -> Generator[Said, Standing, Told]:
    """Keep an answer; what is answered is on disk. Steps for `_answers`."""
    services, who = visit.services, speaker(visit, late=True)
    asked = VERSIONS.get(services.database, (said.survey, said.version))
    terms, segment = POLICIES.get(services.database, who.partner_id), _segment(services, who)
    one = Said(who, response, said, asked, terms, visit.now, segment)
    one.check()
    standing = yield one
    if standing.created:
        note_network(services, who.partner_id, visit.address, answered=True)
    return acknowledged(services, response, standing)


def _segment(services: Services, who: Speaker) -> Frozen | None:
    return frozen(services.database, who.attributes) if who.attributes else None


def _grants(services: Services) -> GroupCommit[Ask, UUID | NotDue]:
    return services.shared("grants", _new_grants)


def _new_grants(services: Services) -> GroupCommit[Ask, UUID | NotDue]:
    write = partial(grant, pepper=services.secrets.pepper)
    return GroupCommit("impressions", services.database, write, lambda one: one.who.respondent_id or object())


def _answers(services: Services) -> GroupCommit[Said, Standing]:
    return services.shared("answers", _new_answers)


def _new_answers(services: Services) -> GroupCommit[Said, Standing]:
    write = partial(answering.answer, vault=services.secrets.vault)
    about = lambda one: (one.who.partner_id, one.answer.impression)  # noqa: E731
    return GroupCommit("responses", services.database, write, about)


@blueprint.post("/v1/embed/<key>/impressions")
@blueprint.arguments(AskSchema())
@blueprint.response(201, GrantSchema())
@blueprint.alt_response(200, schema=GrantSchema, description="Not due now.")
@blueprint.doc(security=_TOKEN)
def post_impression(wanted: Wanted, key: str) -> Any:  # noqa: ARG001
    """Ask for permission to show a survey once: 201 grants it, 200 says why not and when to ask again."""
    return _grants(services()).run(ask(visit(), wanted))


@blueprint.patch("/v1/embed/<key>/impressions/<uuid:impression>")
@blueprint.arguments(MoveSchema())
@blueprint.response(200, MovedSchema())
@blueprint.doc(security=_TOKEN)
def patch_impression(change: dict[str, str], key: str, impression: UUID) -> dict[str, Any]:  # noqa: ARG001
    """Say what became of an impression: shown, dismissed, later or left."""
    who = speaker(visit(), late=True)
    with services().database.transaction() as session:
        moved = move(session, who, impression, change["state"], now=visit().now)
        return {"impression": moved.id, "state": moved.state}


@blueprint.put("/v1/embed/<key>/responses/<uuid:response>")
@blueprint.arguments(AnswerSchema())
@blueprint.response(201, StandingSchema())
@blueprint.alt_response(200, schema=StandingSchema, description="A revision, a repeat or an older revision.")
@blueprint.doc(security=_TOKEN)
def put_embed_response(said: Answer, key: str, response: UUID) -> Any:  # noqa: ARG001
    """Keep an answer under an id that the client chose. Acknowledged after it is on disk, never before."""
    return _answers(services()).run(keep(visit(), said, response))


@blueprint.delete("/v1/embed/<key>/responses/<uuid:response>")
@blueprint.response(204)
@blueprint.doc(security=_TOKEN)
def delete_embed_response(key: str, response: UUID) -> None:  # noqa: ARG001
    """Delete an answer for good, as whoever gave it. Also when there is none: nothing is told of other people's."""
    who = speaker(visit(), late=True)
    with services().database.transaction() as session:
        answering.withdraw(session, who, response, now=visit().now)
    services().ring("fold")


@blueprint.post("/v1/embed/<key>/objection")
@blueprint.arguments(NothingSchema())
@blueprint.response(200, ObjectedSchema())
@blueprint.doc(security=_TOKEN)
def post_objection(_nothing: dict[str, Any], key: str) -> dict[str, bool]:  # noqa: ARG001
    """Never ask this person again, and record no more of their activity. Without a token only the page can know."""
    who = speaker(visit(), late=True)
    with services().database.transaction() as session:
        return {"objected": answering.object_to(session, who, now=visit().now)}


def acknowledged(services: Services, response: UUID, standing: Standing) -> tuple[dict[str, Any], int]:
    """What the card is told of an answer that is on disk."""
    if standing.changed:
        services.ring("fold")
    metrics.acknowledged(1, "created" if standing.created else "revised" if standing.changed else "repeated")
    return {"response": response, "revision": standing.revision}, 201 if standing.created else 200


QUICK = (
    QuickDoor("POST", "/v1/embed/<key>/impressions", AskSchema(), ask, _grants),
    QuickDoor("PUT", "/v1/embed/<key>/responses/<uuid:response>", AnswerSchema(), keep, _answers),
)
