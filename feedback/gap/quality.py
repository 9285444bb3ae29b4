"""What does not count in the headline, and how far to trust what does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
from sqlalchemy import select

from feedback.core import inbox
from feedback.core.rows import plain_rows
from feedback.gap import measures, notes, portfolio
from feedback.gap.inputs import Inputs
from feedback.gap.measures import BUYER, END_USER, Counts
from feedback.gap.portfolio import Rolled
from feedback.gap.values import (
    EachSideAlone,
    Flag,
    Freshness,
    Gap,
    PartnerRow,
    Quality,
    Score,
    Trust,
    TrustShares,
    VendorAlone,
    WithSetAside,
)
from feedback.seats.queries import PARTNERS_WAITING
from feedback.tallies import queries as tallies

_WAITING = select(inbox.WAITING, inbox.OLDEST, inbox.SET_ASIDE, PARTNERS_WAITING)


def judge(inputs: Inputs, rolled: Rolled, rows: tuple[PartnerRow, ...]) -> Quality:
    """The quality section of a report whose headline is `rolled` and whose partners are `rows`."""
    weighed = rows if inputs.chosen is None else ()
    shares = inputs.by_trust.sum(axis=(0, 3)).tolist()
    found = Quality(
        notes=(),
        headline_partners=rolled.partners,
        seat_coverage=rolled.seat_coverage,
        licences_on=inputs.weighed_on,
        spread=rolled.spread,
        without_licences=tuple(row for row in weighed if not row.licences and row.answered),
        one_sided=tuple(row for row in weighed if row.licences and row.answered and row.gap is None),
        silent=tuple(row for row in weighed if row.licences and not row.answered),
        each_side_alone=_each_side_alone(inputs, rolled) if inputs.chosen is None else None,
        trust=Trust(tuple(sorted(inputs.trust)), TrustShares(*shares[END_USER]), TrustShares(*shares[BUYER])),
        vendor_alone=VendorAlone(*_counting(inputs, inputs.vendor_sides)),
        with_set_aside=_with_set_aside(inputs),
        flags=tuple(_flags(inputs)),
        left_partners_people=_left_people(inputs),
        freshness=_freshness(inputs),
    )
    return replace(found, notes=notes.write(found, inputs))


def _each_side_alone(inputs: Inputs, rolled: Rolled) -> EachSideAlone:
    licences = np.maximum(inputs.licences, 0)
    sides = inputs.sides
    return EachSideAlone(
        end_user=portfolio.one_side(inputs.metric, sides[:, END_USER], licences, rolled.end_user.score),
        buyer=portfolio.one_side(inputs.metric, sides[:, BUYER], licences, rolled.buyer.score),
    )


def _counting(inputs: Inputs, sides: Counts) -> tuple[Score, Score, Gap | None]:
    """The headline if these people counted, and no others."""
    metric = inputs.metric
    if inputs.chosen is None:
        rolled = portfolio.roll(metric, sides, np.maximum(inputs.licences, 0))
        return rolled.end_user, rolled.buyer, rolled.gap
    (end_user,), (buyer,) = (measures.scores(metric, sides[:, side]) for side in (END_USER, BUYER))
    return end_user, buyer, measures.gaps(metric, sides, inputs.buyers_known)[0]


def _with_set_aside(inputs: Inputs) -> WithSetAside | None:
    more = inputs.set_aside
    return None if more is None else WithSetAside(*_counting(inputs, inputs.sides + more))


def _flags(inputs: Inputs) -> Iterator[Flag]:
    known = {partner.id: partner for partner in inputs.partners}
    for one in inputs.flags:
        if one.metric == inputs.metric and one.partner_id in known:
            partner = known[one.partner_id]
            days = one.first_day, one.last_day, one.raised_at.date()
            told = one.p_value, one.sentence, one.answers_aside, one.settled_at is not None
            yield Flag(str(one.id), partner.slug, partner.name, one.kind, *days, *told)  # type: ignore[arg-type]


def _left_people(inputs: Inputs) -> int:
    if not inputs.left:
        return 0
    months = inputs.window.first_month, inputs.window.last_month
    people: Counts = inputs.cube.people_by_trust(inputs.metric, *months)
    places = [place for one in inputs.left if (place := inputs.cube.place.get(one.id)) is not None]
    return int(people[places].sum())


def _freshness(inputs: Inputs) -> Freshness:
    ((waiting, since, set_aside, partners_waiting),) = plain_rows(inputs.session, _WAITING)
    counted = inputs.own(inputs.cube.counted_on(inputs.window.last_month))
    known = counted[counted > 0]
    return Freshness(
        tallies.folded(inputs.session).folded_at,
        waiting,
        since,
        set_aside,
        partners_waiting,
        date.fromordinal(int(known.min())) if len(known) else None,
    )
