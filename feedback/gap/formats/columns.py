"""The columns of a report's tables: one definition for the comma-separated file and the workbook."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from feedback.gap.values import Gap, GapReport, Money, PartnerRow, Renewal, Score, Slope
from feedback.gap.words import major_units

Cell = str | int | float | bool | date | None
Kind = Literal["text", "sentence", "whole", "points", "share", "probability", "money", "day", "flag"]


@dataclass(frozen=True, slots=True)
class Column:
    """`key` in the comma-separated file, `title` in the workbook, and what a row has there."""

    key: str
    title: str
    kind: Kind
    of: Callable[[Any], Cell]


def headline_row(report: GapReport) -> PartnerRow:
    """The whole as if it were one partner, so that it fits the partners' columns."""
    return PartnerRow(
        partner="",
        name="",
        licences=report.adoption.licences,
        end_user=report.headline.end_user,
        buyer=report.headline.buyer,
        gap=report.headline.gap,
        adoption=report.adoption,
        state=report.state,
        side_at_risk=report.side_at_risk,
        doubts=report.doubts,
        trend=report.trend,
        trust=report.quality.trust.end_user,
        vendor_alone=alone.points if (alone := report.quality.vendor_alone.gap) else None,
        with_set_aside=instead.gap.points if (instead := report.quality.with_set_aside) and instead.gap else None,
    )


def amount(money: Money | None) -> float | None:
    """What people write, as a number."""
    return None if money is None else float(major_units(money))


def score_columns(side: str, title: str, of: Callable[[Any], Score]) -> tuple[Column, ...]:
    """A score, its interval and its people."""
    return (
        Column(f"{side}_score", title, "points", lambda row: of(row).score),
        Column(f"{side}_low", f"{title}, low", "points", lambda row: of(row).low),
        Column(f"{side}_high", f"{title}, high", "points", lambda row: of(row).high),
        Column(f"{side}_people", f"{title}, people", "whole", lambda row: of(row).people),
    )


SIDES = (
    *score_columns("end_user", "End users", lambda row: row.end_user),
    *score_columns("buyer", "Buyers", lambda row: row.buyer),
)


def _gap_column(name: str, title: str, kind: Kind) -> Column:
    def of(row: Any) -> Cell:
        gap: Gap | None = row.gap
        return None if gap is None else getattr(gap, name)

    return Column(f"gap_{name}", title, kind, of)


GAP = (
    _gap_column("points", "Gap", "points"),
    _gap_column("low", "Gap, low", "points"),
    _gap_column("high", "Gap, high", "points"),
    _gap_column("p_value", "Gap, p", "probability"),
    _gap_column("provable", "More than chance", "flag"),
)
GAP_OF_ALIKE = (
    _gap_column("predictive_low", "Gap, low, buyers like these", "points"),
    _gap_column("predictive_high", "Gap, high, buyers like these", "points"),
    _gap_column("smallest_provable", "Smallest provable gap", "points"),
)


def _seats(name: str, title: str, kind: Kind = "whole") -> Column:
    return Column(name, title, kind, lambda row: getattr(row.adoption, name))


ADOPTION = (
    _seats("deployed", "Deployed"),
    _seats("active_once", "Active once"),
    _seats("activated", "Activated"),
    _seats("engaged", "Engaged"),
    _seats("never", "Never active"),
    _seats("abandoned", "Tried and left"),
    _seats("lapsed", "Lapsed"),
    _seats("active", "Active in the window"),
    _seats("activation", "Activation", "share"),
    _seats("engagement", "Engagement", "share"),
    _seats("meaningful", "First meaningful action"),
    _seats("median_days_to_value", "Days to it, median", "points"),
)


def _slope(side: str, title: str) -> tuple[Column, ...]:
    def of(name: str) -> Callable[[Any], Cell]:
        def found(row: Any) -> Cell:
            slope: Slope | None = getattr(row.trend, side)
            return None if slope is None else getattr(slope, name)

        return found

    return (
        Column(f"{side}_per_month", f"{title} per month", "points", of("per_month")),
        Column(f"{side}_per_month_low", f"{title} per month, low", "points", of("low")),
        Column(f"{side}_per_month_high", f"{title} per month, high", "points", of("high")),
    )


def _renewal(key: str, title: str, kind: Kind, of: Callable[[Renewal], Cell]) -> Column:
    return Column(key, title, kind, lambda row: None if row.renewal is None else of(row.renewal))


JUDGED = (
    Column("shrunken", "Shrunken score", "points", lambda row: row.shrunken),
    Column("worst_tenth", "In the worst tenth, probability", "probability", lambda row: row.worst_tenth),
    *ADOPTION,
    Column("promotions", "Promotions", "whole", lambda row: row.exposure.promotions),
    Column("told_first_on", "Told since", "day", lambda row: row.exposure.first_on),
    Column("told_last_on", "Told last", "day", lambda row: row.exposure.last_on),
    Column("told_reach", "People reached", "whole", lambda row: row.exposure.reach),
    Column("told_finding", "Finding", "text", lambda row: row.exposure.finding),
    Column("state", "State", "text", lambda row: row.state.state),
    Column("state_probability", "State, probability", "probability", lambda row: row.state.probability),
    Column("state_months", "State, months", "whole", lambda row: row.state.months),
    Column("state_since", "State since", "text", lambda row: row.state.since),
    Column("state_came_from", "State before", "text", lambda row: row.state.came_from),
    Column("end_user_ok", "End users fine, probability", "probability", lambda row: row.state.end_user_ok),
    Column("buyer_ok", "Buyers fine, probability", "probability", lambda row: row.state.buyer_ok),
    Column("side_at_risk", "Side at risk", "text", lambda row: row.side_at_risk.side),
    Column("side_at_risk_probability", "At risk, probability", "probability", lambda row: row.side_at_risk.probability),
    Column("side_at_risk_facts", "Facts", "sentence", lambda row: " ".join(row.side_at_risk.facts)),
    Column("doubts_price", "Doubt: price", "whole", lambda row: row.doubts.price),
    Column("doubts_value", "Doubt: proof of value", "whole", lambda row: row.doubts.value),
    Column("doubts_effort", "Doubt: effort", "whole", lambda row: row.doubts.effort),
    Column("doubts_other", "Doubt: other", "whole", lambda row: row.doubts.other),
    *_slope("end_user", "End users"),
    *_slope("buyer", "Buyers"),
    *_slope("gap", "Gap"),
    *_slope("engagement", "Engagement"),
    Column(
        "buyer_ages_days", "Age of buyers' answers, days", "text", lambda row: " ".join(map(str, row.buyer_ages_days))
    ),
    _renewal("renewal_on", "Renews on", "day", lambda one: one.renews_on),
    _renewal("renewal_days", "Days to renewal", "whole", lambda one: one.days),
    _renewal("renewal_licences", "Licences due", "whole", lambda one: one.licences),
    _renewal("renewal_value", "Value due per year", "money", lambda one: amount(one.value)),
    _renewal("renewal_currency", "Currency", "text", lambda one: one.value.currency if one.value else None),
    _renewal("renewal_notice_on", "Notice on", "day", lambda one: one.notice_on),
    _renewal("renewal_at_risk", "Renewal at risk", "flag", lambda one: one.at_risk),
    _renewal("renewal_why", "Why", "sentence", lambda one: one.why),
    Column("end_users_by_vendor", "End users, vendor vouches", "whole", lambda row: row.trust.vendor),
    Column("end_users_by_partner", "End users, partner vouches", "whole", lambda row: row.trust.partner),
    Column("end_users_by_nobody", "End users, nobody vouches", "whole", lambda row: row.trust.none),
    Column("end_users_set_aside", "End users, set aside", "whole", lambda row: row.trust.aside),
    Column("gap_vendor_alone", "Gap, vendor's word alone", "points", lambda row: row.vendor_alone),
    Column("gap_with_set_aside", "Gap, with what was set aside", "points", lambda row: row.with_set_aside),
)
NAMED = (
    Column("partner", "Slug", "text", lambda row: row.partner),
    Column("name", "Partner", "text", lambda row: row.name),
)
LICENCES = Column("licences", "Licences", "whole", lambda row: row.licences)
PARTNERS = (*NAMED, LICENCES, *SIDES, *GAP, *GAP_OF_ALIKE, *JUDGED)
