"""What comments bear on: the claims and decisions that a page of comments offers to link them to."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.comments.commands import Remarks
from feedback.comments.queries import Comment
from feedback.core.errors import Code, Problem
from feedback.decisions import queries
from feedback.decisions.models import Claim, Decision

_MOST_OFFERED = 20


@dataclass(frozen=True, slots=True)
class Links:
    """The claims about the partners of a page, newest first, and all decisions, those to be reviewed first."""

    claims: Sequence[Claim]
    decisions: Sequence[Decision]

    def claims_for(self, comment: Comment) -> list[Claim]:
        """What to choose from: the newest about its partner, and the one that is chosen."""
        own = [one for one in self.claims if one.partner_id == comment.partner_id]
        return [one for place, one in enumerate(own) if place < _MOST_OFFERED or one.id == comment.claim_id]

    def decisions_for(self, comment: Comment) -> list[Decision]:
        """The same of decisions about its partner or about all."""
        own = [one for one in self.decisions if one.partner_id in {None, comment.partner_id}]
        return [one for place, one in enumerate(own) if place < _MOST_OFFERED or one.id == comment.decision_id]

    def claim(self, comment: Comment) -> Claim | None:
        """What it is linked to; None also when that is gone."""
        return next((one for one in self.claims if one.id == comment.claim_id), None)

    def decision(self, comment: Comment) -> Decision | None:
        """The same of a decision."""
        return next((one for one in self.decisions if one.id == comment.decision_id), None)


def links(session: Session, comments: Sequence[Comment]) -> Links:
    """What the comments of a page can be linked to."""
    partners = {one.partner_id for one in comments}
    if not partners:
        return Links((), ())
    return Links(queries.claims_about(session, partners), queries.decisions(session))


def require_own(session: Session, partner_id: UUID, remarks: Remarks) -> None:
    """NOT_FOUND for a claim about another partner, and for a decision about another."""
    if remarks.claim_id is not None:
        queries.claim(session, partner_id, remarks.claim_id)
    if remarks.decision_id is not None and queries.decision(session, remarks.decision_id).partner_id not in {
        None,
        partner_id,
    }:
        raise Problem(Code.NOT_FOUND, "This decision is about another partner.")
