"""Scores, gaps and slopes, in points. Each member's second half is what it says in the API's reference."""

from dataclasses import dataclass
from typing import Annotated

Histogram = tuple[int, ...]
EMPTY: Histogram = (0,) * 11


@dataclass(frozen=True)
class Score:
    """One side's score. Nobody: people 0, and score, low and high null; never a score of 0."""

    score: Annotated[float | None, "Points; nps -100..100, csat and ces 0..100."] = None
    low: Annotated[float | None, "Lower end of the 95 % interval, points; a portfolio of one has none."] = None
    high: Annotated[float | None, "Upper end of the 95 % interval, points."] = None
    people: Annotated[int, "Each once, at the latest answer in the window."] = 0
    histogram: Annotated[Histogram, "Eleven counts of people: scores 0 to 10."] = EMPTY


@dataclass(frozen=True)
class TrustShares:
    """People of one audience by who vouches for their latest answer."""

    vendor: Annotated[int, "Signed or imported by the vendor."] = 0
    partner: Annotated[int, "Signed with a partner's key."] = 0
    none: Annotated[int, "Nobody vouches for them."] = 0
    aside: Annotated[
        int, "Whose latest answer staff set aside; never counted. Who gave another one counts with that too."
    ] = 0


@dataclass(frozen=True)
class NamedScore(Score):
    """The headline's score and the question that it answers."""

    estimand: Annotated[str, "In words: whose score, weighted how."] = ""


@dataclass(frozen=True)
class Gap:
    """End-user score less buyer score. Negative: users are unhappier than their buyer.

    `low` and `high` answer the descriptive question: of one partner, about these very buyers. The predictive interval
    is about buyers like these. Verdicts and alerts use the predictive one.
    """

    points: Annotated[float, "Points; nps -200..200."]
    low: Annotated[float | None, "Lower end of the 95 % interval (descriptive), points."]
    high: Annotated[float | None, "Upper end of the 95 % interval (descriptive), points."]
    p_value: Annotated[float | None, "About buyers like these; null with fewer than two of them or one partner."]
    provable: Annotated[bool, "Two buyers or more, and p_value below 0.05."]
    predictive_low: Annotated[float | None, "Lower end of the 95 % interval for buyers like these, points."] = None
    predictive_high: Annotated[float | None, "Upper end of the 95 % interval for buyers like these, points."] = None
    smallest_provable: Annotated[
        float | None,
        "About the smallest true gap that so many people prove with 80 % probability, at common variances, points.",
    ] = None


@dataclass(frozen=True)
class Slope:
    """A straight line through the months, by weighted least squares."""

    per_month: Annotated[float, "Points per month; of a share of seats: percentage points per month."]
    low: Annotated[float, "Lower end of the 95 % interval, points per month."]
    high: Annotated[float, "Upper end of the 95 % interval, points per month."]
    declining: Annotated[bool, "The whole interval lies below 0."]
    months: Annotated[int, "Months with a value, three or more."]


@dataclass(frozen=True)
class Trend:
    """Where it is heading, over the trend's months. Null where fewer than three months have a value."""

    end_user: Slope | None = None
    buyer: Slope | None = None
    gap: Slope | None = None
    engagement: Annotated[Slope | None, "Of the share of deployed seats that were engaged."] = None
