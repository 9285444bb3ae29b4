"""The judgement of a report: state and side at risk of every partner and of the whole, with facts and history."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from feedback.core.months import label
from feedback.gap import facts, whole
from feedback.gap.inputs import Inputs
from feedback.gap.judgement import SIDES, STATES, Frozen, Judged, aligned, judge
from feedback.gap.models import PORTFOLIO
from feedback.gap.values import Doubts, Retention, SideAtRisk, State, StateMonth


@dataclass(frozen=True, slots=True)
class Judgement:
    """By partner in the report's order, and of the whole; in a partner's report the whole is that partner."""

    states: list[State]
    sides: list[SideAtRisk]
    doubts: Sequence[Doubts]
    state: State
    side: SideAtRisk
    all_doubts: Doubts
    retention: Retention


def judgement(inputs: Inputs) -> Judgement:
    """Judge the window's last month, walking on from the month before it; once it is over its snapshot holds."""
    found, month = inputs.evidence, inputs.window.last_month
    judged = judge(*found.sides_ok(inputs.settings), aligned(inputs.standings, list(inputs.own.partners)))
    if inputs.frozen:
        judged = judged.as_frozen([inputs.frozen.get(partner) for partner in inputs.own.partners])
    doubts = facts.doubts(inputs.reasons)
    told = dict(enumerate(facts.facts(found, judged, doubts, inputs.settings)))
    kept = whole.of_contracts(found, inputs.spans, inputs.own)
    all_doubts = facts.doubts(inputs.reasons.sum(axis=0, keepdims=True))[0]
    if inputs.chosen is not None:
        here = _month(judged, month, inputs.frozen.get(inputs.chosen.id))
        states = judged.states(month, {0: (*inputs.history, here)})
        sides = judged.sides(told)
        return Judgement(states, sides, doubts, states[0], sides[0], all_doubts, kept)
    then = inputs.frozen.get(PORTFOLIO)
    together = whole.of_all(found, kept, inputs.settings, inputs.standings.get(PORTFOLIO)).as_frozen([then])
    (state,) = together.states(month, {0: (*inputs.history, _month(together, month, then))})
    (side,) = together.sides({0: whole.facts(found, kept, inputs.settings, SIDES[together.side[0]])})
    return Judgement(judged.states(month), judged.sides(told), doubts, state, side, all_doubts, kept)


def _month(judged: Judged, month: int, then: Frozen | None) -> StateMonth:
    users, buyers = (None if np.isnan(one[0]) else float(one[0]) for one in (judged.end_user_ok, judged.buyer_ok))
    reconstructed = then is not None and then.reconstructed
    return StateMonth(label(month), STATES[judged.state[0]], users, buyers, reconstructed)
