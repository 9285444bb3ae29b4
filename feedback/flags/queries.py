"""Read flags, and what of them was set aside."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Date, Table, and_, bindparam, select, tuple_
from sqlalchemy.orm import Session

from feedback.core.rows import ByPartner
from feedback.flags import words
from feedback.flags.models import Flag
from feedback.responses.models import SetAside

_FLAGS: Table = Flag.__table__  # type: ignore[assignment]
_ASIDE: Table = SetAside.__table__  # type: ignore[assignment]
MOST = 200
"""So many flags at most are read for a page."""
STATES = ("open", "set_aside", "settled")
"""Nobody decided yet; its answers do not count; they are held to be honest."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which flags: of a partner, of a kind, in a state; None: any."""

    partner_id: UUID | None = None
    kind: str | None = None
    state: str | None = None


class StandingFlag(NamedTuple):
    """A flag, with what is set aside because of it now: its id and how many answers; None: nothing."""

    partner_id: UUID
    id: UUID
    kind: str
    metric: str
    first_day: date
    last_day: date
    raised_at: Any
    p_value: float | None
    evidence: Any
    settled_at: Any
    settled_by: str | None
    settled_reason: str | None
    set_aside_id: UUID | None
    answers_aside: int | None
    aside_by: str | None
    aside_reason: str | None
    aside_at: Any

    @property
    def state(self) -> str:
        """One of STATES."""
        return "set_aside" if self.set_aside_id else "settled" if self.settled_at else "open"

    @property
    def open(self) -> bool:
        """Whether nobody decided yet what is to be thought of it."""
        return self.state == "open"

    @property
    def title(self) -> str:
        """Its kind in words."""
        return words.KINDS[self.kind]

    @property
    def whose(self) -> str:
        """Whose answers it is about: one of WHOSE."""
        return words.USUALLY.get(self.kind, "all")

    @property
    def sentence(self) -> str:
        """What it says, without the partner's name."""
        return words.sentence(self.kind, self.evidence, self.p_value)


def _standing() -> Any:
    aside = and_(
        _ASIDE.c.partner_id == _FLAGS.c.partner_id, _ASIDE.c.flag_id == _FLAGS.c.id, _ASIDE.c.undone_at.is_(None)
    )
    columns = (_FLAGS.c[name] for name in StandingFlag._fields[:12])
    done = (_ASIDE.c[name] for name in ("id", "answers", "made_by", "reason", "made_at"))
    return select(*columns, *done).select_from(_FLAGS.outerjoin(_ASIDE, aside))


_WITHIN = ByPartner.of(
    _standing()
    .where(_FLAGS.c.first_day <= bindparam("last", type_=Date()), _FLAGS.c.last_day >= bindparam("first", type_=Date()))
    .order_by(_FLAGS.c.last_day.desc(), _FLAGS.c.partner_id, _FLAGS.c.id)
    .limit(MOST),
    _FLAGS.c.partner_id,
)


def flags_within(session: Session, first: date, last: date, partner_id: UUID | None = None) -> list[StandingFlag]:
    """Flags about answers of these days, of all partners or of one, the latest first; at most 200."""
    return [StandingFlag._make(row) for row in _WITHIN.rows(session, partner_id, {"first": first, "last": last})]


def flag_page(
    session: Session, wanted: Wanted, after: tuple[datetime, UUID] | None = None, limit: int | None = None
) -> list[StandingFlag]:
    """Flags in the order in which they were raised, behind `after`; at most `limit`."""
    statement = _standing().order_by(_FLAGS.c.raised_at, _FLAGS.c.id).limit(limit)
    if wanted.partner_id is not None:
        statement = statement.where(_FLAGS.c.partner_id == wanted.partner_id)
    if wanted.kind is not None:
        statement = statement.where(_FLAGS.c.kind == wanted.kind)
    if wanted.state is not None:
        statement = statement.where(*_in_state(wanted.state))
    if after is not None:
        statement = statement.where(tuple_(_FLAGS.c.raised_at, _FLAGS.c.id) > after)
    return [StandingFlag._make(row) for row in session.execute(statement)]


def _in_state(state: str) -> tuple[Any, ...]:
    if state == "set_aside":
        return (_ASIDE.c.id.is_not(None),)
    settled = _FLAGS.c.settled_at
    return _ASIDE.c.id.is_(None), settled.is_(None) if state == "open" else settled.is_not(None)


def flag(session: Session, partner_id: UUID, identifier: UUID) -> StandingFlag | None:
    """One flag; None when there is none."""
    row = session.execute(_standing().where(_FLAGS.c.partner_id == partner_id, _FLAGS.c.id == identifier)).first()
    return None if row is None else StandingFlag._make(row)
