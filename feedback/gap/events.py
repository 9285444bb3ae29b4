"""Events of a report's window, in words."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, bindparam, select

from feedback.core.months import first_day, label, last_day
from feedback.core.rows import ByPartner
from feedback.gap.inputs import Inputs
from feedback.gap.models import Event as EventRow
from feedback.gap.sentences import percent, points_text
from feedback.gap.values import Event

_EVENTS: Table = EventRow.__table__  # type: ignore[assignment]
_MOST = 200
_WITHIN = ByPartner.of(
    select(*(_EVENTS.c[name] for name in ("partner_id", "day", "kind", "audience", "metric", "values")))
    .where(_EVENTS.c.day.between(bindparam("first"), bindparam("last")))
    .order_by(_EVENTS.c.day.desc(), _EVENTS.c.partner_id, _EVENTS.c.id)
    .limit(_MOST),
    _EVENTS.c.partner_id,
)
_WHO = {"end_user": "End users'", "buyer": "Buyers'"}
_STATES = {
    "pre_churn": "people don't use what the buyer is fine with",
    "buyer_friction": "the buyer is not fine",
    "broken_value": "neither side is fine",
}


def events(inputs: Inputs) -> tuple[Event, ...]:
    """What happened in the window at the partners of the report, newest first; at most 200."""
    window, names = inputs.window, {partner.id: partner for partner in inputs.partners}
    days = {"first": first_day(window.first_month), "last": last_day(window.last_month)}
    return tuple(
        Event(
            names[partner].slug,
            names[partner].name,
            day,
            kind,
            audience,
            sentence(kind, audience, metric, values),
        )
        for partner, day, kind, audience, metric, values in _WITHIN.rows(inputs.session, inputs.only, days)
        if partner in names
    )


def sentence(kind: str, audience: str | None, metric: str | None, values: Mapping[str, Any]) -> str:
    """What an event says, without the partner's name."""
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
