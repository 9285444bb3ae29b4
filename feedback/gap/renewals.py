"""What comes due and when, and what is at stake. Money of two currencies is added by the settings' rates alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from feedback.gap.judgement import BAD_STATES, STATES
from feedback.gap.values import AtRisk, Money, Renewal, StateName, ValueDue
from feedback.partners.contracts import ContractRow, Spans, as_known_on, in_force

BANDS_DAYS = (30, 60, 90, 120)
OVERDUE, FURTHER_AHEAD = "overdue", ""
_BANDS = (OVERDUE, *map(str, BANDS_DAYS))


class Whose(NamedTuple):
    """The partner of a renewal: its slug and name, state and side at risk now, and the fact that weighs most."""

    slug: str
    name: str
    state: str = "undetermined"
    side_at_risk: str = "undetermined"
    why: str = ""


def upcoming(
    spans: Spans,
    on: date,
    whose: Mapping[UUID, Whose],
    signed: Mapping[tuple[UUID, str], ContractRow] = MappingProxyType({}),
) -> tuple[Renewal, ...]:
    """Every contract that has begun and was open on `on`, of the partners in `whose`, by date, then largest value.

    `signed`: by partner and contract id, those whose values were converted, as they were signed.

    A contract whose date has passed and that another contract of the partner has replaced since is not among them,
    even when its outcome was never recorded: nothing is at stake there any more.
    """
    today, found = on.toordinal(), []
    for contract, replaced_on in zip(spans.contracts, spans.replaced_on.tolist(), strict=True):
        partner = whose.get(contract.partner_id)
        if partner is None or contract.starts_on > on or replaced_on <= today:
            continue
        known = as_known_on(contract, on)
        if known.outcome != "open":
            continue
        days = known.renews_on.toordinal() - today
        found.append(
            Renewal(
                partner=partner.slug,
                name=partner.name,
                contract_id=known.contract_id,
                renews_on=known.renews_on,
                days=days,
                band=_band(days),
                licences=known.licences,
                value=_money(known),
                notice_on=known.notice_on,
                state=partner.state,
                side_at_risk=partner.side_at_risk,
                at_risk=partner.state in BAD_STATES or known.notice_on is not None,
                why=partner.why,
                signed_value=_money(signed.get((known.partner_id, known.contract_id))),
            )
        )
    return tuple(sorted(found, key=_order))


def near(found: Iterable[Renewal]) -> tuple[Renewal, ...]:
    """Those of `upcoming` that are past due or come due within 120 days."""
    return tuple(one for one in found if one.band != FURTHER_AHEAD)


def next_of_each(found: Iterable[Renewal]) -> dict[str, Renewal]:
    """By slug, the first of `upcoming`, however far ahead; what is past due comes first."""
    first: dict[str, Renewal] = {}
    for one in found:
        first.setdefault(one.partner, one)
    return first


def value_due(found: Iterable[Renewal]) -> tuple[ValueDue, ...]:
    """What `near` holds by band, nearest first, and currency; contracts without a value last, in rows of their own."""
    groups: dict[tuple[str, str | None], list[Renewal]] = {}
    for one in found:
        groups.setdefault((one.band, None if one.value is None else one.value.currency), []).append(one)
    keys = sorted(groups, key=lambda key: (_BANDS.index(key[0]), key[1] is None, key[1] or ""))
    return tuple(_due(*key, groups[key]) for key in keys)


def value_by_state(spans: Spans, on: date, states: Mapping[UUID, StateName]) -> tuple[AtRisk, ...]:
    """Licences and yearly value in force on `on` by the state of their partner; partners not in `states` left out.

    A state has a row when a contract is in force there. The value is the renewal's where it had been renewed by then;
    contracts without a value count in licences alone.
    """
    partners: dict[str, set[UUID]] = {}
    licences: dict[str, int] = {}
    amounts: dict[str, dict[str, int]] = {}
    for contract, count, value in in_force(spans, on):
        state = states.get(contract.partner_id)
        if state is None:
            continue
        partners.setdefault(state, set()).add(contract.partner_id)
        licences[state] = licences.get(state, 0) + count
        if value is not None and contract.currency is not None:
            own = amounts.setdefault(state, {})
            own[contract.currency] = own.get(contract.currency, 0) + value
    return tuple(
        AtRisk(
            state,
            len(partners[state]),
            licences[state],
            tuple(Money(currency, units) for currency, units in sorted(amounts.get(state, {}).items())),
        )
        for state in STATES
        if state in partners
    )


def _money(contract: ContractRow | None) -> Money | None:
    if contract is None or contract.yearly_value_minor_units is None or contract.currency is None:
        return None
    return Money(contract.currency, contract.yearly_value_minor_units)


def _band(days: int) -> str:
    if days < 0:
        return OVERDUE
    return next((str(top) for top in BANDS_DAYS if days <= top), FURTHER_AHEAD)


def _order(one: Renewal) -> tuple[int, bool, int, str, str]:
    units = None if one.value is None else one.value.minor_units
    return one.days, units is None, -(units or 0), one.partner, one.contract_id


def _due(band: str, currency: str | None, own: Sequence[Renewal]) -> ValueDue:
    risky = [one for one in own if one.at_risk]
    return ValueDue(
        band=band,
        contracts=len(own),
        at_risk_contracts=len(risky),
        value=None if currency is None else Money(currency, _units(own)),
        at_risk=None if currency is None else Money(currency, _units(risky)),
    )


def _units(own: Iterable[Renewal]) -> int:
    return sum(one.value.minor_units for one in own if one.value is not None)
