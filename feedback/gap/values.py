"""The gap report as frozen values. `schemas` turns them into JSON; what each means stands here."""

from dataclasses import dataclass
from datetime import date, datetime

from feedback.tallies.queries import Histogram

EMPTY: Histogram = (0,) * 11


@dataclass(frozen=True, slots=True)
class Score:
    """One side's score in points, its 95 % interval, and the people it rests on.

    Nobody: no score, people 0. A score without an interval rests on one partner of a portfolio.
    """

    score: float | None = None
    low: float | None = None
    high: float | None = None
    people: int = 0
    histogram: Histogram = EMPTY


@dataclass(frozen=True, slots=True)
class NamedScore(Score):
    """A score with the question that it answers in words."""

    estimand: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """End users less buyers, in points; negative when users are unhappier. Of fewer than two buyers: no p-value."""

    points: float
    low: float | None
    high: float | None
    p_value: float | None
    provable: bool


@dataclass(frozen=True, slots=True)
class Headline:
    """Both sides and the gap between them."""

    end_user: NamedScore
    buyer: NamedScore
    gap: Gap | None


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """One partner; `licences` in force at the end of the window, None without a contract then."""

    partner: str
    name: str
    licences: int | None
    end_user: Score
    buyer: Score
    gap: Gap | None

    @property
    def answered(self) -> bool:
        """True when somebody on either side did."""
        return bool(self.end_user.people or self.buyer.people)


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month, as a window of its own; `month` like 2026-11.

    In a portfolio each side is over all partners that have it in that month, and the gap over those that have both:
    so it is not always the difference of the two.
    """

    month: str
    end_user: Score
    buyer: Score
    gap: Gap | None


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """People with one value of a declared attribute, each counting the same."""

    attribute: str
    value: str
    end_user: Score
    buyer: Score
    gap: Gap | None


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months; `partial` while the last of them is not over."""

    first_day: date
    last_day: date
    partial: bool


@dataclass(frozen=True, slots=True)
class OneSide:
    """One side's seat-weighted score over all `partners` that have it, whether or not they have the other.

    `difference`: the headline less this score, in points.
    """

    score: Score
    partners: int
    difference: float | None


@dataclass(frozen=True, slots=True)
class EachSideAlone:
    """What each side says where the other need not have answered. Never to be subtracted: the partners differ."""

    end_user: OneSide
    buyer: OneSide


@dataclass(frozen=True, slots=True)
class TrustShares:
    """People of one audience by who vouches for their latest answer."""

    vendor: int = 0
    partner: int = 0
    none: int = 0


@dataclass(frozen=True, slots=True)
class Trust:
    """The classes that count in the headline, and how many people of each there are."""

    counted: tuple[str, ...]
    end_user: TrustShares
    buyer: TrustShares


@dataclass(frozen=True, slots=True)
class Spread:
    """Which standard error an interval of the headline uses, the larger of the two: `between` partners or `within`."""

    end_user: str | None = None
    buyer: str | None = None
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class VendorAlone:
    """What the headline would be if only answers counted that the vendor vouches for."""

    end_user: Score
    buyer: Score
    gap: Gap | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """When answers were last counted, what waits to be and since when, and what could not be."""

    folded_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    set_aside: int


@dataclass(frozen=True, slots=True)
class Quality:
    """What does not count in the headline and why, and how far to trust what does.

    `headline_partners` count in the headline; they hold `seat_coverage` (0..1) of all licences in force on
    `licences_on`. The other partners are in one of three lists: `without_licences` (with answers), `one_sided` (with
    licences), `silent` (with licences, without answers). `left_partners_people` answered at partners that left since.
    In a partner's report nothing is weighed: no coverage, no lists, no sides alone.
    """

    licences_on: date
    headline_partners: int
    seat_coverage: float | None
    spread: Spread
    without_licences: tuple[PartnerRow, ...]
    one_sided: tuple[PartnerRow, ...]
    silent: tuple[PartnerRow, ...]
    each_side_alone: EachSideAlone | None
    trust: Trust
    vendor_alone: VendorAlone
    left_partners_people: int
    freshness: Freshness
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GapReport:
    """The report. Partners by name, months in order, segments by attribute and value."""

    metric: str
    period: Period
    as_of: datetime
    partner: str | None
    headline: Headline
    partners: tuple[PartnerRow, ...]
    months: tuple[MonthRow, ...]
    segments: tuple[SegmentRow, ...]
    quality: Quality
