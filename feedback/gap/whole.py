"""The judgement of all partners together: activation of all licences, and the retention of what came due."""

import numpy as np

from feedback.gap import retention
from feedback.gap.evidence import Evidence
from feedback.gap.judgement import Judged, Standing, judge
from feedback.gap.order import Order
from feedback.gap.sentences import percent
from feedback.gap.values import Retention
from feedback.partners.contracts import Spans
from feedback.settings import Settings


def of_contracts(found: Evidence, spans: Spans, own: Order) -> Retention:
    """What came due in four quarters up to the evidence's day, beside the activation of the same partners."""
    rows = zip(own.partners, found.seat("activated").tolist(), found.licences.tolist(), strict=True)
    by_partner = {partner: (activated, licences) for partner, activated, licences in rows}
    contracts = [contract for contract in spans.contracts if contract.partner_id in by_partner]
    return retention.retention(contracts, found.day, by_partner)


def of_all(found: Evidence, kept: Retention, settings: Settings, before: Standing | None) -> Judged:
    """All partners together: activation of all licences, and the retention of what came due."""
    end_user_ok, _ = found.together().sides_ok(settings)
    buyer_ok = retention.buyer_side_ok(kept, settings.retention_threshold)
    return judge(end_user_ok, np.array([np.nan if buyer_ok is None else buyer_ok]), [before])


def facts(found: Evidence, kept: Retention, settings: Settings, side: str) -> tuple[str, ...]:
    """What speaks for the portfolio's state, in words; of the side at risk first."""
    whole = found.together()
    users, buyers = [], []
    licences = int(whole.licences[0])
    if licences and found.active:
        share = min(1.0, int(whole.seat("activated")[0]) / licences)
        fine = percent(settings.activation_threshold)
        users.append(f"{percent(share)} of {licences:,} licences are activated; more than {fine} is fine.")
        if whole.engagement.declining[0]:
            # What makes the side unsafe comes first.
            low = share <= settings.activation_threshold
            users.insert(int(low), "Use is falling: fewer seats are engaged each month.")
    if kept.contracts.rate is not None:
        fine = percent(settings.retention_threshold)
        buyers.append(
            f"{kept.contracts.kept} of {kept.contracts.due} contracts that came due in four quarters were renewed, "
            f"{percent(kept.contracts.rate)}; more than {fine} is fine."
        )
    else:
        buyers.append("No contract came due in the last four quarters, so retention cannot be told.")
    return (*buyers, *users) if side == "buyer" else (*users, *buyers)
