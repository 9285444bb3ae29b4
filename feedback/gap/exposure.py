"""Whether people were told about the product, beside whether they use it: two different findings.

A promotion that is not on record may have happened, and the sentences say no more than that.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from feedback.core.same import once_for_same
from feedback.gap.sentences import percent
from feedback.gap.values import Exposure, Finding
from feedback.partners.contracts import ContractRow, Spans
from feedback.partners.queries import PartnerPromotions

TIME_TO_ACT_DAYS = 60
"""People who were told, or whose partner began, more recently had no time yet to show whether they want it."""


def exposure(
    told: PartnerPromotions | None,
    *,
    activated: int | None,
    licences: int,
    deployed: int,
    began_on: date | None,
    on: date,
    activation_threshold: float,
) -> Exposure:
    """What one partner's promotions up to `on` and its activation say together.

    `activated` seats: None where no activity is known of anybody; `licences` in force, 0 for none; `began_on`: the
    start of its first contract. Low is activation below `activation_threshold` (0..1). While activation is low, it is
    too early to tell until 60 days after the partner began and, if people were told, after they were told first.
    """
    finding, sentence = _finding(told, activated, licences, deployed, began_on, on, activation_threshold)
    if told is None:
        return Exposure(finding=finding, sentence=sentence)
    return Exposure(told.times, told.first_on, told.last_on, told.reach, finding, sentence)


@once_for_same
def exposures(
    promotions: Sequence[PartnerPromotions],
    spans: Spans,
    partners: tuple[UUID, ...],
    activated: tuple[int, ...],
    licences: tuple[int, ...],
    deployed: tuple[int, ...],
    *,
    active: bool,
    on: date,
    activation_threshold: float,
) -> list[Exposure]:
    """`exposure` of every partner; `activated`, `licences` and `deployed` in the order of `partners`.

    `active`: anything is known of use.
    """
    told = {row.partner_id: row for row in promotions}
    first = began(spans.contracts)
    return [
        exposure(
            told.get(partner),
            activated=used if active else None,
            licences=count,
            deployed=seats,
            began_on=first.get(partner),
            on=on,
            activation_threshold=activation_threshold,
        )
        for partner, used, count, seats in zip(partners, activated, licences, deployed, strict=True)
    ]


def began(contracts: Iterable[ContractRow]) -> dict[UUID, date]:
    """The start of each partner's first contract."""
    first: dict[UUID, date] = {}
    for one in contracts:
        first[one.partner_id] = min(one.starts_on, first.get(one.partner_id, one.starts_on))
    return first


def _finding(
    told: PartnerPromotions | None,
    activated: int | None,
    licences: int,
    deployed: int,
    began_on: date | None,
    on: date,
    threshold: float,
) -> tuple[Finding, str]:
    who = _told(told, began_on)
    if licences <= 0 or activated is None:
        why = "without licences in force" if licences <= 0 else "without any activity on record"
        return "unknown", f"{who}; {why} there is no activation to set beside it."
    share = min(1.0, activated / licences)
    if share >= threshold:
        used = f"{percent(share)} of licences are activated."
        return ("used_untold", f"{who}, yet {used}") if told is None else ("told_and_used", f"{who}, and {used}")
    recent = _recent(told, began_on, on)
    if recent:
        return "too_early", f"{who}; {recent} less than {TIME_TO_ACT_DAYS} days ago, too early for a finding."
    unused = f"{percent(1 - share)} of licences"
    if told is None:
        return "never_told", f"{who}, and {unused} were never activated."
    if not deployed:
        return "unknown", f"{who}, but no seat is deployed: whether people want it cannot be seen."
    return "told_not_wanted", f"{who} and {unused} were still never activated."


def _recent(told: PartnerPromotions | None, began_on: date | None, on: date) -> str:
    """What began too recently to tell; nothing when nothing did."""
    if began_on is not None and (on - began_on).days < TIME_TO_ACT_DAYS:
        return "their first contract began"
    return "that is" if told is not None and (on - told.first_on).days < TIME_TO_ACT_DAYS else ""


def _told(told: PartnerPromotions | None, began_on: date | None) -> str:
    if told is None:
        since = f" since {began_on}" if began_on is not None else ""
        return f"Nobody was told: no promotion is on record{since}"
    if told.times == 1:
        return f"They were told once on {told.first_on}"
    times = "twice" if told.times == 2 else f"{told.times} times"
    return f"They were told {times} since {told.first_on}"
