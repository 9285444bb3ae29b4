"""Make the demo world: partner by partner, each in one transaction, through the commands that real data take."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID, uuid5
from zlib import crc32

import numpy as np
from sqlalchemy.orm import Session

from feedback.buyers.commands import NewBuyer, buyer_id, put_buyers
from feedback.core.errors import Code, Problem
from feedback.core.ids import segment_id
from feedback.core.services import Services
from feedback.demo import keys
from feedback.demo.answers import Answer, answers
from feedback.demo.cast import BY_SLUG, CAST, Member
from feedback.demo.deals import deal, promotions
from feedback.demo.deciders import TITLES, BuyerAnswer, buyer_answers
from feedback.demo.people import Person, people
from feedback.demo.plan import Share, shares
from feedback.demo.season import Era, era
from feedback.demo.surveys import Surveys, publish_surveys
from feedback.demo.traits import ATTRIBUTES
from feedback.partners.commands import PolicyTerms, create_partner, put_contracts, put_promotions, record_policy
from feedback.partners.models import Partner
from feedback.partners.queries import all_partners, partners_by_slug
from feedback.responses.commands import NewResponse, put_imported
from feedback.seats.attributes import Declared
from feedback.seats.commands import ActiveDay, NewSeat, put_seats, record_activity, seat_id
from feedback.surveys.models import Survey, SurveyVersion
from feedback.tallies.commands import fold_all

_NAMESPACE = UUID("6f1c1c1e-3a55-5d1b-9d4e-2b8a6f0d7c11")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes one world another: the seed, and how large it is (1: 20,000 seats and 10,000 answers)."""

    seed: int = 1
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Made:
    """What was added; all zero when the world was there."""

    partners: int = 0
    seats: int = 0
    active_days: int = 0
    end_user_answers: int = 0
    buyer_answers: int = 0

    def __add__(self, other: "Made") -> "Made":
        return Made(
            self.partners + other.partners,
            self.seats + other.seats,
            self.active_days + other.active_days,
            self.end_user_answers + other.end_user_answers,
            self.buyer_answers + other.buyer_answers,
        )


def make_world(
    services: Services,
    recipe: Recipe,
    *,
    now: datetime,
    force: bool = False,
    on_partner: Callable[[str], None] = lambda _name: None,
) -> Made:
    """Add what is missing of the world and fold it; what is there stays as it is.

    `on_partner` is told the name of each of the 40 partners when it is done. Raises CONFLICT when partners are there
    that do not belong to the world, unless `force`.
    """
    when = era(now)
    with services.database.transaction() as session:
        standing = set(partners_by_slug(session, BY_SLUG))
        if len(standing) < len(CAST) and not force:
            _refuse_strangers(session)
        surveys = publish_surveys(session, now=datetime.combine(when.start, time(tzinfo=UTC)))
        _declare(session, now)
    total = Made()
    for member, share in zip(CAST, shares(CAST, recipe.scale, when), strict=True):
        if member.slug not in standing:
            with services.database.transaction() as session:
                total += _make_partner(session, services, recipe, member, share, when, surveys, now)
        on_partner(member.name)
    with services.database.transaction() as session:
        keys.ensure(session, services, now=now)
    fold_all(services.database, now=now)
    return total


def strangers(session: Session) -> list[str]:
    """Slugs of partners that are here and do not belong to the demo world."""
    return [partner.slug for partner in all_partners(session) if partner.slug not in BY_SLUG]


def _refuse_strangers(session: Session) -> None:
    found = strangers(session)
    if found:
        raise Problem(
            Code.CONFLICT,
            f"There are {len(found)} partners here that are not of the demo ({', '.join(found[:3])}"
            f"{', ...' if len(found) > 3 else ''}). Set FEEDBACK_HOME or DATABASE_URL to an empty place, or add"
            " --force to put the demo beside them.",
        )


def _declare(session: Session, now: datetime) -> None:
    declared = Declared(session)
    declared.declare(ATTRIBUTES, now=now)
    for name, values in ATTRIBUTES.items():
        for value in values:
            declared.learn({name: value})


def _make_partner(
    session: Session,
    services: Services,
    recipe: Recipe,
    member: Member,
    share: Share,
    when: Era,
    surveys: Surveys,
    now: datetime,
) -> Made:
    # A seed per partner: what one partner is like does not hang on those before it.
    rng = np.random.default_rng([recipe.seed, crc32(member.slug.encode())])
    since = datetime.combine(when.start, time(tzinfo=UTC))
    partner = create_partner(session, member.slug, member.name, now=since)
    if member.council or not member.may_ask:
        terms = PolicyTerms(may_ask=member.may_ask, consulted=member.council, lawful_basis="legitimate interest")
        record_policy(session, partner.id, terms, now=since)
    own = deal(member, partner.id, share.seats, when, rng)
    put_contracts(session, own.contracts, now=now)
    put_promotions(session, promotions(member, partner.id, share.seats, own, when, rng))
    everybody = people(member, share.seats, own.since, own.until, rng)
    pepper = services.secrets.pepper
    ids = [seat_id(pepper, partner.id, person.subject) for person in everybody]
    declared = Declared(session)
    put_seats(session, _seats(partner, everybody, ids, own.ended_on), declared, now=now)
    days = _active_days(partner, everybody, ids)
    record_activity(session, days, "vendor", now=now)
    given = answers(member, everybody, share.answers, when, rng)
    put_imported(
        session, _end_user_responses(recipe, partner, everybody, ids, given, declared, surveys["end_user"]), now=now
    )
    buyers = [
        NewBuyer(partner.id, f"{mailbox}@{member.slug}.example", role, title)
        for mailbox, title, role in TITLES[: member.buyers]
    ]
    put_buyers(session, buyers, pepper=pepper, now=now)
    said = buyer_answers(member, own, when, rng)
    put_imported(session, _buyer_responses(recipe, partner, buyers, said, pepper, surveys["buyer"]), now=now)
    return Made(1, len(everybody), len(days), len(given), len(said))


def _seats(partner: Partner, everybody: list[Person], ids: list[UUID], ended_on: date | None) -> list[NewSeat]:
    return [
        NewSeat(partner.id, seat, person.deployed_on, person.left_on or ended_on, person.attributes)
        for person, seat in zip(everybody, ids, strict=True)
    ]


def _active_days(partner: Partner, everybody: list[Person], ids: list[UUID]) -> list[ActiveDay]:
    days = []
    for person, seat in zip(everybody, ids, strict=True):
        for place, (day, meaningful) in enumerate(person.dated()):
            starting = place < person.onboarding
            days.append(ActiveDay(partner.id, seat, day, starting, meaningful and not starting))
    return days


def _end_user_responses(
    recipe: Recipe,
    partner: Partner,
    everybody: list[Person],
    ids: list[UUID],
    given: list[Answer],
    declared: Declared,
    asked: tuple[Survey, SurveyVersion],
) -> list[NewResponse]:
    made = []
    for place, answer in enumerate(given):
        response_id = uuid5(_NAMESPACE, f"{recipe.seed}/{partner.slug}/end_user/{place}")
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


def _buyer_responses(
    recipe: Recipe,
    partner: Partner,
    buyers: list[NewBuyer],
    said: list[BuyerAnswer],
    pepper: bytes,
    asked: tuple[Survey, SurveyVersion],
) -> list[NewResponse]:
    return [
        NewResponse(
            partner_id=partner.id,
            id=uuid5(_NAMESPACE, f"{recipe.seed}/{partner.slug}/buyer/{place}"),
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
