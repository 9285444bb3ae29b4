"""Who takes care of which renewal, and what comes next."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.decisions.models import RenewalStep
from feedback.decisions.values import LONGEST_LINE, LONGEST_NAME, refuse
from feedback.partners.models import Partner
from feedback.partners.standing import contracts_by_key
from feedback.staff import audit


class Step(NamedTuple):
    """Who takes care of a renewal, and what comes next; either may be empty."""

    owner: str
    next_step: str


def renewal_steps(session: Session) -> dict[tuple[str, str], Step]:
    """Every step that somebody wrote down, by the partner's slug and the contract's id."""
    statement = select(Partner.slug, RenewalStep.contract_id, RenewalStep.owner, RenewalStep.next_step)
    rows = session.execute(statement.join(Partner, Partner.id == RenewalStep.partner_id))
    return {(slug, contract_id): Step(owner, next_step) for slug, contract_id, owner, next_step in rows}


def put_renewal_step(
    session: Session, partner_id: UUID, contract_id: str, *, owner: str, next_step: str, actor: str, now: datetime
) -> None:
    """Who takes care of this renewal and what comes next, in place of what stood there; empty takes it back.

    Raises NOT_FOUND for a contract that the partner does not have, INVALID for texts that are too long.
    """
    if not contracts_by_key(session, [(partner_id, contract_id)]):
        raise Problem(Code.NOT_FOUND, f"This partner has no contract {contract_id!r}.")
    owner, next_step = " ".join(owner.split()), " ".join(next_step.split())
    for name, text, most in (("owner", owner, LONGEST_NAME), ("next_step", next_step, LONGEST_LINE)):
        if len(text) > most:
            refuse(name, f"At most {most} characters, not {len(text)}.")
    audit.record(session, actor, "renewal.step_put", contract_id, {"partner_id": str(partner_id)}, now)
    found = session.get(RenewalStep, (partner_id, contract_id))
    if not owner and not next_step:
        if found is not None:
            session.delete(found)
        return
    if found is None:
        found = RenewalStep(partner_id=partner_id, contract_id=contract_id)
        session.add(found)
    found.owner, found.next_step, found.changed_at, found.changed_by = owner, next_step, now, actor
