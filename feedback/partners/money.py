"""Money between decimals, as people write it, and minor units (cents), as it is kept. Never added across currencies."""

import re
from decimal import Decimal

from babel.numbers import get_currency_precision, is_currency

from feedback.core.errors import Code, Problem

_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,4})?")


def clean_currency(text: str) -> str:
    """The ISO 4217 code in `text`, in capitals. Raises INVALID for what is none."""
    code = text.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha() or not is_currency(code):
        raise Problem(
            Code.INVALID,
            f"{text[:20]!r} is not a currency; write its ISO 4217 code, for instance EUR.",
            errors={"currency": ["Must be an ISO 4217 code like EUR."]},
        )
    return code


def minor_units(text: str, currency: str) -> int:
    """`1200.5` in EUR is 120050 cents, `1200` in JPY is 1200 yen. `currency`: as `clean_currency` returns it.

    Takes digits with a decimal point, no signs and no thousands separators. Raises INVALID, also for more decimals
    than the currency has (zeros do no harm).
    """
    decimals = get_currency_precision(currency)
    amount = text.strip()
    if not _AMOUNT.fullmatch(amount):
        raise Problem(
            Code.INVALID, f"{text[:40]!r} is not an amount; write it like 1200.50, without thousands separators."
        )
    units = Decimal(amount).scaleb(decimals)
    if units != units.to_integral_value():
        raise Problem(Code.INVALID, f"{currency} has {decimals} decimals; {text[:40]!r} has more.")
    return int(units)


def decimal_text(units: int, currency: str) -> str:
    """`120050` cents in EUR are `1200.50`: what `minor_units` reads back."""
    decimals = get_currency_precision(currency)
    return f"{Decimal(units).scaleb(-decimals):.{decimals}f}"
