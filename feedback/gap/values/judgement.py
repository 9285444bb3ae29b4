"""What the numbers mean: states, sides at risk, what changed, who is silent, what happened."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from feedback.gap.values.contracts import Money

StateName = Literal["compounding", "pre_churn", "buyer_friction", "broken_value", "undetermined"]
SideName = Literal["end_user", "buyer", "undetermined"]


@dataclass(frozen=True)
class StateMonth:
    """The state at the end of a month, as it was known then."""

    month: Annotated[str, "Like 2026-11."]
    state: Annotated[StateName, "Of these five."]
    end_user_ok: Annotated[float | None, "Probability that the end-user side was fine, 0..1; null when unknown."]
    buyer_ok: Annotated[float | None, "Probability that the buyer side was fine, 0..1; null when unknown."]
    reconstructed: Annotated[bool, "Rebuilt from what was known by then, instead of frozen on the day."]


@dataclass(frozen=True)
class State:
    """Which sides are fine. Entered at probability 0.8, left below 0.6, walking calendar months."""

    state: Annotated[StateName, "Of these five."] = "undetermined"
    probability: Annotated[float | None, "Of this state, or of the likeliest one while undetermined; 0..1."] = None
    months: Annotated[int, "How many months in a row, the current one included."] = 0
    since: Annotated[str | None, "The first of those months."] = None
    came_from: Annotated[str | None, "The state before; null when there was none."] = None
    end_user_ok: Annotated[float | None, "Probability that the end-user side is fine, 0..1; null when unknown."] = None
    buyer_ok: Annotated[float | None, "Probability that the buyer side is fine, 0..1; null when unknown."] = None
    history: Annotated[tuple[StateMonth, ...], "By month, oldest first; empty in rows of a portfolio."] = ()


@dataclass(frozen=True)
class SideAtRisk:
    """The side that is less likely to be fine, named under the same rule as a state."""

    side: Annotated[SideName, "Undetermined while neither is likely enough."] = "undetermined"
    probability: Annotated[float | None, "That this side is not fine, 0..1."] = None
    months: Annotated[int, "How many months in a row."] = 0
    facts: Annotated[tuple[str, ...], "The two or three facts that say so, in words."] = ()


@dataclass(frozen=True)
class Doubts:
    """Why buyers doubt: the reason that each of them chose last, in people."""

    price: Annotated[int, "It costs too much."] = 0
    value: Annotated[int, "Proof of value."] = 0
    effort: Annotated[int, "Effort of administration."] = 0
    other: Annotated[int, "None of these."] = 0
    sentence: Annotated[str, "What prevails, in words; empty without a reason."] = ""


@dataclass(frozen=True)
class BuyerAnswer:
    """One buyer's latest answer in the window. Buyers are not promised anonymity towards the vendor."""

    name: Annotated[str | None, "Null when nobody said."]
    role: Annotated[str | None, "decision_maker, admin or champion; null when nobody said."]
    score: Annotated[int, "On the metric's own scale; nps 0..10."]
    answered_on: Annotated[date, "The day of the answer."]
    age_days: Annotated[int, "From then to the end of the window's last day that has come."]
    reason: Annotated[str | None, "price, value, effort or other; null when none was chosen."]


@dataclass(frozen=True)
class ChangePart:
    """What one partner or segment gave to the change, in points."""

    key: Annotated[str, "Slug of a partner, or value of the attribute."]
    name: Annotated[str, "The partner's name, or the value."]
    mix: Annotated[float, "Because it weighs more or less than before."]
    rate: Annotated[float, "Because its own score changed."]
    total: Annotated[float, "mix plus rate, points."]


@dataclass(frozen=True)
class Change:
    """A change taken apart (Kitagawa): total is mix plus rate, exactly, and so is every part."""

    total: Annotated[float, "This period's score less the previous one's, points."]
    mix: Annotated[float, "Who answered, or whose licences weigh."]
    rate: Annotated[float, "How each group answered."]
    contradicted: Annotated[
        bool, "The groups together went one way (95 %) and the total the other: see Simpson's paradox."
    ]
    parts: Annotated[tuple[ChangePart, ...], "Largest first."]


@dataclass(frozen=True)
class AttributeChange:
    """The same by the values of one declared attribute, people pooled, each counting the same."""

    attribute: Annotated[str, "As declared."]
    change: Change


@dataclass(frozen=True)
class SideChange:
    """What changed on one side since the previous period."""

    by_partner: Annotated[
        Change | None, "Weighted by licences; in a partner's report its own score. Null without both periods."
    ]
    by_attribute: tuple[AttributeChange, ...]


@dataclass(frozen=True)
class Changes:
    """What changed since the previous period, which is as many months as the window and ends before it begins."""

    first_day: Annotated[date, "Of the previous period."]
    last_day: Annotated[date, "Of the previous period."]
    end_user: SideChange
    buyer: SideChange
    sentences: Annotated[tuple[str, ...], "The largest, and warnings where the total and the parts disagree."]


@dataclass(frozen=True)
class Event:
    """Something happened that somebody should know."""

    partner: Annotated[str, "Slug."]
    name: Annotated[str, "The partner's."]
    day: Annotated[date, "On which it was noticed."]
    kind: Annotated[
        Literal["changed", "activation_falling", "renewal_near"],
        "Scores changed, fewer and fewer use it, or a renewal comes near in a bad state.",
    ]
    audience: Annotated[str | None, "end_user or buyer, for `changed`."]
    sentence: Annotated[str, "In words."]


@dataclass(frozen=True)
class Funnel:
    """From licences to comments, in persons. From `deployed` on, whoever came later is counted before too."""

    licences: Annotated[int | None, "In force on quality.licences_on; null if none."]
    deployed: Annotated[int, "Seats deployed at the end of the window; at least those active in it."]
    active: Annotated[
        int | None, "Distinct seats active in the window, also those that left since; null: no activity is on record."
    ]
    eligible: Annotated[
        int, "Of them, those at partners that allow asking; where no activity is on record, of those deployed."
    ]
    shown: Annotated[int, "Distinct people to whom a survey was shown; who answered was shown one."]
    scored: Annotated[int, "People who gave a score."]
    commented: Annotated[int, "Of them, those whose latest answer has a comment."]


@dataclass(frozen=True)
class WhatIf:
    """The score if the silent differ from those who answered by up to so many points."""

    points: Annotated[float, "By how much the silent may differ at most."]
    low: Annotated[float, "Of everybody, if they are that much worse, points."]
    high: Annotated[float, "Of everybody, if they are that much better, points."]


@dataclass(frozen=True)
class Representativity:
    """How alike the chances to be heard are over the values of an attribute: 1 alike, 0 some all and others none."""

    attribute: Annotated[str, "As declared."]
    r: Annotated[float, "0..1."]
    seats: Annotated[int, "Deployed seats whose value is known."]


@dataclass(frozen=True)
class WeightedScore:
    """The score if those who answered looked like all deployed seats, beside the plain one, never instead."""

    score: Annotated[float, "Points."]
    low: Annotated[float, "Lower end of the 95 % interval, points."]
    high: Annotated[float, "Upper end of it, points."]
    people: Annotated[int, "Those whose attributes are known."]
    effective_people: Annotated[float, "How many equally weighted people would tell as much (Kish)."]
    trimmed: Annotated[int, "People whose weight was cut at five times the median."]
    attributes: Annotated[tuple[str, ...], "That were weighted by."]
    plain: Annotated[float, "The same people, each counting the same."]


@dataclass(frozen=True)
class Silent:
    """Who did not answer, and what that could hide. End users; people pooled, each counting the same."""

    funnel: Funnel
    participation: Annotated[
        float | None, "People who scored as a share of those who could have, 0..1; null where nobody knows how many."
    ]
    participation_of: Annotated[str, "The definition, in words."]
    score: Annotated[float | None, "The plain score that the bounds are about, points."]
    worst: Annotated[float | None, "If everybody silent had given the worst answer, points."]
    best: Annotated[float | None, "If everybody silent had given the best answer, points."]
    what_if: tuple[WhatIf, ...]
    representativity: tuple[Representativity, ...]
    weighted: Annotated[WeightedScore | None, "Null when no attribute is known of those who answered."]
    partners_silent: Annotated[int, "Partners with licences where nobody answered."]


@dataclass(frozen=True)
class AtRisk:
    """Yearly value of contracts in force at partners in one state."""

    state: Annotated[StateName, "Of these five."]
    partners: Annotated[int, "In this state."]
    licences: Annotated[int, "In force there."]
    values: tuple[Money, ...]
