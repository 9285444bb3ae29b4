"""The rows of a report: partners, months, segments."""

from dataclasses import dataclass
from typing import Annotated

from feedback.gap.values.adoption import Adoption, Exposure
from feedback.gap.values.contracts import Renewal
from feedback.gap.values.judgement import BuyerAnswer, Doubts, SideAtRisk, State
from feedback.gap.values.scores import Gap, Score, Trend, TrustShares

NO_ADOPTION, NO_EXPOSURE, NO_STATE, NO_SIDE, NO_DOUBTS, NO_TREND, NOBODY = (
    Adoption(),
    Exposure(),
    State(),
    SideAtRisk(),
    Doubts(),
    Trend(),
    TrustShares(),
)
_GAP = "Null where either side has nobody."


@dataclass(frozen=True)
class PartnerRow:
    """One partner: everybody counts the same; the gap's interval is about its very buyers."""

    partner: Annotated[str, "Slug."]
    name: Annotated[str, "As the vendor calls it."]
    licences: Annotated[int | None, "In force on quality.licences_on; null if none."]
    end_user: Score
    buyer: Score
    gap: Annotated[Gap | None, _GAP]
    shrunken: Annotated[
        float | None,
        "End users' score drawn towards what partners are like, points: what to rank by. Null in a partner's own "
        "report.",
    ] = None
    worst_tenth: Annotated[
        float | None,
        "Probability that the end users' true score is in the worst tenth of partners, 0..1. Null in a partner's own "
        "report.",
    ] = None
    adoption: Adoption = NO_ADOPTION
    exposure: Exposure = NO_EXPOSURE
    state: State = NO_STATE
    side_at_risk: SideAtRisk = NO_SIDE
    doubts: Doubts = NO_DOUBTS
    trend: Trend = NO_TREND
    buyer_ages_days: Annotated[tuple[int, ...], "Age of each buyer's latest answer, newest first."] = ()
    buyers: Annotated[tuple[BuyerAnswer, ...], "In a partner's own report only, newest first."] = ()
    renewal: Annotated[Renewal | None, "The next contract that comes due, however far ahead, or is past due."] = None
    trust: Annotated[TrustShares, "Its end users by who vouches for their latest answer."] = NOBODY
    vendor_alone: Annotated[
        float | None,
        "The gap if only answers counted that the vendor vouches for, points; null where either side has none.",
    ] = None
    with_set_aside: Annotated[
        float | None,
        "The gap if the answers counted too that staff set aside, points; null where none is, or where either side has "
        "none.",
    ] = None

    @property
    def answered(self) -> bool:
        """True when somebody on either side did."""
        return bool(self.end_user.people or self.buyer.people)


@dataclass(frozen=True)
class MonthRow:
    """One month as a window of its own: each side where it answered; the gap over partners that have both sides."""

    month: Annotated[str, "Like 2026-11."]
    end_user: Score
    buyer: Score
    gap: Annotated[Gap | None, _GAP]
    adoption: Annotated[Adoption, "At the end of the month, or today."] = NO_ADOPTION


@dataclass(frozen=True)
class SegmentRow:
    """People with one value of a declared attribute, of all partners, each counting the same.

    The intervals are about these partners: that people of one partner are alike is not in them.
    """

    attribute: Annotated[str, "As declared."]
    value: Annotated[str, "One of its values, or other."]
    end_user: Score
    buyer: Score
    gap: Annotated[Gap | None, _GAP]
    adoption: Annotated[Adoption, "Without licences, which are not bought by segment."] = NO_ADOPTION
