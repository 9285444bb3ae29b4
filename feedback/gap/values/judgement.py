"""What the numbers mean: states, sides at risk, what changed, who is silent, what happened."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from feedback.gap.values.contracts import Money

StateName = Literal["compounding", "pre_churn", "buyer_friction", "broken_value", "undetermined"]
SideName = Literal["end_user", "buyer", "undetermined"]


@dataclass(frozen=True, slots=True)
class StateMonth:
    """The state at the end of a month, as it was known then."""

    month: Annotated[str, "Like 2026-11."]
    state: StateName
    end_user_ok: Annotated[float | None, "Probability that the end-user side was fine, 0..1; null when unknown."]
    buyer_ok: Annotated[float | None, "Probability that the buyer side was fine, 0..1; null when unknown."]
    reconstructed: Annotated[bool, "Rebuilt from what was known by then, instead of frozen on the day."]


@dataclass(frozen=True, slots=True)
class State:
    """Which sides are fine. Entered at probability 0.8, left below 0.6, walking calendar months."""

    state: StateName = "undetermined"
    probability: Annotated[float | None, "Of this state, or of the likeliest one while undetermined; 0..1."] = None
    months: Annotated[int, "How many months in a row, the current one included."] = 0
    since: Annotated[str | None, "The first of those months."] = None
    came_from: Annotated[str | None, "The state before; null when there was none."] = None
    end_user_ok: Annotated[float | None, "Probability that the end-user side is fine, 0..1; null when unknown."] = None
    buyer_ok: Annotated[float | None, "Probability that the buyer side is fine, 0..1; null when unknown."] = None
    history: Annotated[tuple[StateMonth, ...], "By month, oldest first; empty in rows of a portfolio."] = ()


@dataclass(frozen=True, slots=True)
class SideAtRisk:
    """The side that is less likely to be fine, named under the same rule as a state."""

    side: SideName = "undetermined"
    probability: Annotated[float | None, "That this side is not fine, 0..1."] = None
    months: Annotated[int, "How many months in a row."] = 0
    facts: Annotated[tuple[str, ...], "The two or three facts that say so, in words."] = ()


@dataclass(frozen=True, slots=True)
class Doubts:
    """Why buyers doubt: the reason that each of them chose last, in people."""

    price: int = 0
    value: Annotated[int, "Proof of value."] = 0
    effort: Annotated[int, "Effort of administration."] = 0
    other: int = 0
    sentence: Annotated[str, "What prevails, in words; empty without a reason."] = ""


@dataclass(frozen=True, slots=True)
class BuyerAnswer:
    """One buyer's latest answer in the window. Buyers are not promised anonymity towards the vendor."""

    name: str | None
    role: str | None
    score: int
    answered_on: date
    age_days: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class ChangePart:
    """What one partner or segment gave to the change, in points."""

    key: Annotated[str, "Slug of a partner, or value of the attribute."]
    name: str
    mix: Annotated[float, "Because it weighs more or less than before."]
    rate: Annotated[float, "Because its own score changed."]
    total: float


@dataclass(frozen=True, slots=True)
class Change:
    """A change taken apart (Kitagawa): total is mix plus rate, exactly, and so is every part."""

    total: float
    mix: Annotated[float, "Who answered, or whose licences weigh."]
    rate: Annotated[float, "How each group answered."]
    contradicted: Annotated[bool, "The groups surely went one way and the total the other (Simpson's paradox)."]
    parts: Annotated[tuple[ChangePart, ...], "Largest first."]


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """The same by the values of one declared attribute, people pooled, each counting the same."""

    attribute: str
    change: Change


@dataclass(frozen=True, slots=True)
class SideChange:
    """What changed on one side since the previous period."""

    by_partner: Annotated[Change | None, "Weighted by licences; null in a partner's report and without both periods."]
    by_attribute: tuple[AttributeChange, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the previous period, which is as many months as the window and ends before it begins."""

    first_day: date
    last_day: date
    end_user: SideChange
    buyer: SideChange
    sentences: Annotated[tuple[str, ...], "The largest, and warnings where the total and the parts disagree."]


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened that somebody should know."""

    partner: Annotated[str, "Slug."]
    name: str
    day: date
    kind: Literal["changed", "activation_falling", "renewal_near"]
    audience: Annotated[str | None, "end_user or buyer, for `changed`."]
    sentence: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """From licences to comments, in persons."""

    licences: int | None
    deployed: Annotated[int, "Seats deployed and not left at the end of the window."]
    active: Annotated[int, "Distinct seats active in the window."]
    eligible: Annotated[int, "Of them, those at partners that allow asking; who answered was eligible."]
    shown: Annotated[int, "Distinct people to whom a survey was shown; who answered was shown one."]
    scored: Annotated[int, "People who gave a score."]
    commented: Annotated[int, "Of them, those whose latest answer has a comment."]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The score if the silent differ from those who answered by up to so many points."""

    points: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Representativity:
    """How alike the chances to be heard are over the values of an attribute: 1 alike, 0 some all and others none."""

    attribute: str
    r: float
    seats: Annotated[int, "Deployed seats whose value is known."]


@dataclass(frozen=True, slots=True)
class WeightedScore:
    """The score if those who answered looked like all deployed seats, beside the plain one, never instead."""

    score: float
    low: float
    high: float
    people: int
    effective_people: Annotated[float, "How many equally weighted people would tell as much (Kish)."]
    trimmed: Annotated[int, "People whose weight was cut at five times the median."]
    attributes: tuple[str, ...]
    plain: Annotated[float, "The same people, each counting the same."]


@dataclass(frozen=True, slots=True)
class Silent:
    """Who did not answer, and what that could hide. End users; people pooled, each counting the same."""

    funnel: Funnel
    participation: Annotated[float | None, "People who scored as a share of those who could have, 0..1."]
    participation_of: Annotated[str, "The definition, in words."]
    score: Annotated[float | None, "The plain score that the bounds are about, points."]
    worst: Annotated[float | None, "If everybody silent had given the worst answer, points."]
    best: Annotated[float | None, "If everybody silent had given the best answer, points."]
    what_if: tuple[WhatIf, ...]
    representativity: tuple[Representativity, ...]
    weighted: WeightedScore | None
    partners_silent: Annotated[int, "Partners with licences where nobody answered."]


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Yearly value of contracts in force at partners in one state."""

    state: StateName
    partners: int
    licences: int
    values: tuple[Money, ...]
