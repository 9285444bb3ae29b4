"""The gap report: from what was counted to what the product team reads."""

from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from feedback.core.months import first_day, last_day
from feedback.gap import portfolio, quality, rows, verdict
from feedback.gap.business import Business, business
from feedback.gap.by_value import by_value
from feedback.gap.changes import between
from feedback.gap.events import events
from feedback.gap.inputs import Inputs, read
from feedback.gap.judging import Judgement, judgement
from feedback.gap.silent import silent
from feedback.gap.values import GapReport, Headline, NamedScore, PartnerRow, Period, Score, Spread
from feedback.gap.window import Window
from feedback.settings import Settings

_PEOPLE = {"end_user": "end users", "buyer": "buyers"}


def build(
    session: Session, *, settings: Settings, metric: str, window: Window, partner: str | None = None, now: datetime
) -> GapReport:
    """The report on `window`, of all partners or of the one whose slug is `partner`. Raises PARTNER_UNKNOWN.

    Portfolio: weighted by licences; the headline over partners that have both sides, a month each side where it
    answered. One partner: its own people, each counting the same, and the gap's interval is about its very buyers.
    """
    inputs = read(session, settings, metric, window, partner, now=now)
    judged = judgement(inputs)
    signed = business(inputs, judged)
    partners = rows.partners(inputs, judged, signed)
    rolled = _rolled(inputs, partners)
    headline = Headline(
        end_user=_named(rolled.end_user, _estimand(metric, "end_user", inputs)),
        buyer=_named(rolled.buyer, _estimand(metric, "buyer", inputs)),
        gap=rolled.gap,
    )
    months, trend = rows.months(inputs, partners)
    segments = by_value(inputs.segment_people, inputs.vectors)
    before = by_value(inputs.segment_people_before, inputs.vectors)
    return GapReport(
        metric=metric,
        period=Period(first_day(window.first_month), last_day(window.last_month), window.partial),
        as_of=now,
        partner=partner,
        sentence=_sentence(inputs, judged, signed, headline, partners),
        headline=headline,
        state=judged.state,
        side_at_risk=judged.side,
        adoption=rows.whole_adoption(inputs),
        retention=signed.retention,
        diagnostic=signed.diagnostic,
        trend=trend,
        doubts=judged.all_doubts,
        changes=between(
            metric,
            window,
            [(one.slug, one.name) for one in inputs.partners],
            (inputs.sides_before, inputs.sides),
            (inputs.licences_before, np.maximum(inputs.licences, 0)),
            (before, segments),
            portfolio=inputs.chosen is None,
        ),
        partners=partners,
        months=months,
        segments=rows.segments(inputs, segments),
        cohorts=rows.cohorts(inputs),
        renewals=signed.renewals,
        value_due=signed.value_due,
        value_by_state=signed.value_by_state,
        rates=signed.rates,
        silent=silent(inputs, partners),
        events=events(inputs),
        quality=quality.judge(inputs, rolled, partners),
    )


def _rolled(inputs: Inputs, partners: tuple[PartnerRow, ...]) -> portfolio.Rolled:
    if inputs.chosen is None:
        return portfolio.roll(inputs.metric, inputs.sides, np.maximum(inputs.licences, 0))
    (row,) = partners
    return portfolio.Rolled(row.end_user, row.buyer, row.gap, 1, None, Spread())


def _sentence(
    inputs: Inputs, judged: Judgement, signed: Business, headline: Headline, partners: tuple[PartnerRow, ...]
) -> str:
    if inputs.chosen is not None:
        return verdict.one_partner(partners[0], headline)
    return verdict.portfolio(judged.state, signed.diagnostic, headline, partners, signed.renewals)


def _named(score: Score, estimand: str) -> NamedScore:
    return NamedScore(score.score, score.low, score.high, score.people, score.histogram, estimand)


def _estimand(metric: str, audience: str, inputs: Inputs) -> str:
    each_once = f"each person once, at the latest answer in {inputs.window.words}"
    people = _PEOPLE[audience]
    if inputs.chosen is not None:
        return f"{metric.upper()} of the {people} of {inputs.chosen.name}, each counting the same; {each_once}"
    return (
        f"{metric.upper()} of the {people} of partners with answers from both sides, each partner weighted by its "
        f"licences in force on {inputs.weighed_on.isoformat()}; {each_once}"
    )
