"""Who and what was erased: kept so that no import brings it back, and no backup that is restored.

The tables here are what every process asks. `core.erasure_journal` copies them into a file beside the database, which
no restore takes back.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Table, Uuid, false, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedback.core.db import Base, UtcDateTime
from feedback.core.errors import Code, Problem
from feedback.core.lookup import ByKeys
from feedback.core.upsert import upsert

REFUSED = "This person was erased; leave the line out."
"""Why a line of a file that speaks of somebody erased is not taken."""
WITHDRAWN = "This answer was deleted by whoever gave it; leave the line out."


class Erasure(Base):
    """A respondent of a partner who was erased. From then on only what they say themselves is kept of them."""

    __tablename__ = "erasures"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    respondent_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The last time."""
    objected: Mapped[bool] = mapped_column(server_default=false())
    """They had objected to being asked: that outlives the erasure."""


class Withdrawal(Base):
    """An answer that whoever gave it deleted."""

    __tablename__ = "withdrawals"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    response_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    withdrawn_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PartnerRemoval(Base):
    """A partner that left and was taken out whole; `id` is what it had."""

    __tablename__ = "partner_removals"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    removed_at: Mapped[datetime] = mapped_column(UtcDateTime)


_ERASURES: Table = Erasure.__table__  # type: ignore[assignment]
_WITHDRAWALS: Table = Withdrawal.__table__  # type: ignore[assignment]
_STANDING = ByKeys(
    lambda wanted: select(wanted.place, _ERASURES.c.erased_at, _ERASURES.c.objected).where(
        _ERASURES.c.partner_id == wanted.partner, _ERASURES.c.respondent_id == wanted.second
    )
)
_WITHDRAWN = ByKeys(
    lambda wanted: select(wanted.place, _WITHDRAWALS.c.withdrawn_at).where(
        _WITHDRAWALS.c.partner_id == wanted.partner, _WITHDRAWALS.c.response_id == wanted.second
    )
)


class Erased(NamedTuple):
    """When somebody was erased, and whether they had objected to being asked."""

    at: datetime
    objected: bool


def erased(session: Session, keys: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Erased]:
    """Those of `keys` (partner, respondent) who were erased."""
    wanted = list(keys)
    return {wanted[place]: Erased(at, objected) for place, at, objected in _STANDING.rows(session, wanted)}


def refuse_erased(session: Session, partner_id: UUID, respondent_id: UUID) -> None:
    """Raises RESPONDENT_ERASED for somebody of whom the vendor's word is not taken any more."""
    if erased(session, [(partner_id, respondent_id)]):
        raise Problem(Code.RESPONDENT_ERASED, "What was held of this person was erased, and nothing is taken instead.")


def withdrawn(session: Session, keys: Iterable[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Those of `keys` (partner, response) that were deleted by whoever gave them."""
    wanted = list(keys)
    return {wanted[row[0]] for row in _WITHDRAWN.rows(session, wanted)}


def note_erased(
    session: Session, partner_id: UUID, respondents: Collection[UUID], *, objected: bool, now: datetime
) -> None:
    """Put down that these were erased. Same transaction as the erasure."""
    standing = erased(session, [(partner_id, one) for one in respondents])
    rows = [
        {
            "partner_id": partner_id,
            "respondent_id": one,
            "erased_at": now,
            "objected": objected or ((partner_id, one) in standing and standing[partner_id, one].objected),
        }
        for one in sorted(set(respondents))
    ]
    upsert(session, Erasure, rows, change={"erased_at": None, "objected": None})


def note_withdrawn(session: Session, partner_id: UUID, response_id: UUID, *, now: datetime) -> None:
    """Put down that this answer was deleted by whoever gave it. Same transaction as that."""
    row: dict[str, Any] = {"partner_id": partner_id, "response_id": response_id, "withdrawn_at": now}
    upsert(session, Withdrawal, [row], change={})


def note_removed(session: Session, partner_id: UUID, *, now: datetime) -> None:
    """Put down that this partner was taken out. Same transaction as that."""
    upsert(session, PartnerRemoval, [{"id": partner_id, "removed_at": now}], change={"removed_at": None})


def removed_partners(session: Session) -> list[UUID]:
    """Every partner that was ever taken out."""
    return list(session.scalars(select(PartnerRemoval.id).order_by(PartnerRemoval.id)))
