"""The embed's doors for impressions and responses. Replies never carry a score or a comment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from marshmallow import Schema, fields, post_load, validate
from sqlalchemy.orm import Session

from feedback.buyers.commands import NewBuyer, put_buyers
from feedback.http.api import Blueprint
from feedback.http.context import services
from feedback.http.fields import Flag, Moment, Text, Whole
from feedback.partners.commands import mark_embed_seen
from feedback.partners.embed_gate import gate, guard
from feedback.responses.commands import NewResponse, check_score, put_response
from feedback.responses.grants import NotDue, bind, grant, move
from feedback.responses.models import REASONS
from feedback.seats.attributes import Declared
from feedback.seats.callers import Speaker, bearer, speaker
from feedback.seats.commands import NewSeat, put_seats
from feedback.seats.models import Seat
from feedback.surveys.models import Survey
from feedback.surveys.queries import survey_version
from feedback.surveys.words import choose_locale

blueprint = Blueprint("embed-answers", __name__, description="Asking and answering through the embed.")
guard(blueprint)

_LONGEST_COMMENT = 10_000
_LOCALE = r"^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,7}$"
_TOKEN: list[dict[str, list[str]]] = [{"person_token": []}, {}]


@dataclass(frozen=True, slots=True)
class Ask:
    """May this survey be shown now?"""

    survey: str
    version: int
    locales: list[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as the frame sends it."""

    survey: str
    version: int
    impression: UUID
    score: int
    revision: int
    complete: bool
    answered_at: datetime
    comment: str | None = None
    reason: str | None = None
    locale: str | None = None


class AskSchema(Schema):
    """The survey that could be due, and the languages of the person, best first."""

    survey = Text(80, required=True)
    version = Whole(1, 1_000_000, required=True)
    locales = fields.List(Text(71, pattern=_LOCALE), load_default=list, validate=validate.Length(max=20))

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Ask:
        """A value instead of a dict."""
        return Ask(**data)


class GrantSchema(Schema):
    """`due` true: show it, under this impression. False: why not, and when to ask again."""

    due = fields.Boolean(required=True)
    impression = fields.UUID()
    frame = fields.String(metadata={"description": "Path of the frame to show."})
    reason = fields.String()
    again_at = Moment(allow_none=True)


class MoveSchema(Schema):
    """What became of an impression."""

    state = fields.String(required=True, validate=validate.OneOf(["shown", "dismissed", "later", "left"]))


class MovedSchema(Schema):
    """The impression as it stands."""

    impression = fields.UUID(required=True)
    state = fields.String(required=True)


class AnswerSchema(Schema):
    """An answer, which may grow: the score first, a comment later, each with a higher revision."""

    survey = Text(80, required=True)
    version = Whole(1, 1_000_000, required=True)
    impression = fields.UUID(required=True)
    score = Whole(0, 10, required=True, metadata={"description": "On the metric's scale: nps 0-10, csat 1-5, ces 1-7."})
    comment = Text(_LONGEST_COMMENT, low=0, allow_none=True, load_default=None)
    reason = fields.String(allow_none=True, load_default=None, validate=validate.OneOf(REASONS))
    revision = Whole(1, 1_000_000, required=True)
    complete = Flag(required=True)
    answered_at = Moment(required=True)
    locale = Text(35, pattern=_LOCALE, allow_none=True, load_default=None)

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Answer:
        """A value instead of a dict."""
        return Answer(**data)


class StandingSchema(Schema):
    """The answer's id and the revision that stands."""

    response = fields.UUID(required=True)
    revision = fields.Integer(required=True)


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
        result = grant(session, who, survey, version, now=now)
    if isinstance(result, NotDue):
        return {"due": False, "reason": result.reason, "again_at": result.again_at}, 200
    query = {"partner": who.partner.slug, "impression": result.id, "locale": choose_locale(ask.locales)}
    return {"due": True, "impression": result.id, "frame": f"/v1/embed/{key}/frame?{urlencode(query)}"}, 201


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
def put_embed_response(answer: Answer, key: str, response: UUID) -> Any:  # noqa: ARG001
    """Keep an answer under an id that the client chose. Acknowledged after it is on disk, never before."""
    now = services().clock()
    with services().database.transaction() as session:
        who = speaker(session, gate(), bearer(), now=now, late=True)
        survey, version = survey_version(session, answer.survey, answer.version)
        check_score(survey.metric, answer.score)
        impression = bind(session, who, answer.impression, version.id, response, now=now)
        new = NewResponse(
            partner_id=who.partner.id,
            id=response,
            survey_id=survey.id,
            survey_version_id=version.id,
            audience=survey.audience,
            metric=survey.metric,
            respondent_id=who.respondent_id or response,
            impression_id=impression.id,
            notice_version=impression.notice_version,
            segment_id=_segment(session, who, survey),
            trust=who.trust,
            live=who.live,
            score=answer.score,
            revision=answer.revision,
            complete=answer.complete,
            answered_at=answer.answered_at,
            comment=answer.comment or None,
            reason=answer.reason,
            locale=answer.locale,
        )
        standing = put_response(session, new, now=now)
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


def _segment(session: Session, who: Speaker, survey: Survey) -> int:
    """The segment that an answer is frozen in: the token's attributes, else what is known of the seat."""
    if who.respondent_id is None or survey.audience != "end_user":
        return 0
    if who.attributes:
        return Declared(session).segment(who.attributes)
    seat = session.get(Seat, (who.partner.id, who.respondent_id))
    return 0 if seat is None else seat.segment_id
