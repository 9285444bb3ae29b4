"""Short words for narrow places beside the sentences of `gap.sentences`: the same on pages, in tables, in files."""

from datetime import date
from decimal import Decimal
from unicodedata import category

from feedback.gap.sentences import NOTHING, percent, points_text
from feedback.gap.values import Gap, Money, PartnerRow, Renewal, Score, Slope, TrustShares

STATES = {
    "compounding": "compounding",
    "pre_churn": "pre-churn",
    "buyer_friction": "buyer friction",
    "broken_value": "broken value",
    "undetermined": "undetermined",
}
SIDES = {"end_user": "end users", "buyer": "buyers", "undetermined": "undetermined"}
BANDS = {"overdue": "past due", "30": "in 30 days", "60": "in 31 to 60", "90": "in 61 to 90", "120": "in 91 to 120"}
FINDINGS = {
    "never_told": "never told",
    "told_not_wanted": "told, not wanted",
    "told_and_used": "told and used",
    "used_untold": "used untold",
    "too_early": "too early to say",
    "unknown": "",
}
REASONS = {"price": "price", "value": "proof of value", "effort": "effort of administration", "other": "other"}
EVENTS = {"changed": "changed", "activation_falling": "activation falling", "renewal_near": "renewal near"}
VOUCHERS = {"vendor": "you, the vendor", "partner": "their partner", "none": "nobody", "aside": "set aside by staff"}
_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
_TURNING = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def printable(text: str) -> str:
    """`text` without what a terminal would obey, a file's line would end at, or the words after it would turn round by.

    Joiners and marks of direction stay: names in some scripts need them.
    """
    return "".join("�" if category(one) in _UNSEEN or one in _TURNING else one for one in text)


def count(number: int | None) -> str:
    """`4,164`; a dash for what is not known."""
    return NOTHING if number is None else f"{number:,}"


def people(number: int, one: str, many: str) -> str:
    """`1 buyer`, `4,164 people`."""
    return f"{number:,} {one if number == 1 else many}"


def share(value: float | None) -> str:
    """`34 %` of 0..1; a dash for what is not known."""
    return NOTHING if value is None else percent(value)


def part(shares: TrustShares, who: str) -> float | None:
    """The share 0..1 of one class of trust among all who answered, set aside or not; None for nobody."""
    everybody = shares.vendor + shares.partner + shares.none + shares.aside
    return int(getattr(shares, who)) / everybody if everybody else None


def chance(probability: float | None) -> str:
    """A probability of 0..1: `66 %`, never quite `0 %` or `100 %`; a dash for what is not known."""
    if probability is None:
        return NOTHING
    # What rules say for certain is as uncertain as the rules.
    return percent(min(max(probability, 0.001), 0.999))


def money(amount: Money | None) -> str:
    """`EUR 1.4 M`, `GBP 240,000`, `JPY 900`: rounded to what a reader needs; a dash for none."""
    if amount is None:
        return NOTHING
    units = major_units(amount)
    whole = round(units, -3) if units >= 10_000 else round(units)
    text = f"{units / 1_000_000:.1f} M" if whole >= 1_000_000 else f"{whole:,.0f}"
    return f"{amount.currency} {text}"


def renewal_value(one: Renewal) -> str:
    """`EUR 12,000`; where it was converted, `EUR 12,000 (signed: USD 13,000)`."""
    return money(one.value) if one.signed_value is None else f"{money(one.value)} (signed: {money(one.signed_value)})"


def major_units(amount: Money) -> Decimal:
    """What people write: 120050 cents are 1200.50."""
    # Babel takes a tenth of a second to come.
    from feedback.partners.money import decimal_text

    return Decimal(decimal_text(amount.minor_units, amount.currency))


def day(value: date | None) -> str:
    """`3 Feb 2027`; a dash for none."""
    return NOTHING if value is None else f"{value.day} {value:%b %Y}"


def period_words(first: date, last: date) -> str:
    """`September to November 2026`, `December 2025 to February 2026`, `November 2026`."""
    end = f"{last:%B %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return end
    return f"{first:%B} to {end}" if first.year == last.year else f"{first:%B %Y} to {end}"


def distance(points: float | None) -> str:
    """`29 below`, `4 above`, `0`."""
    if points is None:
        return NOTHING
    whole = round(points)
    return f"{abs(whole)} {'below' if whole < 0 else 'above'}" if whole else "0"


def moved(points: float) -> str:
    """`3 higher than before`, `1 lower than before`, `as before`: a change in whole points."""
    whole = round(points)
    return f"{abs(whole)} {'lower' if whole < 0 else 'higher'} than before" if whole else "as before"


def tenths(points: float) -> str:
    """`+4.1`, `−0.5`, `0.0`: changes, to a tenth of a point."""
    text = f"{points:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


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


def heading(slope: Slope | None) -> str:
    """`falling 1.4 a month`, `no clear direction`; empty with too few months."""
    if slope is None:
        return ""
    if slope.declining or slope.low > 0:
        return f"{'falling' if slope.declining else 'rising'} {abs(slope.per_month):.1f} a month"
    return "no clear direction"


def lasting(months: int) -> str:
    """`first month`, `for 4 months`; empty for none."""
    return "" if not months else "first month" if months == 1 else f"for {months} months"
