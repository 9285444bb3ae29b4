"""Words for scores and gaps, the same on pages, in tables and in files. Points are rounded to whole ones."""

from feedback.gap.values import Gap, Headline, Score

NOTHING = "–"
"""Where there is no number."""


def points_text(value: float | None) -> str:
    """`41`, `−3`, or a dash for nobody."""
    if value is None:
        return NOTHING
    whole = round(value)
    return f"−{-whole}" if whole < 0 else str(whole)


def percent(share: float) -> str:
    """`28 %`, of a share 0..1; what is not quite nothing or all says so: `under 1 %`, `over 99 %`."""
    whole = round(100 * share)
    if not whole and share > 0:
        return "under 1 %"
    return "over 99 %" if whole == 100 and share < 1 else f"{whole} %"


def score_words(score: Score) -> str:
    """`41, between 12 and 63`; without an interval the score alone; `no answers`."""
    if score.score is None:
        return "no answers"
    if score.low is None or score.high is None:
        return points_text(score.score)
    return f"{points_text(score.score)}, between {points_text(score.low)} and {points_text(score.high)}"


def gap_words(gap: Gap | None) -> str:
    """`29 points below, between 17 and 41`: where end users stand as seen from their buyer.

    An interval on both sides of 0 names them: `4 points above, between 12 below and 20 above`.
    """
    if gap is None:
        return "no gap to tell: one side has no answers"
    whole = round(gap.points)
    words = _distance(whole)
    if gap.low is None or gap.high is None:
        return words
    low, high = round(gap.low), round(gap.high)
    if low == high:
        return words
    if whole and low * high >= 0:
        return f"{words}, between {min(abs(low), abs(high))} and {max(abs(low), abs(high))}"
    return f"{words}, between {_side(low)} and {_side(high)}"


def proof_words(gap: Gap | None, *, buyers: int) -> str:
    """Whether the gap is more than chance, at 95 %. `buyers`: how many answered."""
    if gap is None:
        return "there is nothing to compare yet"
    if gap.provable:
        return "more than chance"
    if gap.p_value is None:
        return "one buyer is too few to prove a gap" if buyers < 2 else "one partner is too few to prove a gap"
    if gap.low is not None and gap.high is not None and gap.low * gap.high > 0:
        # The interval beside these words is about these very buyers, the proof about buyers like them.
        return "so for these very buyers; for buyers like them not proven"
    return "not proven: chance alone can do this"


def headline_words(headline: Headline) -> str:
    """Both scores and the gap in one sentence."""
    users, buyers = headline.end_user, headline.buyer
    if users.score is None and buyers.score is None:
        return "Nothing counts in the headline yet."
    if headline.gap is None:
        side, score = ("End users", users) if users.score is not None else ("Buyers", buyers)
        other = "buyers" if users.score is not None else "end users"
        return f"{side} score {points_text(score.score)}; no {other} have answered."
    return (
        f"End users score {points_text(users.score)}, buyers {points_text(buyers.score)}: "
        f"{gap_words(headline.gap)} ({proof_words(headline.gap, buyers=buyers.people)})."
    )


def _distance(points: int) -> str:
    if not points:
        return "no difference"
    return f"{abs(points)} point{'' if abs(points) == 1 else 's'} {'below' if points < 0 else 'above'}"


def _side(points: int) -> str:
    return f"{abs(points)} {'below' if points < 0 else 'above'}" if points else "0"
