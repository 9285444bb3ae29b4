"""Values in other currencies, converted by the rates of the settings, against a recount by hand."""

from datetime import date
from decimal import Decimal

import pytest

from feedback.gap import words
from feedback.gap.formats.facts import summary
from feedback.gap.stakes import at_stake
from feedback.gap.values import Money, Rate
from feedback.partners.exchange import convert
from feedback.settings import ExchangeRate
from feedback.tallies.preferences import change
from tests.gap.world import World, people

RATES = [
    {"currency": "USD", "rate": "0.9215", "day": "2026-11-03"},
    {"currency": "JPY", "rate": "0.0061", "day": "2026-11-02"},
]


@pytest.fixture
def signed(world: World) -> World:
    """Three partners whose contracts come due in three currencies and one that came due, and a fourth in pounds."""
    days = {"starts_on": date(2026, 1, 1), "renews_on": date(2026, 12, 31)}
    for slug, units, currency in (
        ("acme", 1_000_01, "EUR"),
        ("bolt", 2_000_33, "USD"),
        ("cato", 500_001, "JPY"),
        ("dora", 70_00, "GBP"),
    ):
        world.partner(slug, 10, **days, yearly_value_minor_units=units, currency=currency)
    world.contract(
        "bolt",
        "old",
        10,
        "2025-01-01",
        "2026-01-01",
        outcome="contracted",
        yearly_value_minor_units=3_000_00,
        renewed_value_minor_units=2_000_33,
        currency="USD",
    )
    world.seats("bolt", people(4))
    world.active("bolt", people(1), "2026-11-10")
    return world


def rate(world: World, currency: str | None = "EUR", rates: object = RATES) -> None:
    """These hold from now on."""
    with world.services.database.transaction() as session:
        wanted = {"reporting_currency": currency, "exchange_rates": rates}
        change(session, world.services.settings, wanted, actor="cli", now=world.services.clock())


# By hand: 2,000.33 USD * 0.9215 = 1,843.304..., 500,001 JPY * 0.0061 = 3,050.0061, 3,000 USD * 0.9215 = 2,764.50.
BOLT, CATO, OLD = 1_843_30, 3_050_01, 2_764_50


def test_what_has_a_rate_is_added_and_what_has_none_stays_apart(signed: World) -> None:
    rate(signed)
    report = signed.values()
    due = {one.value.currency: one.value.minor_units for one in report.value_due if one.value}
    assert due == {"EUR": 1_000_01 + BOLT + CATO, "GBP": 70_00}
    held = [money for one in report.value_by_state for money in one.values]
    assert sum(one.minor_units for one in held if one.currency == "EUR") == 1_000_01 + BOLT + CATO
    assert {one.currency for one in held} == {"EUR", "GBP"}
    (kept,) = report.retention.values
    assert (kept.currency, kept.due, kept.kept) == ("EUR", OLD, BOLT)
    assert report.rates == (
        Rate("JPY", "EUR", "0.0061", date(2026, 11, 2)),
        Rate("USD", "EUR", "0.9215", date(2026, 11, 3)),
    )
    by_partner = {one.partner: (one.value, one.signed_value) for one in report.renewals}
    assert by_partner["bolt"] == (Money("EUR", BOLT), Money("USD", 2_000_33))
    assert by_partner["acme"] == (Money("EUR", 1_000_01), None)
    assert by_partner["dora"] == (Money("GBP", 70_00), None)
    bolt = next(one for one in report.renewals if one.partner == "bolt")
    assert words.renewal_value(bolt) == "EUR 1,843 (signed: USD 2,000)"


def test_the_report_says_which_rates_it_used_and_what_stays_apart(signed: World) -> None:
    rate(signed)
    report = signed.values()
    assert "Values in USD count as EUR at 1 USD = 0.9215 EUR (2026-11-03)." in report.quality.notes
    assert "Values in GBP stay apart: the settings have no rate for it." in report.quality.notes
    assert [one.what for one in summary(report) if one.about == "Rates"] == ["1 JPY in EUR", "1 USD in EUR"]
    one = signed.values(partner="cato")
    assert [used.currency for used in one.rates] == ["JPY"]
    assert signed.values(partner="acme").rates == ()


def test_without_rates_nothing_is_added_and_nothing_said(signed: World) -> None:
    plain = signed.values()
    assert {one.value.currency for one in plain.value_due if one.value} == {"EUR", "USD", "JPY", "GBP"}
    assert plain.rates == ()
    assert all(one.signed_value is None for one in plain.renewals)
    assert not any("stay apart" in note for note in plain.quality.notes)
    rate(signed)
    rate(signed, None, None)
    assert signed.values() == plain


def test_the_judgement_is_the_same_with_and_without_rates(signed: World) -> None:
    plain = signed.values()
    rate(signed)
    report = signed.values()
    assert [row.state for row in report.partners] == [row.state for row in plain.partners]
    assert report.state == plain.state
    assert report.side_at_risk == plain.side_at_risk


def test_with_rates_for_all_what_is_at_stake_is_compared_by_value(signed: World) -> None:
    assert not at_stake(signed.values().partners).money
    rate(signed, rates=[*RATES, {"currency": "GBP", "rate": "1.14", "day": "2026-11-03"}])
    found = at_stake(signed.values().partners)
    assert found.money
    assert found.of == {"acme": 1_000_01, "bolt": BOLT, "cato": CATO, "dora": 79_80}


@pytest.mark.parametrize(
    ("units", "currency", "rate_text", "into", "wanted"),
    [
        (1_00, "EUR", "163.5", "JPY", 164),  # 163.5 yen: a half goes to the even one
        (1_00, "EUR", "162.5", "JPY", 162),
        (1_000, "JPY", "0.0061", "EUR", 6_10),
        (1_000, "KWD", "3.05", "EUR", 3_05),  # thousandths
        (10**17, "EUR", "1.1", "USD", 11 * 10**16),
    ],
)
def test_a_value_is_converted_exactly_and_rounded_once(
    units: int, currency: str, rate_text: str, into: str, wanted: int
) -> None:
    assert convert(units, ExchangeRate(currency, Decimal(rate_text), date(2026, 11, 3)), into) == wanted
