"""What does not count in the headline, and how far to trust what does."""

from dataclasses import replace

from feedback.gap import measures, notes, portfolio
from feedback.gap.inputs import Inputs
from feedback.gap.measures import NOBODY, Sides
from feedback.gap.portfolio import Rolled
from feedback.gap.values import EachSideAlone, PartnerRow, Quality, Trust, TrustShares, VendorAlone
from feedback.gap.window import Window
from feedback.settings import Settings


def judge(
    settings: Settings, metric: str, window: Window, inputs: Inputs, rolled: Rolled, rows: tuple[PartnerRow, ...]
) -> Quality:
    """The quality section of a report whose headline is `rolled` and whose partners are `rows`."""
    weighed = rows if inputs.chosen is None else ()
    found = Quality(
        licences_on=inputs.weighed_on,
        headline_partners=rolled.partners,
        seat_coverage=rolled.seat_coverage,
        spread=rolled.spread,
        without_licences=tuple(row for row in weighed if not row.licences and row.answered),
        one_sided=tuple(row for row in weighed if row.licences and row.answered and row.gap is None),
        silent=tuple(row for row in weighed if row.licences and not row.answered),
        each_side_alone=_each_side_alone(metric, inputs, rolled) if inputs.chosen is None else None,
        trust=Trust(tuple(sorted(settings.headline_trust)), _shares(inputs, "end_user"), _shares(inputs, "buyer")),
        vendor_alone=_vendor_alone(metric, inputs),
        left_partners_people=inputs.left_people,
        freshness=inputs.freshness,
        notes=(),
    )
    return replace(found, notes=notes.write(found, window=window, inputs=inputs))


def _each_side_alone(metric: str, inputs: Inputs, rolled: Rolled) -> EachSideAlone:
    end_users = {partner: sides.end_user for partner, sides in inputs.sides.items()}
    buyers = {partner: sides.buyer for partner, sides in inputs.sides.items()}
    return EachSideAlone(
        end_user=portfolio.one_side(metric, end_users, inputs.licences, rolled.end_user.score),
        buyer=portfolio.one_side(metric, buyers, inputs.licences, rolled.buyer.score),
    )


def _shares(inputs: Inputs, audience: str) -> TrustShares:
    people = dict.fromkeys(("vendor", "partner", "none"), 0)
    for one in inputs.by_trust:
        if one.audience == audience:
            people[one.trust] += sum(one.histogram)
    return TrustShares(**people)


def _vendor_alone(metric: str, inputs: Inputs) -> VendorAlone:
    if inputs.chosen is None:
        rolled = portfolio.roll(metric, inputs.vendor_sides, inputs.licences)
        return VendorAlone(rolled.end_user, rolled.buyer, rolled.gap)
    sides: Sides = inputs.vendor_sides.get(inputs.chosen.id, NOBODY)
    gap = measures.gap(metric, sides, inputs.buyers_known.get(inputs.chosen.id))
    return VendorAlone(measures.score(metric, sides.end_user), measures.score(metric, sides.buyer), gap)
