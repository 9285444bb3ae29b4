"""Values in one currency: exact rates from the settings, rounded once per contract to the smallest unit."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from feedback.core.same import once_for_same
from feedback.partners.contracts import ContractRow
from feedback.settings import ExchangeRate


def convert(units: int, rate: ExchangeRate, into: str) -> int:
    """Minor units of `rate.currency` in minor units of `into`; a half goes to the even one."""
    # Babel takes a tenth of a second to come, and without rates nobody needs it.
    from babel.numbers import get_currency_precision

    amount = Decimal(units).scaleb(-get_currency_precision(rate.currency)) * rate.rate
    return int(amount.scaleb(get_currency_precision(into)).quantize(Decimal(1), ROUND_HALF_EVEN))


@once_for_same
def in_one_currency(
    contracts: list[ContractRow], into: str | None, rates: tuple[ExchangeRate, ...]
) -> list[ContractRow]:
    """The contracts, values in a currency with a rate as values in `into`; the others stay as they are.

    Each value is rounded by itself, so that the rows of a table add up to its sum.
    """
    if into is None or not rates:
        return contracts
    by_currency: Mapping[str | None, ExchangeRate] = {rate.currency: rate for rate in rates}
    return [
        one if (rate := by_currency.get(one.currency)) is None else _converted(one, rate, into) for one in contracts
    ]


@once_for_same
def as_signed(contracts: list[ContractRow], converted: list[ContractRow]) -> Mapping[tuple[UUID, str], ContractRow]:
    """By partner and contract id, the contracts of which `in_one_currency` converted the values, as they were."""
    if contracts is converted:
        return {}
    pairs = zip(contracts, converted, strict=True)
    return {(one.partner_id, one.contract_id): one for one, other in pairs if one.currency != other.currency}


def _converted(contract: ContractRow, rate: ExchangeRate, into: str) -> ContractRow:
    value, renewed = contract.yearly_value_minor_units, contract.renewed_value_minor_units
    return contract._replace(
        currency=into,
        yearly_value_minor_units=None if value is None else convert(value, rate, into),
        renewed_value_minor_units=None if renewed is None else convert(renewed, rate, into),
    )
