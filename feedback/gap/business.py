"""The business side of a report: renewals behind and ahead, what they are worth, and who was told."""

from dataclasses import dataclass

from feedback.gap import exposure, renewals, retention
from feedback.gap.inputs import Inputs
from feedback.gap.judging import Judgement
from feedback.gap.values import AtRisk, Diagnostic, Exposure, Renewal, Retention, ValueDue


@dataclass(frozen=True, slots=True)
class Business:
    """By partner in the report's order, and of the whole."""

    retention: Retention
    diagnostic: Diagnostic
    renewals: tuple[Renewal, ...]
    next_renewals: list[Renewal | None]
    value_due: tuple[ValueDue, ...]
    value_by_state: tuple[AtRisk, ...]
    exposures: list[Exposure]


def business(inputs: Inputs, judged: Judgement) -> Business:
    """What is signed and who was told, with the state that each partner is in."""
    settings, day = inputs.settings, inputs.weighed_on
    partners, states = inputs.partners, judged.states
    whose = {
        partner.id: renewals.Whose(
            partner.slug, partner.name, state.state, side.side, side.facts[0] if side.facts else ""
        )
        for partner, state, side in zip(partners, states, judged.sides, strict=True)
    }
    upcoming = renewals.upcoming(inputs.spans, day, whose)
    near = renewals.near(upcoming)
    first = renewals.next_of_each(upcoming)
    by_state = {partner.id: state.state for partner, state in zip(partners, states, strict=True)}
    return Business(
        retention=judged.retention,
        diagnostic=retention.diagnostic(
            judged.retention.contracts.rate,
            _activation(inputs),
            retention_threshold=settings.retention_threshold,
            activation_threshold=settings.activation_threshold,
        ),
        renewals=near,
        next_renewals=[first.get(partner.slug) for partner in partners],
        value_due=renewals.value_due(near),
        value_by_state=renewals.value_by_state(inputs.spans, day, by_state),
        exposures=_exposures(inputs),
    )


def _activation(inputs: Inputs) -> float | None:
    """Activated seats of all licences in force, at most 1; None where either is unknown."""
    found = inputs.evidence.together()
    licences = int(found.licences[0])
    return min(1.0, int(found.seat("activated")[0]) / licences) if licences and found.active else None


def _exposures(inputs: Inputs) -> list[Exposure]:
    found = inputs.evidence
    began = exposure.began(inputs.spans.contracts)
    rows = zip(
        inputs.own.partners,
        found.seat("activated").tolist(),
        found.licences.tolist(),
        found.seat("deployed").tolist(),
        strict=True,
    )
    return [
        exposure.exposure(
            inputs.promotions.get(partner),
            activated=activated if found.active else None,
            licences=licences,
            deployed=deployed,
            began_on=began.get(partner),
            on=inputs.weighed_on,
            activation_threshold=inputs.settings.activation_threshold,
        )
        for partner, activated, licences, deployed in rows
    ]
