"""One number for many partners: seat-weighted over those that have both sides and licences."""

from dataclasses import dataclass

import numpy as np

from feedback.gap.measures import BUYER, END_USER, NO_SCORE, Counts, both, tallies
from feedback.gap.once import once
from feedback.gap.values import Gap, OneSide, Score, Spread
from feedback.stats import rollup

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
    gap_error: float | None = None


@once
def roll(metric: str, sides: Counts, licences: Counts) -> Rolled:
    """Weigh partners by `licences` in force; who has one side only or no licences is left out.

    `sides` (partners, 2, 11); `licences` (partners), 0 for none.
    """
    counted = both(sides) & (licences > 0)
    all_licences = int(licences.sum())
    if not counted.any():
        return Rolled(NO_SCORE, NO_SCORE, None, 0, 0.0 if all_licences else None, Spread())
    weights = licences[counted].astype(float)
    end_user, end_user_basis = _weighted(metric, sides[counted, END_USER], weights)
    buyer, buyer_basis = _weighted(metric, sides[counted, BUYER], weights)
    rolled = rollup.gap(tallies(metric, sides[counted, END_USER]), tallies(metric, sides[counted, BUYER]), weights)
    assert rolled is not None and end_user.score is not None and buyer.score is not None  # nosec B101 # noqa: S101 - for the types; who lacks a side is not in it
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
            predictive_low=rolled.low,
            predictive_high=rolled.high,
        ),
        partners=int(counted.sum()),
        seat_coverage=float(weights.sum() / all_licences),
        spread=Spread(end_user_basis, buyer_basis, rolled.basis),
        gap_error=rolled.std_error,
    )


def one_side(metric: str, histograms: Counts, licences: Counts, headline: float | None = None) -> OneSide:
    """One side's score over every partner that has it and licences, with or without the other side.

    `histograms` (partners, 11).
    """
    counted = (histograms.sum(axis=-1) > 0) & (licences > 0)
    score, _ = _weighted(metric, histograms[counted], licences[counted].astype(float))
    apart = None if headline is None or score.score is None else headline - score.score
    return OneSide(score, int(counted.sum()), apart)


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a portfolio, with standard errors in points where there are any."""

    end_user: Score
    buyer: Score
    gap: Gap | None
    end_user_error: float | None
    buyer_error: float | None
    gap_error: float | None


@once
def month(metric: str, sides: Counts, licences: Counts) -> Month:
    """Each side over the partners that have it and licences, the gap over those that have both sides."""
    found = []
    for side in (END_USER, BUYER):
        counted = (sides[:, side].sum(axis=-1) > 0) & (licences > 0)
        own = sides[counted, side]
        estimate = rollup.seat_weighted(tallies(metric, own), licences[counted].astype(float)) if len(own) else None
        found.append((own, estimate))
    (end_users, end_user), (buyers, buyer) = found
    rolled = roll(metric, sides, licences)
    return Month(
        _score(end_user, end_users),
        _score(buyer, buyers),
        rolled.gap,
        None if end_user is None else end_user.std_error,
        None if buyer is None else buyer.std_error,
        rolled.gap_error,
    )


def _weighted(metric: str, histograms: Counts, weights: np.ndarray) -> tuple[Score, str | None]:
    """The seat-weighted score, and which standard error its interval uses; nobody's when there are no histograms."""
    if not len(weights):
        return NO_SCORE, None
    found = rollup.seat_weighted(tallies(metric, histograms), weights)
    return _score(found, histograms), None if found is None else found.basis


def _score(found: rollup.Estimate | None, histograms: Counts) -> Score:
    if found is None:
        return NO_SCORE
    return Score(found.points, found.low, found.high, found.n, tuple(histograms.sum(axis=0).tolist()))
