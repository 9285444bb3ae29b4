"""In what state a partner is, which side is more at risk, and how long it has been so.

A state is entered and left at different probabilities, so that it does not flicker; between them it stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scipy.special import betainc

from feedback.stats import nps

UNDETERMINED = "undetermined"
END_USER, BUYER = "end_user", "buyer"


@dataclass(frozen=True, slots=True)
class Rule:
    """The probabilities (0..1) at which something is named, and below which the name is taken back."""

    enter: float = 0.8
    leave: float = 0.6

    def __post_init__(self) -> None:
        if not 0.5 <= self.leave <= self.enter <= 1:
            raise ValueError(f"0.5 <= leave <= enter <= 1 must hold, not leave {self.leave} and enter {self.enter}")


@dataclass(frozen=True, slots=True)
class Month:
    """What held in one calendar month, and for how many months in a row, this one included."""

    name: str
    months: int


def quadrants(end_user_ok: float | None, buyer_ok: float | None) -> dict[str, float] | None:
    """Probabilities of the four states from those that each side is fine, taken as independent.

    None when a side is unknown. Raises ValueError for what is no probability.
    """
    for probability in (end_user_ok, buyer_ok):
        if probability is not None and not 0 <= probability <= 1:
            raise ValueError(f"a probability lies between 0 and 1, not at {probability}")
    if end_user_ok is None or buyer_ok is None:
        return None
    return {
        "compounding": end_user_ok * buyer_ok,
        "pre_churn": (1 - end_user_ok) * buyer_ok,
        "buyer_friction": end_user_ok * (1 - buyer_ok),
        "broken_value": (1 - end_user_ok) * (1 - buyer_ok),
    }


def walk(months: Iterable[Mapping[str, float] | None], rule: Rule | None = None) -> list[Month]:
    """The state of every month, from each month's `quadrants`, in the order of the calendar, none left out.

    A state is entered at `rule.enter` and left below `rule.leave`; where none holds, or nothing is known of a month
    (None), the month is `undetermined`.
    """
    rule = rule or Rule()
    names, current = [], UNDETERMINED
    for probabilities in months:
        current = _next(current, probabilities or {}, rule)
        names.append(current)
    return _with_lengths(names)


def side_at_risk(sides: Iterable[tuple[float | None, float | None]], rule: Rule | None = None) -> list[Month]:
    """The side less likely to be fine, for every month's (end_user_ok, buyer_ok), in the order of the calendar.

    Named under the same rule as a state, by the probability that the side is not fine: entered by the lower side
    only, and kept until it is left or the other side is lower and enters. `undetermined` when neither is named, or
    when one side is unknown: a comparison needs both.
    """
    rule = rule or Rule()
    names, current = [], UNDETERMINED
    for end_user_ok, buyer_ok in sides:
        if end_user_ok is None or buyer_ok is None:
            current = UNDETERMINED
        else:
            lower = END_USER if end_user_ok < buyer_ok else BUYER if buyer_ok < end_user_ok else current
            risks = {END_USER: 1 - end_user_ok, BUYER: 1 - buyer_ok}
            if risks.get(lower, 0.0) >= rule.enter:
                current = lower
            elif risks.get(current, 0.0) < rule.leave:
                current = UNDETERMINED
        names.append(current)
    return _with_lengths(names)


def share_above(successes: int, of: int, threshold: float, declining: bool = False) -> float | None:
    """Probability that the true share of `successes` among `of` is above `threshold` (0..1), with Jeffreys' prior.

    Activation: `successes` are activated seats, `of` licences; more activated than licensed is all of them and more.
    Retention: contracts renewed among those due. 0 when the side is `declining`; None when there is nothing to count.
    Raises ValueError for negative counts and for a threshold that is not between 0 and 1.
    """
    if successes < 0 or of < 0:
        raise ValueError(f"counts cannot be negative: {successes} of {of}")
    if not 0 < threshold < 1:
        raise ValueError(f"a threshold lies between 0 and 1, not at {threshold}")
    if not successes and not of:
        return None
    if declining:
        return 0.0
    return float(betainc(0.5 + max(0, of - successes), 0.5 + successes, 1 - threshold))


def buyers_fine(buyers: nps.Tally, fact: bool | None = None, threshold_points: float = 0.0) -> float | None:
    """Probability that the buyer side of one partner is fine.

    By facts first: `fact` is true after a renewal or an expansion, false after notice, a smaller contract, a loss or
    seats cut, None when there is none. Else the probability that the buyers' NPS is above `threshold_points`. None
    with fewer than two buyers: one buyer's tap never names a state.
    """
    if fact is not None:
        return float(fact)
    return nps.probability_above(buyers, threshold_points) if buyers.count > 1 else None


def _next(current: str, probabilities: Mapping[str, float], rule: Rule) -> str:
    likeliest = max(probabilities, key=lambda name: probabilities[name], default=UNDETERMINED)
    if probabilities.get(likeliest, 0.0) >= rule.enter:
        return likeliest
    return current if probabilities.get(current, 0.0) >= rule.leave else UNDETERMINED


def _with_lengths(names: Sequence[str]) -> list[Month]:
    found: list[Month] = []
    for name in names:
        found.append(Month(name, found[-1].months + 1 if found and found[-1].name == name else 1))
    return found
