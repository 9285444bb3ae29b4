"""What is signed: renewals behind and ahead, and what they are worth. Money is in minor units (cents) per year."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated


@dataclass(frozen=True)
class Money:
    """An amount in one currency; amounts of two currencies are never added without a rate in the settings."""

    currency: Annotated[str, "ISO 4217."]
    minor_units: Annotated[int, "Per year, in the currency's smallest unit."]


@dataclass(frozen=True)
class Rate:
    """An exchange rate from the settings. Each contract's value is converted by itself and rounded to minor units."""

    currency: Annotated[str, "ISO 4217: what was converted."]
    into: Annotated[str, "ISO 4217: the reporting currency."]
    rate: Annotated[str, "One unit of `currency` in units of `into`, as a decimal text."]
    day: Annotated[date, "The rate's day; it holds for values of all days."]


@dataclass(frozen=True)
class Kept:
    """How much of what came due was kept. `rate` counts at most what came due; growth stands in `renewed`."""

    due: Annotated[int, "What came due and was decided: contracts, licences, or minor units per year."] = 0
    kept: Annotated[int, "Of it, what was renewed; at most what came due, contract by contract."] = 0
    renewed: Annotated[int, "What was renewed with growth."] = 0
    rate: Annotated[float | None, "kept / due, 0..1; null when nothing came due."] = None


@dataclass(frozen=True)
class KeptMoney(Kept):
    """The same of one currency."""

    currency: Annotated[str, "ISO 4217."] = ""


@dataclass(frozen=True)
class Quarter:
    """Contracts by the quarter of `renews_on`."""

    quarter: Annotated[str, "Like 2026-Q3."]
    contracts: Kept
    licences: Kept


@dataclass(frozen=True)
class Retention:
    """Renewal rate of what came due in four quarters: the one in which the window ends, so far, and three before."""

    first_day: Annotated[date, "Of the first of the four quarters."]
    last_day: Annotated[date, "The last day that has come."]
    contracts: Kept
    licences: Kept
    values: Annotated[tuple[KeptMoney, ...], "By currency."]
    low: Annotated[float | None, "Lower end of the 95 % interval of the contracts' rate, 0..1."]
    high: Annotated[float | None, "Upper end of it."]
    open_past_due: Annotated[int, "Contracts that came due and are not decided; not in the rates."]
    if_none_renews: Annotated[float | None, "The contracts' rate if none of those renews."]
    if_all_renew: Annotated[float | None, "The contracts' rate if all of those renew."]
    undecided_before: Annotated[int, "Contracts past due and not decided that came due before the first day."]
    quarters: tuple[Quarter, ...]
    activated: Annotated[
        int, "Activated seats at the partners whose contracts are in the rates, as of the window's end."
    ]
    activation_licences: Annotated[int, "Licences in force there."]
    activation: Annotated[float | None, "Their activation, 0..1."]


@dataclass(frozen=True)
class Diagnostic:
    """Buyers renewing what people don't use: retention above one threshold and activation below another."""

    retention: Annotated[float | None, "Contracts kept of those that came due in four quarters, 0..1."]
    activation: Annotated[float | None, "Activated seats of all licences in force, 0..1."]
    retention_threshold: Annotated[float, "A setting, 0..1."]
    activation_threshold: Annotated[float, "A setting, 0..1."]
    borrowed_time: Annotated[bool | None, "Retention above and activation below; null while either is unknown."]
    sentence: Annotated[str, "The same in words."]


@dataclass(frozen=True)
class Renewal:
    """A contract whose renewal date comes within 120 days, or has passed without a decision."""

    partner: Annotated[str, "Slug."]
    name: Annotated[str, "The partner's."]
    contract_id: Annotated[str, "As imported."]
    renews_on: Annotated[date, "The renewal date."]
    days: Annotated[int, "From the end of the window's last day that has come; negative: past due."]
    band: Annotated[str, "overdue, or within 30, 60, 90 or 120 days: `30`, `60`, `90`, `120`; empty further ahead."]
    licences: Annotated[int, "Of this contract."]
    value: Annotated[Money | None, "Yearly; null when not known."]
    notice_on: Annotated[date | None, "When notice was given; null if none."]
    state: Annotated[str, "The partner's state now."]
    side_at_risk: Annotated[str, "end_user, buyer or undetermined."]
    at_risk: Annotated[bool, "In a state other than compounding and undetermined, or notice was given."]
    why: Annotated[str, "The fact that weighs most, in words."]
    signed_value: Annotated[
        Money | None, "As signed, where `value` was converted by one of the report's `rates`; else null."
    ] = None


@dataclass(frozen=True)
class ValueDue:
    """What comes due, by band and currency."""

    band: Annotated[str, "overdue, or `30`, `60`, `90`, `120`: more than the band before and up to so many days."]
    contracts: Annotated[int, "That come due."]
    at_risk_contracts: Annotated[int, "Of them, at risk."]
    value: Annotated[Money | None, "Yearly; null for contracts without a known value."]
    at_risk: Annotated[Money | None, "Of it, at risk; null for contracts without a known value."]
