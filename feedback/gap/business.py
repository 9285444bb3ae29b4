"""The business side of a report: renewals behind and ahead, what they are worth, and who was told."""

from dataclasses import dataclass

from feedback.gap import exposure, renewals, retention
from feedback.gap.inputs import Inputs
from feedback.gap.judging import Judgement
from feedback.gap.values import AtRisk, Diagnostic, Exposure, Rate, Renewal, Retention, ValueDue


@dataclass(frozen=True, slots=True)
class Business:
    """By partner in the report's order, and of the whole."""

    retention: Retention
    diagnostic: Diagnostic
    renewals: tuple[Renewal, ...]
    next_renewals: list[Renewal | None]
    value_due: tuple[ValueDue, ...]
    value_by_state: tuple[AtRisk, ...]
    rates: tuple[Rate, ...]
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
    upcoming = renewals.upcoming(inputs.spans, day, whose, inputs.signed)
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
        rates=rates_used(inputs),
        exposures=_exposures(inputs),
    )


def rates_used(inputs: Inputs) -> tuple[Rate, ...]:
    """The exchange rates by which values of this report were converted, by currency."""
    settings = inputs.settings
    there = {partner.id for partner in inputs.partners}
    used = {one.currency for (partner, _), one in inputs.signed.items() if partner in there}
    return tuple(
        Rate(one.currency, settings.reporting_currency or "", format(one.rate, "f"), one.day)
        for one in sorted(settings.exchange_rates)
        if one.currency in used
    )


def _activation(inputs: Inputs) -> float | None:
    """Activated seats of all licences in force, at most 1; None where either is unknown."""
    found = inputs.evidence.together()
    licences = int(found.licences[0])
    return min(1.0, int(found.seat("activated")[0]) / licences) if licences and found.active else None


def _exposures(inputs: Inputs) -> list[Exposure]:
    found = inputs.evidence
    columns = (found.seat("activated"), found.licences, found.seat("deployed"))
    return exposure.exposures(
        inputs.promotions,
        inputs.spans,
        inputs.own.partners,
        *(tuple(column.tolist()) for column in columns),
        active=found.active,
        on=inputs.weighed_on,
        activation_threshold=inputs.settings.activation_threshold,
    )
