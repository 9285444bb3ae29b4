"""What is set in the desk rather than in the environment, kept in the database.

A variable of the environment that is set wins; else what the desk set holds; else the default of `Settings`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, String, Table, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedback.core.db import Base, UtcDateTime
from feedback.core.rows import plain_rows
from feedback.settings import VARIABLES, ExchangeRate, Settings


class Preference(Base):
    """One setting that the desk set; without a row the default holds."""

    __tablename__ = "preferences"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    """A member of `Settings`."""
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(300))


@dataclass(frozen=True, slots=True)
class Standing:
    """One setting as it holds, and who says so: `variable` of the environment, the desk (`changed_at`), or neither."""

    name: str
    value: Any
    variable: str | None
    changed_at: datetime | None
    changed_by: str | None


def _rates(kept: list[dict[str, str]]) -> tuple[ExchangeRate, ...]:
    return tuple(ExchangeRate(one["currency"], Decimal(one["rate"]), date.fromisoformat(one["day"])) for one in kept)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "vendor_name": str,
    "headline_trust": frozenset,
    "engaged_days": int,
    "abandoned_days": int,
    "activation_threshold": lambda percent: percent / 100,
    "retention_threshold": lambda percent: percent / 100,
    "minimum_group": int,
    "contact_days": int,
    "comment_months": int,
    "activity_months": int,
    "answer_months": int,
    "tally_months": int,
    "link_days": int,
    "staged_days": int,
    "audit_months": int,
    "reporting_currency": str,
    "exchange_rates": _rates,
}
"""By name, what makes the member of `Settings` of what is kept."""
NAMES = tuple(_READ)

_TABLE: Table = Preference.__table__  # type: ignore[assignment]
_KEPT = select(_TABLE.c.name, _TABLE.c.value).order_by(_TABLE.c.name)


def in_force(session: Session, settings: Settings) -> Settings:
    """The settings that hold in this transaction: `settings` of the process with what the desk set. One statement."""
    kept = plain_rows(session, _KEPT)
    return _applied(settings, json.dumps(kept)) if kept else settings


def kept(session: Session) -> dict[str, Any]:
    """What the desk set, by name, as JSON; also what a variable of the environment overrules."""
    return dict(plain_rows(session, _KEPT))


def standings(session: Session, settings: Settings) -> dict[str, Standing]:
    """Every setting that the desk may set, as it holds, and who says so."""
    rows = {row.name: row for row in session.scalars(select(Preference))}
    holding = in_force(session, settings)
    found = {}
    for name in NAMES:
        row = None if name in settings.fixed else rows.get(name)
        found[name] = Standing(
            name=name,
            value=getattr(holding, name),
            variable=VARIABLES[name] if name in settings.fixed else None,
            changed_at=row.changed_at if row else None,
            changed_by=row.changed_by if row else None,
        )
    return found


def default(name: str) -> Any:
    """What holds of a setting while nobody said anything."""
    return next(one.default for one in fields(Settings) if one.name == name)


# By what is kept, so that a change is seen by every process at once and nothing is made anew meanwhile.
@lru_cache(16)
def _applied(settings: Settings, rows: str) -> Settings:
    found = {name: _READ[name](value) for name, value in json.loads(rows) if name in _READ}
    return replace(settings, **{name: value for name, value in found.items() if name not in settings.fixed})
