"""One number for many partners: seat-weighted over those that have both sides and licences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from feedback.gap.measures import Sides, tally, total
from feedback.gap.values import Gap, OneSide, Score, Spread
from feedback.stats import rollup
from feedback.tallies.queries import Histogram

_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Rolled:
    """A portfolio's two scores and gap; `partners` that count, and their share of all licences (None without any)."""

    end_user: Score
    buyer: Score
    gap: Gap | None
    partners: int
    seat_coverage: float | None
    spread: Spread


def roll(metric: str, sides: Mapping[UUID, Sides], licences: Mapping[UUID, int]) -> Rolled:
    """Weigh partners by `licences` in force; who has one side only or no licences is left out."""
    counted = [partner for partner, own in sides.items() if own.both and licences.get(partner)]
    weights = [licences[partner] for partner in counted]
    end_users = [sides[partner].end_user for partner in counted]
    buyers = [sides[partner].buyer for partner in counted]
    end_user, end_user_basis = _weighted(metric, end_users, weights)
    buyer, buyer_basis = _weighted(metric, buyers, weights)
    rolled = rollup.gap([tally(metric, one) for one in end_users], [tally(metric, one) for one in buyers], weights)
    all_licences = sum(licences.values())
    if rolled is None or end_user.score is None or buyer.score is None:
        return Rolled(Score(), Score(), None, 0, 0.0 if all_licences else None, Spread())
    return Rolled(
        end_user=end_user,
        buyer=buyer,
        gap=Gap(
            # Not rolled.points, which is the same but for the last bits: a reader who takes one from the other
            # finds exactly this.
            points=end_user.score - buyer.score,
            low=rolled.low,
            high=rolled.high,
            p_value=rolled.p_value,
            provable=rolled.p_value is not None and rolled.p_value < _ALPHA,
        ),
        partners=len(counted),
        seat_coverage=sum(weights) / all_licences,
        spread=Spread(end_user_basis, buyer_basis, rolled.basis),
    )


def one_side(
    metric: str, histograms: Mapping[UUID, Histogram], licences: Mapping[UUID, int], headline: float | None = None
) -> OneSide:
    """One side's score over every partner that has it and licences, with or without the other side."""
    counted = [partner for partner, own in histograms.items() if any(own) and licences.get(partner)]
    score, _ = _weighted(metric, [histograms[partner] for partner in counted], [licences[p] for p in counted])
    apart = None if headline is None or score.score is None else headline - score.score
    return OneSide(score, len(counted), apart)


def _weighted(metric: str, histograms: list[Histogram], weights: Sequence[float]) -> tuple[Score, str | None]:
    """The seat-weighted score, and which standard error its interval uses; nobody's when there are no histograms."""
    found = rollup.seat_weighted([tally(metric, one) for one in histograms], weights)
    if found is None:
        return Score(), None
    return Score(found.points, found.low, found.high, found.n, total(histograms)), found.basis
