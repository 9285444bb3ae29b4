"""What partners allow, as it stood and as it stands: which policy held when, and why one lets nobody be asked."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from feedback.partners.models import NoticeText, Policy


class StandingPolicy(NamedTuple):
    """What holds at a partner. `recorded_at` None: nothing is recorded, the default holds.

    `notice_known`: the text of the notice that people are told by is on record.
    """

    recorded_at: datetime | None = None
    may_ask: bool = True
    valid_until: date | None = None
    notice_version: str | None = None
    notice_known: bool = False

    def refuses(self, day: date) -> str | None:
        """Why nobody may be asked on `day`, in a sentence for staff; None: they may."""
        if not self.may_ask:
            return "This partner's policy forbids asking: nobody is asked."
        if self.valid_until is not None and self.valid_until < day:
            return f"This partner's policy has run out on {self.valid_until.isoformat()}: nobody is asked."
        return None


DEFAULT = StandingPolicy()


def policy_at(session: Session, partner_id: UUID, moment: datetime) -> Policy | None:
    """The policy recorded last up to `moment`; None: the default held.

    Whoever asked at that moment may have gone by the one before, for `core.cached.STALE_S` after it was recorded.
    """
    recorded = Policy.partner_id == partner_id, Policy.recorded_at <= moment
    return session.scalars(
        select(Policy).where(*recorded).order_by(Policy.recorded_at.desc(), Policy.id.desc()).limit(1)
    ).first()


def recorded_policies(session: Session, partner_id: UUID, limit: int | None = None) -> Sequence[Policy]:
    """The policies that were ever recorded for a partner, newest first: all, or the latest `limit`."""
    newest_first = Policy.recorded_at.desc(), Policy.id.desc()
    statement = select(Policy).where(Policy.partner_id == partner_id).order_by(*newest_first)
    return session.scalars(statement.limit(limit)).all()


def standing_policy(session: Session, partner_id: UUID) -> StandingPolicy:
    """What holds at one partner now."""
    row = session.execute(_LATEST.where(Policy.partner_id == partner_id)).first()
    return DEFAULT if row is None else StandingPolicy._make(row[1:])


def standing_policies(session: Session) -> dict[UUID, StandingPolicy]:
    """The same of every partner that has one recorded, in one statement."""
    return {partner_id: StandingPolicy._make(rest) for partner_id, *rest in session.execute(_LATEST)}


def _latest() -> Select[UUID, datetime, bool, date | None, str | None, bool]:
    newest_first = (Policy.recorded_at.desc(), Policy.id.desc())
    place = func.row_number().over(partition_by=Policy.partner_id, order_by=newest_first).label("place")
    ranked = select(Policy.partner_id, Policy.id, place).subquery()
    known = exists().where(NoticeText.version == Policy.notice_version).label("notice_known")
    columns = Policy.partner_id, Policy.recorded_at, Policy.may_ask, Policy.valid_until, Policy.notice_version
    return (
        select(*columns, known)
        .join(ranked, (ranked.c.partner_id == Policy.partner_id) & (ranked.c.id == Policy.id))
        .where(ranked.c.place == 1)
    )


_LATEST = _latest()
