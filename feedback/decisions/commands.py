"""Write claims, what speaks for and against them, decisions, and what came of them. Each leaves a line in the audit."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.decisions import queries
from feedback.decisions.models import Claim, Decision, Evidence
from feedback.decisions.values import NewClaim, NewDecision, NewEvidence, Review, Verdict, refuse
from feedback.responses.queries import commented, has_comment
from feedback.settings import Settings
from feedback.staff import audit


def add_claim(session: Session, partner_id: UUID, new: NewClaim, *, actor: str, now: datetime) -> Claim:
    """Put down what somebody at the partner said about its users. Raises INVALID for a day to come."""
    if new.said_on > now.date():
        refuse("said_on", "A claim is put down after it was said, not before.")
    claim = Claim(
        partner_id=partner_id,
        id=new_id(),
        said_by=new.said_by.strip(),
        said_on=new.said_on,
        words=new.words.strip(),
        verdict="open",
        created_at=now,
        created_by=actor,
    )
    session.add(claim)
    session.flush()
    audit.record(session, actor, "claim.added", str(claim.id), {"partner_id": str(partner_id)}, now)
    return claim


def add_evidence(
    session: Session, partner_id: UUID, claim_id: UUID, new: NewEvidence, *, actor: str, now: datetime
) -> Evidence:
    """Add what speaks for or against a claim. Raises NOT_FOUND for a claim or comment of others."""
    claim = queries.claim(session, partner_id, claim_id)
    if new.response_id is not None and not has_comment(session, partner_id, new.response_id):
        raise Problem(Code.NOT_FOUND, "This partner's people left no comment with that id.")
    evidence = Evidence(
        partner_id=partner_id,
        id=new_id(),
        claim_id=claim.id,
        response_id=new.response_id,
        supports=new.supports,
        words=new.words.strip(),
        added_at=now,
        added_by=actor,
    )
    session.add(evidence)
    session.flush()
    audit.record(session, actor, "claim.evidence_added", str(claim.id), {"supports": new.supports}, now)
    return evidence


def forget_evidence(session: Session) -> int:
    """Delete evidence that was drawn from comments which are gone: it may repeat them. Returns how much there was."""
    gone = Evidence.response_id.is_not(None) & ~commented(Evidence.partner_id, Evidence.response_id)
    return int(session.execute(delete(Evidence).where(gone)).rowcount)  # type: ignore[attr-defined]


def judge_claim(
    session: Session, partner_id: UUID, claim_id: UUID, verdict: Verdict, *, actor: str, now: datetime
) -> Claim:
    """Say what the evidence comes to; it may be said anew. Raises NOT_FOUND."""
    claim = queries.claim(session, partner_id, claim_id)
    before, claim.verdict, claim.verdict_note = claim.verdict, verdict.verdict, verdict.note.strip() or None
    audit.record(session, actor, "claim.judged", str(claim.id), {"before": before, "verdict": verdict.verdict}, now)
    return claim


def add_decision(
    session: Session,
    settings: Settings,
    new: NewDecision,
    *,
    partner_id: UUID | None,
    actor: str,
    now: datetime,
) -> Decision:
    """Put a decision down, with what its number is today, of one partner or of all.

    Raises INVALID for a day of review that has passed.
    """
    if new.review_on < now.date():
        refuse("review_on", "The day of review has passed: choose one to come.")
    decision = Decision(
        id=new_id(),
        partner_id=partner_id,
        title=new.title.strip(),
        finding=new.finding.strip(),
        owner=new.owner.strip(),
        number=new.number,
        expected=new.expected.strip(),
        review_on=new.review_on,
        before=queries.number_now(session, settings, new.number, partner_id=partner_id, now=now),
        created_at=now,
        created_by=actor,
    )
    session.add(decision)
    session.flush()
    detail = {"number": new.number, "partner_id": str(partner_id) if partner_id else None}
    audit.record(session, actor, "decision.added", str(decision.id), detail, now)
    return decision


def review_decision(
    session: Session,
    settings: Settings,
    decision_id: UUID,
    review: Review,
    *,
    actor: str,
    now: datetime,
) -> Decision:
    """Put down what came of a decision, with what its number is today.

    Raises NOT_FOUND, and CONFLICT before the day of review or when it was reviewed already.
    """
    decision = queries.decision(session, decision_id)
    if decision.reviewed_at is not None:
        raise Problem(Code.CONFLICT, "This decision was reviewed already.")
    if not queries.is_due(decision, now.date()):
        raise Problem(Code.CONFLICT, f"The day of review is {decision.review_on.isoformat()}: until then it may move.")
    decision.after = queries.number_now(session, settings, decision.number, partner_id=decision.partner_id, now=now)
    decision.outcome, decision.told = review.outcome.strip(), review.told.strip() or None
    decision.reviewed_at = now
    audit.record(session, actor, "decision.reviewed", str(decision.id), {"told": decision.told is not None}, now)
    return decision
