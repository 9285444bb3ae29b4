"""Read claims with their evidence, and decisions with what their numbers are now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.months import month_of
from feedback.decisions.models import Claim, Decision, Evidence
from feedback.gap import queries as gap
from feedback.gap.values import GapReport
from feedback.partners.queries import slugs
from feedback.settings import Settings

MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class HeldClaim:
    """A claim and what was collected for and against it, oldest first."""

    claim: Claim
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a partner is told, and the month of the review, or of the product's release, that it came of."""

    words: str
    month: int


def claim(session: Session, partner_id: UUID, claim_id: UUID) -> Claim:
    """A claim of this partner. Raises NOT_FOUND, also for the claim of another."""
    found = session.get(Claim, (partner_id, claim_id))
    if found is None:
        raise Problem(Code.NOT_FOUND, "This partner has no such claim.")
    return found


def claims(session: Session, partner_id: UUID) -> tuple[HeldClaim, ...]:
    """What was claimed about the partner's users, newest first."""
    newest_first = (Claim.said_on.desc(), Claim.id.desc())
    found = session.scalars(select(Claim).where(Claim.partner_id == partner_id).order_by(*newest_first)).all()
    held: dict[UUID, list[Evidence]] = {one.id: [] for one in found}
    statement = select(Evidence).where(Evidence.partner_id == partner_id).order_by(Evidence.added_at, Evidence.id)
    for one in session.scalars(statement):
        held[one.claim_id].append(one)
    return tuple(HeldClaim(one, tuple(held[one.id])) for one in found)


def claims_about(session: Session, partner_ids: Collection[UUID]) -> Sequence[Claim]:
    """What was claimed at these partners, newest first; at most MOST_SHOWN."""
    statement = select(Claim).where(Claim.partner_id.in_(partner_ids)).order_by(Claim.said_on.desc(), Claim.id.desc())
    return session.scalars(statement.limit(MOST_SHOWN)).all()


def decision(session: Session, decision_id: UUID) -> Decision:
    """A decision. Raises NOT_FOUND."""
    found = session.get(Decision, decision_id)
    if found is None:
        raise Problem(Code.NOT_FOUND, "There is no such decision.")
    return found


def decisions(session: Session, partner_id: UUID | None = None) -> Sequence[Decision]:
    """Those to be reviewed by date, so that what is overdue comes first, then those that were, newest first.

    Of one partner or of all together with those about all; at most MOST_SHOWN of either kind.
    """
    chosen = select(Decision) if partner_id is None else select(Decision).where(Decision.partner_id == partner_id)
    waiting = chosen.where(Decision.reviewed_at.is_(None)).order_by(Decision.review_on, Decision.id)
    done = chosen.where(Decision.reviewed_at.is_not(None)).order_by(Decision.reviewed_at.desc(), Decision.id)
    return [one for found in (waiting, done) for one in session.scalars(found.limit(MOST_SHOWN))]


def told(session: Session, partner_id: UUID) -> list[Told]:
    """What this partner is told of what was decided, about it or about all, newest first, MOST_SHOWN at most."""
    about = or_(Decision.partner_id == partner_id, Decision.partner_id.is_(None))
    statement = select(Decision.told, Decision.reviewed_at).where(about, Decision.told.is_not(None))
    newest_first = Decision.reviewed_at.desc(), Decision.id.desc()
    rows = session.execute(statement.order_by(*newest_first).limit(MOST_SHOWN))
    return [Told(words, month_of(reviewed_at)) for words, reviewed_at in rows if words and reviewed_at]


def is_due(one: Decision, today: date) -> bool:
    """Whether its day of review has come and nobody reviewed it yet."""
    return one.reviewed_at is None and one.review_on <= today


def number_now(
    session: Session, settings: Settings, number: str, *, partner_id: UUID | None, now: datetime
) -> float | None:
    """What the report says today of one of NUMBERS, of a partner or of all.

    Points for scores and the gap, a share 0..1 for the others; None while there is none.
    """
    partner = None if partner_id is None else slugs(session)[partner_id]
    return number_of(gap.report(session, settings, now=now, partner=partner), number)


def number_of(report: GapReport, number: str) -> float | None:
    """The same of a report that is there."""
    match number:
        case "end_user":
            return report.headline.end_user.score
        case "buyer":
            return report.headline.buyer.score
        case "gap":
            return None if report.headline.gap is None else report.headline.gap.points
        case "activated":
            return report.adoption.activation
        case "engaged":
            return report.adoption.engagement
        case "retention":
            return report.retention.contracts.rate
    raise ValueError(number)
