"""Second answers to an impression: refused, and kept apart, so that staff can see who tries to answer twice.

An impression holds one answer. What else comes for it under another id is told so (409), counts nowhere and changes
nothing; up to five of them are kept with what they say, each once, with how often it came.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.core.upsert import upsert
from feedback.responses.models import SecondAnswer

MOST = 5
"""Kept per impression. Whoever holds an impression could send any number."""


class Second(NamedTuple):
    """One of them, as it came."""

    partner_id: UUID
    impression_id: UUID
    response_id: UUID
    respondent_id: UUID | None
    metric: str
    score: int
    comment: str | None
    trust: str


class Seconds(NamedTuple):
    """How many second answers are kept, to how many questions, and when the last one came."""

    answers: int
    impressions: int
    last_at: datetime | None


def keep(session: Session, came: Sequence[Second], *, now: datetime) -> None:
    """Keep those for which there is room; one that came before is counted."""
    if not came:
        return
    impressions = {(one.partner_id, one.impression_id) for one in came}
    standing: set[tuple[UUID, UUID, UUID]] = set()
    for partner_id, impression_id in impressions:
        own = SecondAnswer.partner_id == partner_id, SecondAnswer.impression_id == impression_id
        found = session.scalars(select(SecondAnswer.response_id).where(*own))
        standing |= {(partner_id, impression_id, response_id) for response_id in found}
    taken = Counter((partner_id, impression_id) for partner_id, impression_id, _response in standing)
    rows: dict[tuple[UUID, UUID, UUID], dict[str, Any]] = {}
    for one in came:
        key = one.partner_id, one.impression_id, one.response_id
        if key not in standing and key not in rows:
            if taken[key[:2]] >= MOST:
                continue
            taken[key[:2]] += 1
        times = rows[key]["times"] + 1 if key in rows else 1
        rows[key] = {**one._asdict(), "first_at": now, "last_at": now, "times": times}
    change = {"last_at": None, "times": _added}
    upsert(session, SecondAnswer, sorted(rows.values(), key=lambda row: row["response_id"].int), change=change)


def seconds(session: Session) -> Seconds:
    """What is kept of all partners."""
    own = SecondAnswer
    each = func.count(own.impression_id.distinct())
    return Seconds._make(session.execute(select(func.count(), each, func.max(own.last_at)).select_from(own)).one())


def seconds_of(session: Session, partner_id: UUID, most: int) -> Sequence[SecondAnswer]:
    """Those of one partner, the latest first."""
    own = select(SecondAnswer).where(SecondAnswer.partner_id == partner_id)
    return session.scalars(own.order_by(SecondAnswer.last_at.desc(), SecondAnswer.response_id).limit(most)).all()


def _added(standing: Any, incoming: Any) -> Any:
    return standing + incoming
