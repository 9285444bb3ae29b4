import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.core.errors import Code, Problem
from feedback.partners.money import clean_currency, decimal_text, minor_units


@pytest.mark.parametrize(
    ("text", "currency", "units"),
    [
        ("1200.5", "EUR", 120_050),
        ("1200", "EUR", 120_000),
        (" 0.07 ", "USD", 7),
        ("1200", "JPY", 1_200),
        ("1200.00", "JPY", 1_200),
        ("1.234", "KWD", 1_234),
        ("0.1", "EUR", 10),
        ("999999999999999.99", "EUR", 99_999_999_999_999_999),
    ],
)
def test_an_amount_becomes_minor_units_exactly(text: str, currency: str, units: int) -> None:
    assert minor_units(text, currency) == units


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1,200", "1.200,50", "1e3", "NaN", "1.", ".5", "٣", "1" * 16, "1.001"]
)
def test_anything_else_is_not_an_amount(text: str) -> None:
    with pytest.raises(Problem) as caught:
        minor_units(text, "EUR")
    assert caught.value.code is Code.INVALID


def test_a_yen_has_no_cents() -> None:
    with pytest.raises(Problem, match="JPY has 0 decimals"):
        minor_units("1.5", "JPY")


@pytest.mark.parametrize("text", ["", "EURO", "E1R", "XYZ", "€", "ＥＵＲ"])
def test_only_iso_codes_are_currencies(text: str) -> None:
    with pytest.raises(Problem):
        clean_currency(text)


def test_a_currency_is_written_in_capitals() -> None:
    assert clean_currency(" eur ") == "EUR"


@given(st.integers(0, 10**17), st.sampled_from(["EUR", "JPY", "KWD", "USD"]))
def test_what_is_written_is_read_back(units: int, currency: str) -> None:
    text = decimal_text(units, currency)
    if len(text.partition(".")[0]) <= 15:
        assert minor_units(text, currency) == units
