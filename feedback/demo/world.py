"""Make the demo world: partner by partner, each in one transaction, through the commands that real data take."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zlib import crc32

import numpy as np
from sqlalchemy.orm import Session

from feedback.buyers.commands import NewBuyer, put_buyers
from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.demo import desk, keys, rows
from feedback.demo.answers import answers
from feedback.demo.asked import asked
from feedback.demo.cast import BY_SLUG, CAST, Member
from feedback.demo.deals import deal, promotions
from feedback.demo.deciders import TITLES, buyer_answers
from feedback.demo.people import people
from feedback.demo.plan import Share, shares
from feedback.demo.season import Era, era
from feedback.demo.surveys import Surveys, publish_surveys
from feedback.demo.traits import ATTRIBUTES
from feedback.gap.daily import catch_up
from feedback.partners.commands import PolicyTerms, create_partner, put_contracts, put_promotions, record_policy
from feedback.partners.queries import all_partners, partners_by_slug
from feedback.privacy.commands import release_all
from feedback.responses.commands import put_imported
from feedback.seats.attributes import Declared
from feedback.seats.commands import put_seats, record_activity, record_shown, seat_id


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
    catch_up(services.database, services.settings, now=now, history_changed=True)
    release_all(services.database, services.settings, now=now)
    with services.database.transaction() as session:
        desk.put_down(session, services.settings, now=now)
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
        terms = PolicyTerms(
            may_ask=member.may_ask,
            may_share_back=member.may_ask,
            consulted=member.council,
            lawful_basis="legitimate interest",
        )
        record_policy(session, partner.id, terms, now=since)
    own = deal(member, partner.id, share.seats, when, rng)
    put_contracts(session, own.contracts, now=now)
    put_promotions(session, promotions(member, partner.id, share.seats, own, when, rng))
    everybody = people(member, share.seats, own.since, own.until, rng)
    pepper = services.secrets.pepper
    ids = [seat_id(pepper, partner.id, person.subject) for person in everybody]
    declared = Declared(session)
    put_seats(session, rows.seats(partner, everybody, ids, own.ended_on), declared, now=now)
    days = rows.active_days(partner, everybody, ids)
    record_activity(session, days, "vendor", now=now)
    given = answers(member, everybody, share.answers, when, rng)
    answered = rows.end_user_responses(recipe.seed, partner, everybody, ids, given, declared, surveys["end_user"])
    put_imported(session, answered, now=now)
    buyers = [
        NewBuyer(partner.id, f"{mailbox}@{member.slug}.example", role, title)
        for mailbox, title, role in TITLES[: member.buyers]
    ]
    put_buyers(session, buyers, pepper=pepper, now=now)
    said = buyer_answers(member, own, when, rng)
    put_imported(session, rows.buyer_responses(recipe.seed, partner, buyers, said, pepper, surveys["buyer"]), now=now)
    shown = asked(everybody, given, when, rng)
    record_shown(session, ((partner.id, ids[place], day) for place, day in shown))
    return Made(1, len(everybody), len(days), len(given), len(said))
