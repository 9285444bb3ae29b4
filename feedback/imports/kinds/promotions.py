"""Promotions: `partner,day,channel,reach,note`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from feedback.imports import values
from feedback.imports.kinds.kind import Checking, Draft, Kind, Line, Merging, Plan, Row, Step, sort_out
from feedback.partners.commands import NewPromotion, put_promotions
from feedback.partners.standing import promotions_by_key


def check(row: Row, checking: Checking) -> list[Draft]:
    """One promotion."""
    cells = row.cells
    partner = checking.partner(cells)
    day = values.needed_day(cells, "day").isoformat()
    channel = values.needed_text(cells, "channel", 80)
    content = {
        "partner": partner,
        "day": day,
        "channel": channel,
        "reach": values.whole(cells, "reach"),
        "note": values.text(cells, "note", 2000),
    }
    return [Draft(0, f"{partner.hex}{day}{channel}", content)]


def merge(merging: Merging, lines: Sequence[Line]) -> Plan:
    """Put promotions, one per partner, day and channel."""
    arrived = [
        NewPromotion(UUID(one["partner"]), date.fromisoformat(one["day"]), one["channel"], one["reach"], one["note"])
        for _number, one in lines
    ]
    standing = promotions_by_key(merging.session, [(one.partner_id, (one.day, one.channel)) for one in arrived])
    plan, changed = sort_out(
        _pair(standing.get((one.partner_id, (one.day, one.channel))), one, merging) for one in arrived
    )
    plan.apply = lambda: put_promotions(merging.session, changed)
    return plan


def _pair(found: NewPromotion | None, one: NewPromotion, merging: Merging) -> tuple[NewPromotion | None, NewPromotion]:
    if found is None:
        return None, one
    leave = (name for name in ("reach", "note") if name not in merging.given)
    return found, replace(one, **{name: getattr(found, name) for name in leave})


PROMOTIONS = Kind(
    name="promotions",
    required=("partner", "day", "channel"),
    optional=("reach", "note"),
    check=check,
    steps=(Step(merge),),
)
