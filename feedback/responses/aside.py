"""Set answers aside that staff do not believe, and take that back: the fold moves what is counted by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session, aliased

from feedback.core import inbox
from feedback.core.errors import Code, Problem
from feedback.core.ids import new_id
from feedback.responses.models import WHOSE, Response, SetAside
from feedback.seats.queries import known_by_the_vendor

LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Chosen:
    """Answers of one audience by one metric at a partner, given on these days, both included. `whose`: one of WHOSE.

    Not those that nobody vouches for.
    """

    partner_id: UUID
    audience: str
    metric: str
    first_day: date
    last_day: date
    whose: str = "all"


def set_aside(
    session: Session, chosen: Chosen, reason: str, *, flag_id: UUID | None = None, actor: str, now: datetime
) -> SetAside:
    """Count these answers no more, until `take_back`. What arrives later is not among them.

    Raises INVALID without a reason, CONFLICT where there is no such answer that counts.
    """
    require_reason(reason)
    if chosen.whose not in WHOSE:
        raise Problem(Code.INVALID, f"`whose` is one of {', '.join(WHOSE)}.")
    one = SetAside(
        partner_id=chosen.partner_id,
        id=new_id(),
        flag_id=flag_id,
        audience=chosen.audience,
        metric=chosen.metric,
        first_day=chosen.first_day,
        last_day=chosen.last_day,
        whose=chosen.whose,
        answers=0,
        reason=reason.strip(),
        made_at=now,
        made_by=actor,
    )
    one.answers = _mark(session, _those(chosen), one.id, chosen.partner_id, now)
    if not one.answers:
        raise Problem(
            Code.CONFLICT,
            "None of the answers you chose counts any more: they are set aside already, maybe because of another flag,"
            " or there are none of these people. Choose whose answers anew.",
        )
    session.add(one)
    session.flush()
    return one


def take_back(session: Session, partner_id: UUID, identifier: UUID, reason: str, *, actor: str, now: datetime) -> int:
    """Count again what was set aside; returns how many answers are still there. Raises NOT_FOUND, INVALID, CONFLICT."""
    require_reason(reason)
    one = session.get(SetAside, (partner_id, identifier), with_for_update=True)
    if one is None:
        raise Problem(Code.NOT_FOUND, "Nothing was set aside under this id.")
    if one.undone_at is not None:
        raise Problem(Code.CONFLICT, "That was taken back already.")
    one.undone_at, one.undone_by, one.undone_reason = now, actor, reason.strip()
    its_own = and_(Response.partner_id == partner_id, Response.set_aside_id == identifier)
    return _mark(session, its_own, None, partner_id, now)


def asides(session: Session, partner_ids: Sequence[UUID] | None = None) -> Sequence[SetAside]:
    """What was ever set aside, of all partners or of these, the latest first."""
    statement = select(SetAside).order_by(SetAside.made_at.desc(), SetAside.id)
    if partner_ids is not None:
        statement = statement.where(SetAside.partner_id.in_(partner_ids))
    return session.scalars(statement).all()


def _mark(session: Session, chosen: ColumnElement[bool], value: UUID | None, partner_id: UUID, now: datetime) -> int:
    statement = update(Response).where(chosen).values(set_aside_id=value)
    # Chosen by what else the person said: not to be looked for among what the session holds.
    marked = session.execute(
        statement.returning(Response.respondent_id, Response.metric), execution_options={"synchronize_session": False}
    ).all()
    inbox.put_many(session, [(partner_id, person, metric) for person, metric in marked], now=now)
    return len(marked)


def _those(chosen: Chosen) -> ColumnElement[bool]:
    begin = datetime.combine(chosen.first_day, time(), UTC)
    end = datetime.combine(chosen.last_day + timedelta(days=1), time(), UTC)
    conditions: list[ColumnElement[Any]] = [
        Response.partner_id == chosen.partner_id,
        Response.audience == chosen.audience,
        Response.metric == chosen.metric,
        Response.live.is_(True),
        Response.answered_at >= begin,
        Response.answered_at < end,
        Response.set_aside_id.is_(None),
        # What nobody vouches for is counted apart anyhow; with what was set aside it would count all at once.
        Response.trust != "none",
    ]
    if chosen.whose == "partner":
        conditions.append(Response.trust == "partner")
    if chosen.whose == "new":
        before = aliased(Response)
        conditions.append(
            ~exists().where(
                before.partner_id == Response.partner_id,
                before.respondent_id == Response.respondent_id,
                before.audience == chosen.audience,
                before.live.is_(True),
                before.answered_at < begin,
            )
        )
    if chosen.whose == "unknown":
        conditions.append(~known_by_the_vendor(Response.partner_id, Response.respondent_id))
    return and_(*conditions)


def require_reason(reason: str) -> None:
    """Raises INVALID for a reason that says nothing, or too much."""
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        what = f"Say why, in up to {LONGEST_REASON} characters."
        raise Problem(Code.INVALID, what, errors={"reason": [what]})
