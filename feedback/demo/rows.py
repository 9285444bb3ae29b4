"""What the demo's people and buyers did, as the commands of real data take it."""

from datetime import date
from uuid import UUID, uuid5

from feedback.buyers.commands import NewBuyer, buyer_id
from feedback.core.ids import segment_id
from feedback.demo.answers import Answer
from feedback.demo.deciders import BuyerAnswer
from feedback.demo.people import Person
from feedback.partners.models import Partner
from feedback.responses.commands import NewResponse
from feedback.seats.attributes import Declared
from feedback.seats.commands import ActiveDay, NewSeat
from feedback.surveys.models import Survey, SurveyVersion

_NAMESPACE = UUID("6f1c1c1e-3a55-5d1b-9d4e-2b8a6f0d7c11")


def seats(partner: Partner, everybody: list[Person], ids: list[UUID], ended_on: date | None) -> list[NewSeat]:
    """The seats of `everybody`, under `ids`; all have left by `ended_on`."""
    return [
        NewSeat(partner.id, seat, person.deployed_on, person.left_on or ended_on, person.attributes)
        for person, seat in zip(everybody, ids, strict=True)
    ]


def active_days(partner: Partner, everybody: list[Person], ids: list[UUID]) -> list[ActiveDay]:
    """Every day of use of everybody."""
    days = []
    for person, seat in zip(everybody, ids, strict=True):
        for place, (day, meaningful) in enumerate(person.dated()):
            starting = place < person.onboarding
            days.append(ActiveDay(partner.id, seat, day, starting, meaningful and not starting))
    return days


def end_user_responses(
    seed: int,
    partner: Partner,
    everybody: list[Person],
    ids: list[UUID],
    given: list[Answer],
    declared: Declared,
    asked: tuple[Survey, SurveyVersion],
) -> list[NewResponse]:
    """The answers `given`, each under an id that seed, partner and place make; an unsigned one has no seat."""
    made = []
    for place, answer in enumerate(given):
        response_id = uuid5(_NAMESPACE, f"{seed}/{partner.slug}/end_user/{place}")
        known = answer.trust != "none"
        made.append(
            NewResponse(
                partner_id=partner.id,
                id=response_id,
                survey_id=asked[0].id,
                survey_version_id=asked[1].id,
                audience="end_user",
                metric="nps",
                respondent_id=ids[answer.person] if known else response_id,
                score=answer.score,
                revision=2 if answer.comment else 1,
                complete=True,
                answered_at=answer.answered_at,
                trust=answer.trust,
                live=True,
                comment=answer.comment,
                locale=answer.locale,
                segment_id=segment_id(declared.vector(everybody[answer.person].attributes)) if known else 0,
            )
        )
    return made


def buyer_responses(
    seed: int,
    partner: Partner,
    buyers: list[NewBuyer],
    said: list[BuyerAnswer],
    pepper: bytes,
    asked: tuple[Survey, SurveyVersion],
) -> list[NewResponse]:
    """What the buyers `said`."""
    return [
        NewResponse(
            partner_id=partner.id,
            id=uuid5(_NAMESPACE, f"{seed}/{partner.slug}/buyer/{place}"),
            survey_id=asked[0].id,
            survey_version_id=asked[1].id,
            audience="buyer",
            metric="nps",
            respondent_id=buyer_id(pepper, partner.id, buyers[answer.buyer].external_id),
            score=answer.score,
            revision=1,
            complete=True,
            answered_at=answer.answered_at,
            trust="vendor",
            live=True,
            comment=answer.comment,
            reason=answer.reason,
            locale=answer.locale,
        )
        for place, answer in enumerate(said)
    ]
