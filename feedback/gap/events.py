"""Events of a report's window, in words."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, select

from feedback.core.months import first_day, label, last_day
from feedback.gap.inputs import Inputs
from feedback.gap.models import Event as EventRow
from feedback.gap.sentences import percent, points_text
from feedback.gap.values import Event

_EVENTS: Table = EventRow.__table__  # type: ignore[assignment]
_MOST = 200
_WHO = {"end_user": "End users'", "buyer": "Buyers'"}
_STATES = {
    "pre_churn": "people don't use what the buyer is fine with",
    "buyer_friction": "the buyer is not fine",
    "broken_value": "neither side is fine",
}


def events(inputs: Inputs) -> tuple[Event, ...]:
    """What happened in the window at the partners of the report, newest first; at most 200."""
    one = _EVENTS.c
    within = one.day.between(first_day(inputs.window.first_month), last_day(inputs.window.last_month))
    chosen = select(one.partner_id, one.day, one.kind, one.audience, one.metric, one["values"]).where(within)
    if inputs.only is not None:
        chosen = chosen.where(one.partner_id == inputs.only)
    names = {partner.id: partner for partner in inputs.partners}
    rows = inputs.session.execute(chosen.order_by(one.day.desc(), one.partner_id, one.id).limit(_MOST)).all()
    return tuple(
        Event(
            names[row.partner_id].slug,
            names[row.partner_id].name,
            row.day,
            row.kind,
            row.audience,
            _sentence(row.kind, row.audience, row.metric, row[-1]),
        )
        for row in rows
        if row.partner_id in names
    )


def _sentence(kind: str, audience: str | None, metric: str | None, values: Mapping[str, Any]) -> str:
    match kind:
        case "changed":
            who = _WHO.get(audience or "", "Somebody's")
            before, after = points_text(values["before"]), points_text(values["after"])
            return (
                f"{who} {(metric or '').upper()} changed around {label(values['month'])}: {before} before, {after} "
                f"since ({values['people']:,} people)."
            )
        case "activation_falling":
            falling, month = f"Use is falling by {-values['per_month']:.1f} percentage points a month", values["month"]
            if not values["deployed"]:
                return f"{falling}: no seat was left at the end of {label(month)}."
            share = percent(values["engaged"] / values["deployed"])
            return f"{falling}: {share} of seats were engaged at the end of {label(month)}."
        case _:
            days = values["days"]
            when = f"in {days} day{'' if days == 1 else 's'} ({values['renews_on']})" if days else "today"
            return f"The contract {values['contract_id']} renews {when}, and {_STATES[values['state']]}."
