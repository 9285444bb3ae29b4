"""Answers that the vendor's backend sends and vouches for: no impression, both audiences."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.buyers.commands import NewBuyer, buyer_id, put_buyers
from feedback.core.erasures import refuse_erased, withdrawn
from feedback.core.errors import Code, Problem
from feedback.core.months import month_of
from feedback.partners.models import Partner
from feedback.partners.queries import policy_of
from feedback.responses.commands import NewResponse, Standing, check_score, put_response
from feedback.responses.models import Response
from feedback.responses.schemas import VouchedAnswer
from feedback.responses.seals import seals, too_old
from feedback.seats.attributes import Declared
from feedback.seats.commands import NewSeat, put_seats, seat_id
from feedback.seats.queries import seats_by_key
from feedback.surveys.models import Survey, SurveyVersion
from feedback.surveys.queries import survey_by_name, survey_version, versions_of

_WHENEVER = datetime.max.replace(tzinfo=UTC)
"""Stands for "when it arrives": the receipt caps it, and of two at once the later one then finds a repeat."""


def put_vouched(
    session: Session,
    partner: Partner,
    response_id: UUID,
    answer: VouchedAnswer,
    *,
    live: bool,
    pepper: bytes,
    now: datetime,
) -> Standing:
    """Keep the answer as `put_response` does. The respondent is made known; a test answer (not `live`) leaves no trace.

    Raises SURVEY_UNKNOWN, SURVEY_CLOSED for a first answer to a survey that is not live, CONFLICT for somebody who
    objected, RESPONDENT_ERASED, RESPONSE_DELETED, INVALID, and what `put_response` raises.
    """
    found = session.get(Response, (partner.id, response_id))
    if found is None and withdrawn(session, [(partner.id, response_id)]):
        raise Problem(Code.RESPONSE_DELETED, "Whoever gave this answer deleted it.")
    if found is None and answer.answered_at is not None:
        before = seals(session, [partner.id])[partner.id].voices
        if month_of(answer.answered_at) < before:
            raise Problem(Code.CONFLICT, too_old(before))
    survey, version = _asked(session, answer, found)
    check_score(survey.metric, answer.score)
    respondent, segment = _respondent(session, partner, survey, answer, live=live, pepper=pepper, now=now)
    new = NewResponse(
        partner_id=partner.id,
        id=response_id,
        survey_id=survey.id,
        survey_version_id=version.id,
        audience=survey.audience,
        metric=survey.metric,
        respondent_id=respondent,
        score=answer.score,
        revision=answer.revision,
        complete=answer.complete,
        answered_at=answer.answered_at or (_WHENEVER if found is None else found.answered_at),
        trust="vendor",
        live=live,
        comment=answer.comment or None,
        reason=answer.reason,
        locale=answer.locale,
        segment_id=segment,
        notice_version=policy_of(session, partner.id).notice_version,
    )
    return put_response(session, new, now=now)


def _asked(session: Session, answer: VouchedAnswer, found: Response | None) -> tuple[Survey, SurveyVersion]:
    survey = survey_by_name(session, answer.survey)
    if survey.state == "builtin":
        raise Problem(Code.INVALID, f"{survey.name!r} is built in for what is imported from files.")
    if answer.audience not in (None, survey.audience):
        raise Problem(
            Code.INVALID,
            f"{survey.name!r} asks the audience {survey.audience!r}.",
            errors={"audience": [f"Must be {survey.audience}, or left out."]},
        )
    if found is None and survey.state != "live":
        raise Problem(Code.SURVEY_CLOSED, f"{survey.name!r} is {survey.state}.")
    if answer.version is not None:
        return survey_version(session, survey.name, answer.version)
    versions = versions_of(session, survey)
    if not versions:
        raise Problem(Code.SURVEY_CLOSED, f"{survey.name!r} was never published.")
    standing = [one for one in versions if found is not None and one.id == found.survey_version_id]
    return survey, (standing or versions)[-1]


def _respondent(
    session: Session,
    partner: Partner,
    survey: Survey,
    answer: VouchedAnswer,
    *,
    live: bool,
    pepper: bytes,
    now: datetime,
) -> tuple[UUID, int]:
    if survey.audience == "buyer":
        buyer = buyer_id(pepper, partner.id, answer.respondent)
        refuse_erased(session, partner.id, buyer)
        if live:
            put_buyers(session, [NewBuyer(partner.id, answer.respondent)], pepper=pepper, now=now)
        return buyer, 0
    seat = seat_id(pepper, partner.id, answer.respondent)
    refuse_erased(session, partner.id, seat)
    declared = Declared(session)
    if answer.attributes and live:
        declared.declare(answer.attributes, now=now)
        declared.learn(answer.attributes)
    if live:
        put_seats(session, [NewSeat(partner.id, seat, attributes=answer.attributes)], declared, now=now)
    standing = seats_by_key(session, [(partner.id, seat)]).get((partner.id, seat))
    if standing is not None and standing.objected_at is not None:
        raise Problem(Code.CONFLICT, "This person objected to being asked and recorded.")
    if answer.attributes:
        return seat, declared.segment(answer.attributes)
    return seat, 0 if standing is None else standing.segment_id
