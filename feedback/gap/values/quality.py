"""What a reader must know to trust a report."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from feedback.gap.values.rows import PartnerRow
from feedback.gap.values.scores import Gap, Score, TrustShares


@dataclass(frozen=True)
class OneSide:
    """One side's seat-weighted score over all partners that have it and licences, with or without the other side."""

    score: Score
    partners: Annotated[int, "That have it and licences."]
    difference: Annotated[float | None, "The headline less this score, points."]


@dataclass(frozen=True)
class EachSideAlone:
    """What each side says where the other need not have answered. Not to be subtracted: the partners differ."""

    end_user: OneSide
    buyer: OneSide


@dataclass(frozen=True)
class Trust:
    """Trust of both audiences, and which classes count."""

    counted: Annotated[tuple[str, ...], "The classes that count in the headline."]
    end_user: TrustShares
    buyer: TrustShares


@dataclass(frozen=True)
class Spread:
    """Which standard error each interval of the headline uses: `between` partners or `within`, the larger."""

    end_user: Annotated[str | None, "Null without an interval."] = None
    buyer: Annotated[str | None, "Null without an interval."] = None
    gap: Annotated[str | None, "Null without an interval."] = None


@dataclass(frozen=True)
class VendorAlone:
    """The headline if only answers counted that the vendor vouches for."""

    end_user: Score
    buyer: Score
    gap: Annotated[Gap | None, "Null where either side has nobody."]


@dataclass(frozen=True)
class WithSetAside:
    """The headline if the answers counted that staff set aside.

    In a month in which somebody also gave an answer that counts, that one speaks either way.
    """

    end_user: Score
    buyer: Score
    gap: Annotated[Gap | None, "Null where either side has nobody."]


@dataclass(frozen=True)
class Flag:
    """Something about the answers of a partner's end users that honest ones would hardly ever do. No verdict."""

    id: Annotated[str, "Of the flag, unique at its partner."]
    partner: Annotated[str, "Slug."]
    name: Annotated[str, "The partner's."]
    kind: Annotated[
        Literal["above_seats", "unknown", "burst", "pattern", "timing", "prompted", "network"],
        "More people than seats, people whom the vendor does not know, new people all at once, one and the same score, "
        "answers within seconds, answers after the buyer's turn, or one network.",
    ]
    first_day: Annotated[date, "Of the answers that it is about."]
    last_day: Annotated[date, "Of these answers."]
    raised_on: Annotated[date, "The day on which it was found."]
    p_value: Annotated[float | None, "Probability of so much or more among honest answers; null where there is none."]
    sentence: Annotated[str, "Its evidence in words."]
    set_aside: Annotated[int | None, "Answers that staff set aside because of it; null: none."]
    settled: Annotated[bool, "Staff looked at it and hold the answers to be honest."]


@dataclass(frozen=True)
class Freshness:
    """When answers and seats were last counted, and what waits to be."""

    folded_at: Annotated[datetime | None, "When answers were last counted; null before the first."]
    waiting: Annotated[int, "Changes of answers not counted yet."]
    waiting_since: Annotated[datetime | None, "The oldest of them; null when nothing waits."]
    set_aside: Annotated[int, "Changes that could not be counted."]
    seats_waiting: Annotated[int, "Partners whose seats are not counted anew yet."] = 0
    seats_counted_on: Annotated[date | None, "The oldest day as of which a partner's seats were counted."] = None


@dataclass(frozen=True)
class Quality:
    """What does not count in the headline and why, and how far to trust what does.

    In a partner's report nothing is weighed: no coverage, no lists, no sides alone.
    """

    notes: Annotated[tuple[str, ...], "All that matters, in plain words."]
    headline_partners: Annotated[int, "How many count in the headline."]
    seat_coverage: Annotated[float | None, "Share of all licences that the headline's partners hold, 0..1."]
    licences_on: Annotated[date, "The day whose licences weigh: the last of the window that has come."]
    spread: Spread
    without_licences: Annotated[tuple[PartnerRow, ...], "With answers, but no licences in force."]
    one_sided: Annotated[tuple[PartnerRow, ...], "With licences, and answers from one side only."]
    silent: Annotated[tuple[PartnerRow, ...], "With licences, without answers."]
    each_side_alone: Annotated[EachSideAlone | None, "Null in a partner's report."]
    trust: Trust
    vendor_alone: VendorAlone
    with_set_aside: Annotated[WithSetAside | None, "Null where nothing of the window was set aside."]
    flags: Annotated[tuple[Flag, ...], "About answers of the window, the latest first."]
    left_partners_people: Annotated[int, "People who answered at partners that left since; nowhere in the report."]
    freshness: Freshness
