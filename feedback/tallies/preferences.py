"""Change what the desk sets. What was counted by it is counted anew; what was frozen stays as it was."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from feedback.core.errors import Code, Problem
from feedback.core.preferences import NAMES, Preference, in_force, kept
from feedback.partners.money import clean_currency
from feedback.seats.models import SeatChange
from feedback.settings import BOUNDS, TRUST_CLASSES, VARIABLES, Settings, clean_trust
from feedback.settings_error import SettingsError
from feedback.staff.audit import record
from feedback.tallies.adoption import everybody

MOST_RATES = 50
_RATE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_COUNTED_BY = ("engaged_days", "abandoned_days")
"""By these the tallies of seats were counted."""


def change(
    session: Session, settings: Settings, wanted: Mapping[str, Any], *, actor: str, now: datetime
) -> tuple[str, ...]:
    """Keep these settings from now on; returns the names of those that differ from before.

    `wanted`: by name of `core.preferences.NAMES`, what is kept (thresholds in whole percent, rates as a list of
    `currency`, `rate` and `day`, all texts), or None for the default. Raises INVALID with all that does not fit by
    name, CONFLICT for what a variable of the environment fixes.
    """
    standing = kept(session)
    clean = _clean(settings, wanted, standing)
    differing = {name: value for name, value in clean.items() if value != standing.get(name)}
    before = in_force(session, settings)
    for name, value in differing.items():
        session.execute(delete(Preference).where(Preference.name == name))
        if value is not None:
            session.add(Preference(name=name, value=value, changed_at=now, changed_by=actor))
        record(session, actor, "preference.changed", name, {"before": standing.get(name), "after": value}, now)
    session.flush()
    after = in_force(session, settings)
    if any(getattr(before, name) != getattr(after, name) for name in _COUNTED_BY):
        _count_anew(session)
    return tuple(differing)


def _clean(settings: Settings, wanted: Mapping[str, Any], standing: Mapping[str, Any]) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    clean: dict[str, Any] = {}
    for name, value in wanted.items():
        if name not in NAMES:
            raise Problem(Code.NOT_FOUND, f"There is no setting {name!r}.")
        if name in settings.fixed:
            raise Problem(Code.CONFLICT, f"The environment fixes this: change {VARIABLES[name]} there.")
        try:
            clean[name] = None if value is None else _check(name)(name, value)
        except Problem as problem:
            errors[name] = [problem.detail]
    after = {**standing, **clean}
    own = after.get("reporting_currency")
    if not errors and after.get("exchange_rates") and own is None:
        errors["reporting_currency"] = ["Rates need a reporting currency: name one, or remove them first."]
    moved = own != standing.get("reporting_currency") and standing.get("reporting_currency") is not None
    if not errors and moved and own and after.get("exchange_rates") == standing.get("exchange_rates") is not None:
        errors["exchange_rates"] = [f"These are rates to {standing['reporting_currency']}: change them with it."]
    if not errors and any(one["currency"] == own for one in after.get("exchange_rates") or ()):
        errors["exchange_rates"] = [f"{own} is the reporting currency: it has no rate."]
    if errors:
        raise Problem(Code.INVALID, "; ".join(text for texts in errors.values() for text in texts), errors=errors)
    return clean


def _whole(name: str, value: Any) -> int:
    low, high = BOUNDS[name]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Problem(Code.INVALID, f"Must be a whole number from {low} to {high}.")
    return value


def _name(_name: str, value: Any) -> str:
    text = str(value).strip()
    if not 1 <= len(text) <= 200 or not text.isprintable():
        raise Problem(Code.INVALID, "Must be 1 to 200 characters on one line.")
    return text


def _trust(_name: str, value: Any) -> list[str]:
    try:
        trust = clean_trust(value)
    except SettingsError as error:
        raise Problem(
            Code.INVALID, "Takes vendor, vendor and partner, or all three: whoever vouches less never counts alone."
        ) from error
    return [one for one in TRUST_CLASSES if one in trust]


def _currency(_name: str, value: Any) -> str:
    return clean_currency(str(value))


def _rates(_name: str, value: Any) -> list[dict[str, str]]:
    rates = sorted((_rate(one) for one in value), key=lambda one: one["currency"])
    twice = {one["currency"] for one in rates if sum(one["currency"] == other["currency"] for other in rates) > 1}
    if twice:
        raise Problem(Code.INVALID, f"{', '.join(sorted(twice))}: one rate for each currency.")
    if len(rates) > MOST_RATES:
        raise Problem(Code.INVALID, f"At most {MOST_RATES} rates.")
    return rates


def _rate(one: Mapping[str, Any]) -> dict[str, str]:
    currency, text = clean_currency(str(one.get("currency", ""))), str(one.get("rate", "")).strip()
    if not _RATE.fullmatch(text) or not Decimal(text):
        raise Problem(Code.INVALID, f"{currency}: {text[:20]!r} is not a rate; write it like 0.9215.")
    try:
        day = date.fromisoformat(str(one.get("day", "")))
    except ValueError as error:
        raise Problem(Code.INVALID, f"{currency}: a rate needs its day, like 2026-11-30.") from error
    return {"currency": currency, "rate": text, "day": day.isoformat()}


_OF: Mapping[str, Callable[[str, Any], Any]] = {
    "vendor_name": _name,
    "headline_trust": _trust,
    "reporting_currency": _currency,
    "exchange_rates": _rates,
}


def _check(name: str) -> Callable[[str, Any], Any]:
    return _OF.get(name, _whole)


def _count_anew(session: Session) -> None:
    partners = session.scalars(everybody()).all()
    if partners:
        session.execute(insert(SeatChange), [{"partner_id": one} for one in sorted(partners)])
