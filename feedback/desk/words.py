"""Short words for narrow places, beside the whole sentences of `gap.sentences`."""

from feedback.gap.sentences import NOTHING, points_text
from feedback.gap.values import Gap, PartnerRow, Score


def count(number: int | None) -> str:
    """`4,164`; a dash for what is not known."""
    return NOTHING if number is None else f"{number:,}"


def people(number: int, one: str, many: str) -> str:
    """`1 buyer`, `4,164 people`."""
    return f"{number:,} {one if number == 1 else many}"


def distance(points: float | None) -> str:
    """`29 below`, `4 above`, `0`."""
    if points is None:
        return NOTHING
    whole = round(points)
    return f"{abs(whole)} {'below' if whole < 0 else 'above'}" if whole else "0"


def interval(score: Score) -> str:
    """`9 to 19`; empty without one."""
    if score.low is None or score.high is None:
        return ""
    return f"{points_text(score.low)} to {points_text(score.high)}"


def between(score: Score) -> str:
    """`between 9 and 19`; empty without an interval."""
    words = interval(score)
    return f"between {words.replace(' to ', ' and ')}" if words else ""


def gap_between(gap: Gap) -> str:
    """`between 17 and 41 below`; empty without an interval."""
    words = gap_interval(gap)
    return f"between {words.replace(' to ', ' and ')}" if words else ""


def gap_interval(gap: Gap) -> str:
    """`17 to 41 below`, `12 below to 20 above`; empty without one."""
    if gap.low is None or gap.high is None:
        return ""
    low, high = round(gap.low), round(gap.high)
    if low * high > 0:
        near, far = sorted((abs(low), abs(high)))
        return f"{near} to {distance(far if low > 0 else -far)}"
    return f"{distance(low)} to {distance(high)}"


def verdict(row: PartnerRow) -> str:
    """What may be concluded from one partner's gap, or why there is none."""
    if row.gap is not None:
        if row.gap.provable:
            return "more than chance"
        return "one buyer only" if row.gap.p_value is None else "not proven"
    if row.end_user.people:
        return "no buyer answered"
    return "no end user answered" if row.buyer.people else "nobody answered"
