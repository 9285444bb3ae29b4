"""Under which terms an answer was given: the policy that held, the notice it names, the words on the card."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.partners.commands import PolicyTerms
from feedback.partners.models import NoticeText, Policy
from feedback.partners.notice_texts import notices
from feedback.partners.policies import policy_at
from feedback.responses.models import CardText, Impression, Response


@dataclass(frozen=True, slots=True)
class AnswerTerms:
    """`asked_at`: the grant of the impression; for an answer without one, its first receipt.

    `policy` and `notice` (in all its languages) as they held then; `card` None: it was not shown by a card of ours, or
    before its words were kept.
    """

    asked_at: datetime
    policy: Policy | None
    notice_version: str | None
    notice: tuple[NoticeText, ...]
    card: CardText | None

    def as_json(self) -> dict[str, Any]:
        """For an export: plain values."""
        policy, card = self.policy or PolicyTerms(), self.card
        return {
            "asked_at": self.asked_at,
            "policy": {name: getattr(policy, name) for name in PolicyTerms.__dataclass_fields__},
            "policy_recorded_at": self.policy and self.policy.recorded_at,
            "notice_version": self.notice_version,
            "notice": {one.locale: one.text for one in self.notice},
            "card": card and {"locale": card.locale, "texts": card.texts},
        }


def answer_terms(session: Session, partner_id: UUID, response_id: UUID) -> AnswerTerms:
    """The terms of one answer. Raises NOT_FOUND."""
    answer = session.get(Response, (partner_id, response_id))
    if answer is None:
        raise Problem(Code.NOT_FOUND, "This partner has no such answer.")
    impression = answer.impression_id and session.get(Impression, (partner_id, answer.impression_id))
    asked_at = impression.granted_at if impression else answer.known_at
    text_id = impression.card_text_id if impression else None
    version = answer.notice_version
    return AnswerTerms(
        asked_at=asked_at,
        policy=policy_at(session, partner_id, asked_at),
        notice_version=version,
        notice=tuple(notices(session, version)) if version is not None else (),
        card=session.get(CardText, (partner_id, text_id)) if text_id else None,
    )
