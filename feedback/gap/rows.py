"""The rows of a report: partners, months, segments, cohorts."""

from collections.abc import Mapping, Sequence

import numpy as np

from feedback.core.months import label
from feedback.gap import adoption, measures, portfolio, ranking, trends
from feedback.gap.business import Business
from feedback.gap.by_value import by_value, values_in_order
from feedback.gap.inputs import Inputs
from feedback.gap.judging import Judgement
from feedback.gap.measures import BUYER, END_USER, Counts
from feedback.gap.values import Adoption, BuyerAnswer, CohortRow, MonthRow, PartnerRow, SegmentRow, Trend, TrustShares
from feedback.tallies.cube import SEAT


def partners(inputs: Inputs, judged: Judgement, signed: Business) -> tuple[PartnerRow, ...]:
    """Every partner, by name."""
    metric, sides = inputs.metric, inputs.sides
    columns = (
        _licences(inputs),
        measures.scores(metric, sides[:, END_USER]),
        measures.scores(metric, sides[:, BUYER]),
        measures.gaps(metric, sides, inputs.buyers_known),
        *_ranks(inputs),
        _adoption(inputs),
        signed.exposures,
        judged.states,
        judged.sides,
        judged.doubts,
        trends.of_partners(metric, inputs.month_sides, inputs.evidence.engagement),
        inputs.buyer_ages,
        _buyer_answers(inputs),
        signed.next_renewals,
        [TrustShares(*people) for people in inputs.by_trust[:, END_USER].sum(axis=-1).tolist()],
        _gap_points(inputs, inputs.vendor_sides),
        _with_set_aside(inputs),
    )
    return tuple(
        PartnerRow(partner.slug, partner.name, *own)
        for partner, own in zip(inputs.partners, zip(*columns, strict=True), strict=True)
    )


def _gap_points(inputs: Inputs, sides: Counts) -> list[float | None]:
    """The gap of each partner if these answers counted and no others."""
    end_users, buyers = (measures.tallies(inputs.metric, sides[:, side]) for side in (END_USER, BUYER))
    there = measures.both(sides)
    return measures.none_for_nan(np.where(there, 100 * (end_users.means - buyers.means), np.nan))


def _with_set_aside(inputs: Inputs) -> list[float | None]:
    """The same if the answers counted too that staff set aside; None where nothing of a partner is."""
    more = inputs.set_aside
    if more is None:
        return [None] * len(inputs.partners)
    changes = np.asarray(more.any(axis=(1, 2)))
    found = _gap_points(inputs, inputs.sides + more)
    return [points if changed else None for points, changed in zip(found, changes.tolist(), strict=True)]


def _ranks(inputs: Inputs) -> tuple[Sequence[float | None], Sequence[float | None]]:
    """Among partners only: of one alone there is nothing to rank, nor to draw its score towards."""
    if inputs.chosen is not None:
        return [None], [None]
    end_users = inputs.sides[:, END_USER]
    return ranking.shrunken(inputs.metric, end_users), ranking.worst_tenth(inputs.session, inputs.metric, end_users)


def whole_adoption(inputs: Inputs) -> Adoption:
    """Seats of all partners of the report together, at the end of the window."""
    licences = inputs.licences
    in_force = int(licences[licences > 0].sum()) if (licences >= 0).any() else None
    return adoption.rows(
        inputs.seats.sum(axis=0, keepdims=True),
        [in_force],
        inputs.reached("active").sum(keepdims=True),
        adoption.median_days(inputs.value_days.sum(axis=0, keepdims=True)),
        words=True,
        settings=inputs.settings,
        known=inputs.active,
        licensed=inputs.seats[licences > 0].sum(axis=0, keepdims=True),
    )[0]


def months(inputs: Inputs, partners: tuple[PartnerRow, ...]) -> tuple[tuple[MonthRow, ...], Trend]:
    """The months of the window, and the slopes through those of the series: of one partner those in its row."""
    before = inputs.window.first_month - inputs.series.start
    licensed = inputs.licences_by_month[..., None] > 0
    used = adoption.rows(
        inputs.seats_by_month.sum(axis=0),
        [count or None for count in inputs.licences_by_month.sum(axis=0).tolist()],
        inputs.active_by_month.sum(axis=0),
        settings=inputs.settings,
        known=[inputs.active_since <= month for month in inputs.series],
        licensed=np.where(licensed, inputs.seats_by_month, 0).sum(axis=0),
    )
    if inputs.chosen is not None:
        sides = inputs.month_sides[0, :, before:].swapaxes(0, 1)
        columns = (
            measures.scores(inputs.metric, sides[:, END_USER]),
            measures.scores(inputs.metric, sides[:, BUYER]),
            measures.gaps(inputs.metric, sides, np.repeat(inputs.buyers_known, len(sides))),
            used[before:],
        )
        rows = zip(inputs.series[before:], zip(*columns, strict=True), strict=True)
        return tuple(MonthRow(label(month), *own) for month, own in rows), partners[0].trend
    rolled = [
        portfolio.month(inputs.metric, inputs.month_sides[:, :, place], inputs.licences_by_month[:, place])
        for place in range(len(inputs.series))
    ]
    found = [
        MonthRow(label(month), one.end_user, one.buyer, one.gap, own)
        for month, one, own in zip(inputs.series, rolled, used, strict=True)
    ]
    engagement = trends.as_values(inputs.evidence.together().engagement)[0]
    trend = Trend(
        trends.of_series([one.end_user.score for one in rolled], [one.end_user_error for one in rolled]),
        trends.of_series([one.buyer.score for one in rolled], [one.buyer_error for one in rolled]),
        trends.of_series(
            [None if one.gap is None else one.gap.points for one in rolled], [one.gap_error for one in rolled]
        ),
        engagement,
    )
    return tuple(found[before:]), trend


def segments(inputs: Inputs, found: Mapping[str, Mapping[str, Counts]]) -> tuple[SegmentRow, ...]:
    """People and seats by declared attribute and value, all partners pooled."""
    seats = by_value(inputs.seats_by_segment, inputs.vectors)
    keys = list(values_in_order({name: {**found.get(name, {}), **seats.get(name, {})} for name in {*found, *seats}}))
    if not keys:
        return ()
    nobody, no_seats = np.zeros((2, 11), dtype=np.int64), np.zeros(len(SEAT), dtype=np.int64)
    sides = np.array([found.get(name, {}).get(value, nobody) for name, value in keys])
    counts = np.array([seats.get(name, {}).get(value, no_seats) for name, value in keys])
    rows = zip(
        measures.scores(inputs.metric, sides[:, END_USER]),
        measures.scores(inputs.metric, sides[:, BUYER]),
        measures.gaps(inputs.metric, sides),
        adoption.rows(counts, [None] * len(keys), settings=inputs.settings, known=inputs.active),
        strict=True,
    )
    return tuple(SegmentRow(name, value, *own) for (name, value), own in zip(keys, rows, strict=True))


def cohorts(inputs: Inputs) -> tuple[CohortRow, ...]:
    """Seats by the month in which they were deployed, at the end of the window."""
    found = inputs.seats_by_cohort
    if not found:
        return ()
    months = sorted(found)
    counts = np.array([found[month] for month in months])
    used = adoption.rows(counts, [None] * len(months), settings=inputs.settings, known=inputs.active)
    return tuple(CohortRow(label(month), own) for month, own in zip(months, used, strict=True))


def _licences(inputs: Inputs) -> list[int | None]:
    return [count if count >= 0 else None for count in inputs.licences.tolist()]


def _adoption(inputs: Inputs) -> Sequence[Adoption]:
    return adoption.rows(
        inputs.seats,
        _licences(inputs),
        inputs.reached("active"),
        adoption.median_days(inputs.value_days),
        words=True,
        settings=inputs.settings,
        known=inputs.active,
    )


def _buyer_answers(inputs: Inputs) -> list[tuple[BuyerAnswer, ...]]:
    """What each buyer said, in a partner's report alone."""
    return [()] * len(inputs.partners) if inputs.chosen is None else [inputs.buyer_answers(inputs.chosen.id)]
