"""What staff do about a flag: set the answers aside that it is about, take that back. Both are in the audit log."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.flags import queries
from feedback.flags.models import Flag
from feedback.responses import aside
from feedback.responses.aside import Chosen
from feedback.responses.models import SetAside
from feedback.staff import audit


def set_aside(
    session: Session, partner_id: UUID, flag_id: UUID, reason: str, *, whose: str = "", actor: str, now: datetime
) -> SetAside:
    """Count the answers that a flag is about no more. `whose`: one of WHOSE; empty: those of this kind of flag.

    Raises NOT_FOUND, INVALID without a reason, CONFLICT where they are set aside already.
    """
    flag = queries.flag(session, partner_id, flag_id)
    if flag is None:
        raise Problem(Code.NOT_FOUND, "There is no such flag at this partner.")
    if flag.set_aside_id is not None:
        raise Problem(Code.CONFLICT, "What this flag is about is set aside already.")
    chosen = Chosen(
        partner_id,
        "end_user",
        flag.metric,
        flag.first_day,
        flag.last_day,
        whose or flag.whose,
    )
    one = aside.set_aside(session, chosen, reason, flag_id=flag_id, actor=actor, now=now)
    detail = {"partner_id": str(partner_id), "flag": str(flag_id), "whose": one.whose, "answers": one.answers}
    audit.record(session, actor, "answers.set_aside", str(one.id), {**detail, "reason": one.reason}, now)
    return one


def settle(session: Session, partner_id: UUID, flag_id: UUID, reason: str, *, actor: str, now: datetime) -> None:
    """Hold the answers to be honest: they count as before.

    Raises NOT_FOUND, INVALID without a reason, CONFLICT where they are set aside: they would still not count.
    """
    flag = session.get(Flag, (partner_id, flag_id))
    standing = queries.flag(session, partner_id, flag_id)
    if flag is None or standing is None:
        raise Problem(Code.NOT_FOUND, "There is no such flag at this partner.")
    if standing.set_aside_id is not None:
        raise Problem(
            Code.CONFLICT, "What this flag is about is set aside. Take that back first: then it counts again."
        )
    aside.require_reason(reason)
    flag.settled_at, flag.settled_by, flag.settled_reason = now, actor, reason.strip()
    detail = {"partner_id": str(partner_id), "kind": flag.kind, "reason": reason.strip()}
    audit.record(session, actor, "flag.settled", str(flag_id), detail, now)


def take_back_of_flag(
    session: Session, partner_id: UUID, flag_id: UUID, reason: str, *, actor: str, now: datetime
) -> int:
    """`take_back` of what was set aside because of this flag. Raises NOT_FOUND, INVALID, CONFLICT."""
    flag = queries.flag(session, partner_id, flag_id)
    if flag is None:
        raise Problem(Code.NOT_FOUND, "There is no such flag at this partner.")
    if flag.set_aside_id is None:
        raise Problem(Code.CONFLICT, "Nothing is set aside because of this flag.")
    return take_back(session, partner_id, flag.set_aside_id, reason, actor=actor, now=now)


def take_back(session: Session, partner_id: UUID, aside_id: UUID, reason: str, *, actor: str, now: datetime) -> int:
    """Count them again; returns how many are still there. Raises NOT_FOUND, INVALID, CONFLICT."""
    answers = aside.take_back(session, partner_id, aside_id, reason, actor=actor, now=now)
    detail = {"partner_id": str(partner_id), "answers": answers, "reason": reason.strip()}
    audit.record(session, actor, "answers.counted_again", str(aside_id), detail, now)
    return answers
