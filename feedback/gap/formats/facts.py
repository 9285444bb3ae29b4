"""What a report says once, line by line: the workbook's first and last sheets."""

from collections.abc import Iterator
from dataclasses import dataclass

from feedback.gap.formats.columns import Cell, Column, Kind, amount
from feedback.gap.values import Adoption, GapReport, Kept, Score, Slope
from feedback.gap.words import BANDS, STATES


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what, its value with interval and people where it has them, or a sentence."""

    about: str
    what: str
    kind: Kind
    value: Cell
    low: float | None = None
    high: float | None = None
    people: int | None = None
    note: str | None = None


COLUMNS = (
    Column("about", "About", "text", lambda one: one.about),
    Column("what", "What", "text", lambda one: one.what),
    Column("value", "Value", "points", lambda one: one.value),
    Column("low", "Low", "points", lambda one: one.low),
    Column("high", "High", "points", lambda one: one.high),
    Column("people", "People", "whole", lambda one: one.people),
    Column("note", "Note", "sentence", lambda one: one.note),
)


def summary(report: GapReport) -> Iterator[Fact]:
    """What stands above all tables."""
    period = report.period
    yield Fact("Report", "In one sentence", "sentence", None, note=report.sentence)
    yield Fact("Report", "Metric", "text", report.metric)
    yield Fact("Report", "Partner", "text", report.partner)
    yield Fact("Report", "From", "day", period.first_day)
    yield Fact("Report", "To", "day", period.last_day, note="The last month is not over." if period.partial else None)
    yield Fact("Report", "As of (UTC)", "text", report.as_of.strftime("%Y-%m-%d %H:%M"))
    yield from _headline(report)
    yield from _judgement(report)
    yield from _adoption("Adoption", report.adoption)
    yield from _retention(report)
    for side in ("end_user", "buyer", "gap", "engagement"):
        yield from _slope(side.replace("_", " "), getattr(report.trend, side))
    for reason in ("price", "value", "effort", "other"):
        yield Fact("Doubts", reason, "whole", getattr(report.doubts, reason), note=report.doubts.sentence or None)
    yield from _money(report)


def _headline(report: GapReport) -> Iterator[Fact]:
    headline = report.headline
    yield score("Headline", "End users", headline.end_user, headline.end_user.estimand)
    yield score("Headline", "Buyers", headline.buyer, headline.buyer.estimand)
    gap = headline.gap
    if gap is not None:
        yield Fact("Headline", "Gap", "points", gap.points, gap.low, gap.high)
        yield Fact("Headline", "Gap, buyers like these", "points", gap.points, gap.predictive_low, gap.predictive_high)
        yield Fact("Headline", "Gap, p", "probability", gap.p_value)
        yield Fact("Headline", "Gap, more than chance", "flag", gap.provable)
        yield Fact("Headline", "Smallest provable gap", "points", gap.smallest_provable)


def _judgement(report: GapReport) -> Iterator[Fact]:
    state, side = report.state, report.side_at_risk
    yield Fact("State", "State", "text", state.state)
    yield Fact("State", "Probability", "probability", state.probability)
    yield Fact("State", "Months", "whole", state.months)
    yield Fact("State", "Since", "text", state.since)
    yield Fact("State", "Before", "text", state.came_from)
    yield Fact("State", "End users fine, probability", "probability", state.end_user_ok)
    yield Fact("State", "Buyers fine, probability", "probability", state.buyer_ok)
    yield Fact("Side at risk", "Side", "text", side.side)
    yield Fact("Side at risk", "Probability", "probability", side.probability)
    yield Fact("Side at risk", "Months", "whole", side.months)
    for fact in side.facts:
        yield Fact("Side at risk", "Fact", "sentence", None, note=fact)


def _adoption(about: str, found: Adoption) -> Iterator[Fact]:
    for name in ("licences", "deployed", "active_once", "activated", "engaged", "never", "abandoned", "lapsed"):
        yield Fact(about, name.replace("_", " "), "whole", getattr(found, name))
    yield Fact(about, "abandoned after activation", "whole", found.activated_abandoned)
    yield Fact(about, "active in the window", "whole", found.active)
    yield Fact(about, "activation", "share", found.activation)
    yield Fact(about, "engagement", "share", found.engagement)
    yield Fact(about, "first meaningful action", "whole", found.meaningful)
    yield Fact(about, "days to it, median", "points", found.median_days_to_value)
    for sentence in found.sentences:
        yield Fact(about, "in words", "sentence", None, note=sentence)


def _retention(report: GapReport) -> Iterator[Fact]:
    found, diagnostic = report.retention, report.diagnostic
    yield Fact("Retention", "From", "day", found.first_day)
    yield Fact("Retention", "To", "day", found.last_day)
    yield from _kept("contracts", found.contracts, found.low, found.high)
    yield from _kept("licences", found.licences)
    for one in found.values:
        yield from _kept(f"minor units per year, {one.currency}", one)
    yield Fact("Retention", "past due, not decided", "whole", found.open_past_due)
    yield Fact("Retention", "rate if none of them renews", "share", found.if_none_renews)
    yield Fact("Retention", "rate if all of them renew", "share", found.if_all_renew)
    yield Fact("Retention", "not decided from before", "whole", found.undecided_before)
    for quarter in found.quarters:
        yield from _kept(f"contracts, {quarter.quarter}", quarter.contracts)
        yield from _kept(f"licences, {quarter.quarter}", quarter.licences)
    yield Fact("Retention", "activated seats at these partners", "whole", found.activated)
    yield Fact("Retention", "licences at these partners", "whole", found.activation_licences)
    yield Fact("Retention", "activation at these partners", "share", found.activation)
    yield Fact("Diagnostic", "retention", "share", diagnostic.retention)
    yield Fact("Diagnostic", "activation", "share", diagnostic.activation)
    yield Fact("Diagnostic", "retention, threshold", "share", diagnostic.retention_threshold)
    yield Fact("Diagnostic", "activation, threshold", "share", diagnostic.activation_threshold)
    yield Fact("Diagnostic", "borrowed time", "flag", diagnostic.borrowed_time, note=diagnostic.sentence)


def _kept(what: str, found: Kept, low: float | None = None, high: float | None = None) -> Iterator[Fact]:
    yield Fact("Retention", f"{what}: due", "whole", found.due)
    yield Fact("Retention", f"{what}: kept", "whole", found.kept)
    yield Fact("Retention", f"{what}: renewed with growth", "whole", found.renewed)
    yield Fact("Retention", f"{what}: rate", "share", found.rate, low, high)


def _slope(what: str, slope: Slope | None) -> Iterator[Fact]:
    if slope is not None:
        note = f"Over {slope.months} months; {'declining' if slope.declining else 'not declining'}."
        yield Fact("Trend", f"{what}, points per month", "points", slope.per_month, slope.low, slope.high, note=note)


def _money(report: GapReport) -> Iterator[Fact]:
    for due in report.value_due:
        about = f"Due: {BANDS[due.band]}"
        yield Fact(about, "contracts", "whole", due.contracts)
        yield Fact(about, "contracts at risk", "whole", due.at_risk_contracts)
        if due.value is not None:
            yield Fact(about, f"{due.value.currency} per year", "money", amount(due.value))
        if due.at_risk is not None:
            yield Fact(about, f"{due.at_risk.currency} per year at risk", "money", amount(due.at_risk))
    for held in report.value_by_state:
        about = f"In force: {STATES[held.state]}"
        yield Fact(about, "partners", "whole", held.partners)
        yield Fact(about, "licences", "whole", held.licences)
        for money in held.values:
            yield Fact(about, f"{money.currency} per year", "money", amount(money))
    for one in report.rates:
        yield Fact("Rates", f"1 {one.currency} in {one.into}", "text", one.rate, note=one.day.isoformat())


def score(about: str, what: str, found: Score, note: str | None = None) -> Fact:
    """A score with its interval and people."""
    return Fact(about, what, "points", found.score, found.low, found.high, found.people, note)
