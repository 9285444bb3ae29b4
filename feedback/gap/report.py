"""The gap report: from what was counted to what the product team reads."""

from datetime import datetime

from sqlalchemy.orm import Session

from feedback.core.months import first_day, label, last_day
from feedback.gap import measures, portfolio, quality
from feedback.gap.inputs import Inputs, read
from feedback.gap.measures import NOBODY
from feedback.gap.values import (
    GapReport,
    Headline,
    MonthRow,
    NamedScore,
    PartnerRow,
    Period,
    Score,
    SegmentRow,
    Spread,
)
from feedback.gap.window import Window
from feedback.partners.models import Partner
from feedback.settings import Settings

_OTHER_LAST = "other"
_PEOPLE = {"end_user": "end users", "buyer": "buyers"}


def build(
    session: Session, *, settings: Settings, metric: str, window: Window, partner: str | None = None, now: datetime
) -> GapReport:
    """The report on `window`, of all partners or of the one whose slug is `partner`. Raises PARTNER_UNKNOWN.

    Portfolio: weighted by licences; the headline over partners that have both sides, a month each side where it
    answered. One partner: its own people, each counting the same, and the gap's interval is about its very buyers.
    """
    inputs = read(session, settings, metric, window, partner, now=now)
    partners = tuple(_partner_row(metric, inputs, one) for one in inputs.partners)
    if inputs.chosen is None:
        rolled = portfolio.roll(metric, inputs.sides, inputs.licences)
    else:
        rolled = portfolio.Rolled(partners[0].end_user, partners[0].buyer, partners[0].gap, 1, None, Spread())
    headline = Headline(
        end_user=_named(rolled.end_user, _estimand(metric, "end_user", inputs, window)),
        buyer=_named(rolled.buyer, _estimand(metric, "buyer", inputs, window)),
        gap=rolled.gap,
    )
    return GapReport(
        metric=metric,
        period=Period(first_day(window.first_month), last_day(window.last_month), window.partial),
        as_of=now,
        partner=partner,
        headline=headline,
        partners=partners,
        months=tuple(_month_row(metric, inputs, month) for month in window.months),
        segments=_segment_rows(metric, inputs),
        quality=quality.judge(settings, metric, window, inputs, rolled, partners),
    )


def _partner_row(metric: str, inputs: Inputs, partner: Partner) -> PartnerRow:
    sides = inputs.sides.get(partner.id, NOBODY)
    return PartnerRow(
        partner=partner.slug,
        name=partner.name,
        licences=inputs.licences.get(partner.id),
        end_user=measures.score(metric, sides.end_user),
        buyer=measures.score(metric, sides.buyer),
        gap=measures.gap(metric, sides, inputs.buyers_known.get(partner.id)),
    )


def _month_row(metric: str, inputs: Inputs, month: int) -> MonthRow:
    sides = inputs.month_sides.get(month, {})
    if inputs.chosen is None:
        licences = inputs.month_licences[month]
        return MonthRow(
            month=label(month),
            end_user=portfolio.one_side(metric, {one: own.end_user for one, own in sides.items()}, licences).score,
            buyer=portfolio.one_side(metric, {one: own.buyer for one, own in sides.items()}, licences).score,
            gap=portfolio.roll(metric, sides, licences).gap,
        )
    own = sides.get(inputs.chosen.id, NOBODY)
    gap = measures.gap(metric, own, inputs.buyers_known.get(inputs.chosen.id))
    return MonthRow(label(month), measures.score(metric, own.end_user), measures.score(metric, own.buyer), gap)


def _segment_rows(metric: str, inputs: Inputs) -> tuple[SegmentRow, ...]:
    in_order = sorted(inputs.segment_sides, key=lambda key: (key[0], key[1] == _OTHER_LAST, key[1]))
    return tuple(
        SegmentRow(
            attribute=attribute,
            value=value,
            end_user=measures.score(metric, inputs.segment_sides[attribute, value].end_user),
            buyer=measures.score(metric, inputs.segment_sides[attribute, value].buyer),
            gap=measures.gap(metric, inputs.segment_sides[attribute, value]),
        )
        for attribute, value in in_order
    )


def _named(score: Score, estimand: str) -> NamedScore:
    return NamedScore(score.score, score.low, score.high, score.people, score.histogram, estimand)


def _estimand(metric: str, audience: str, inputs: Inputs, window: Window) -> str:
    each_once = f"each person once, at the latest answer in {window.words}"
    people = _PEOPLE[audience]
    if inputs.chosen is not None:
        return f"{metric.upper()} of the {people} of {inputs.chosen.name}, each counting the same; {each_once}"
    return (
        f"{metric.upper()} of the {people} of partners with answers from both sides, each partner weighted by its "
        f"licences in force on {inputs.weighed_on.isoformat()}; {each_once}"
    )
