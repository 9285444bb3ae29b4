"""Months of which the raw rows were deleted because of their age: what was counted of them is counted for good."""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Table, Uuid, case, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedback.core.db import Base
from feedback.core.months import label
from feedback.core.upsert import upsert


class Seal(Base):
    """Of one partner, the first months whose raw rows are all there; empty: none was ever deleted."""

    __tablename__ = "seals"

    partner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    voices_before: Mapped[int | None]
    """Answers, and the voices that they gave."""
    seats_before: Mapped[int | None]
    """Daily activity of seats."""
    tallies_before: Mapped[int | None]
    """What was counted, too: nothing of months before is known any more."""


_SEALS: Table = Seal.__table__  # type: ignore[assignment]


class Sealed(NamedTuple):
    """Of one partner, the months before which voices, seats and tallies are not counted anew; 0: all are."""

    voices: int = 0
    seats: int = 0
    tallies: int = 0


def seals(session: Session, partners: Collection[UUID]) -> dict[UUID, Sealed]:
    """Of each of these partners what is sealed."""
    found = {row.partner_id: row for row in session.scalars(select(Seal).where(Seal.partner_id.in_(set(partners))))}
    return {one: _sealed(found.get(one)) for one in partners}


def _sealed(row: Seal | None) -> Sealed:
    if row is None:
        return Sealed()
    tallies = row.tallies_before or 0
    return Sealed(max(row.voices_before or 0, tallies), max(row.seats_before or 0, tallies), tallies)


def seal(session: Session, partners: Collection[UUID], what: str, before: int) -> None:
    """Seal months before `before` of these partners; a seal only ever moves on. `what`: a column of `Seal`."""
    rows = [{"partner_id": one, what: before} for one in sorted(set(partners))]
    upsert(session, Seal, rows, change={what: _later})


_VOICES, _TALLIES = (func.coalesce(_SEALS.c[name], 0) for name in ("voices_before", "tallies_before"))
_LATER = case((_TALLIES > _VOICES, _TALLIES), else_=_VOICES)
LAST_SEALED = select(func.coalesce(func.max(_LATER), 0))
"""The latest month before which the voices of any partner are sealed; 0: of none."""


def sealed_voices(partner_id: Any) -> Any:
    """The month before which the voices of this partner are sealed, as part of a statement; 0: all are counted anew."""
    return func.coalesce(select(_LATER).where(_SEALS.c.partner_id == partner_id).scalar_subquery(), 0)


def too_old(before: int) -> str:
    """Why something of a month before `before` is not taken."""
    return f"What is before {label(before)} is counted for good and not kept any more; leave it out."


def _later(standing: Any, incoming: Any) -> Any:
    return case((standing >= incoming, standing), else_=incoming)
