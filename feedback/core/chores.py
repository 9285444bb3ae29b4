"""What is done from time to time, by the schedule or by hand: when it was done last, and what came of it."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedback.core.db import Base, UtcDateTime
from feedback.core.upsert import upsert

INTAKE_COUNTED, TALLIES_VERIFIED = "intake.counted", "tallies.verified"


class Chore(Base):
    """One chore as it was done last; without a row it never was."""

    __tablename__ = "chores"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON)


class Done(NamedTuple):
    """When a chore was done last, and what came of it, plain JSON."""

    done_at: datetime
    outcome: dict[str, Any]


def done(session: Session, name: str, outcome: dict[str, Any], *, now: datetime) -> None:
    """Remember that the chore was done; what came of it before is forgotten."""
    row = {"name": name, "done_at": now, "outcome": outcome}
    upsert(session, Chore, [row], change={"done_at": None, "outcome": None})


def last_done(session: Session) -> dict[str, Done]:
    """Every chore that was ever done, by its name."""
    rows = session.execute(select(Chore.name, Chore.done_at, Chore.outcome))
    return {name: Done(done_at, outcome) for name, done_at, outcome in rows}
