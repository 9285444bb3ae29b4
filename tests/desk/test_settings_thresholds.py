"""Attributes, thresholds and rates in the settings."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from feedback.app import create_app
from feedback.core.preferences import in_force
from feedback.seats.models import SeatChange
from feedback.settings import Settings
from feedback.staff.models import AuditEntry
from tests.desk.conftest import Visitor
from tests.desk.reading import statements, text
from tests.gap.world import World, people

DATABASES = ("sqlite",)

ATTRIBUTES, THRESHOLDS, RATES = "/desk/settings/attributes", "/desk/settings/thresholds", "/desk/settings/rates"
SAME = {
    "engaged_days": "30",
    "abandoned_days": "14",
    "activation_threshold": "50",
    "retention_threshold": "85",
    "minimum_group": "10",
    "contact_days": "90",
    "vendor_name": "Your vendor",
    "headline_trust": "vendor,partner",
}
FORMS = {
    ATTRIBUTES: {"name": "plan", "values": "gold"},
    THRESHOLDS: {**SAME, "engaged_days": "20"},
    RATES: {"reporting_currency": "EUR"},
}


@pytest.fixture
def acme(visitor: Visitor, world: World) -> World:
    """A partner with seats, and an admin at the thresholds."""
    world.partner("acme", 20, name="Acme", yearly_value_minor_units=100_00, currency="USD")
    world.seats("acme", people(3), attributes={"plan": "gold"})
    visitor.come_in("admin")
    visitor.get(THRESHOLDS)
    return world


def held(visitor: Visitor) -> Settings:
    """The settings in force."""
    with visitor.services.database.reading() as session:
        return in_force(session, visitor.services.settings)


def changes(visitor: Visitor) -> list[str]:
    """The names in the audit log."""
    with visitor.services.database.reading() as session:
        wanted = select(AuditEntry.target).where(AuditEntry.action == "preference.changed")
        return sorted(session.scalars(wanted))


@pytest.mark.usefixtures("acme")
def test_thresholds_are_set_and_go_back_to_the_default(visitor: Visitor) -> None:
    new = {**SAME, "engaged_days": "14", "activation_threshold": "40", "vendor_name": "Nordwind مرحبا"}
    assert visitor.post(THRESHOLDS, **new).status_code == 303
    found = held(visitor)
    assert (found.engaged_days, found.activation_threshold, found.vendor_name) == (14, 0.4, "Nordwind مرحبا")
    page = text(visitor.get(THRESHOLDS).text)
    assert "set 15 Nov 2026 by ann@example.com" in page
    assert visitor.post(THRESHOLDS, **dict.fromkeys(SAME, "")).status_code == 303
    assert held(visitor) == visitor.services.settings
    assert "set 15 Nov" not in text(visitor.get(THRESHOLDS).text)


@pytest.mark.usefixtures("acme")
def test_what_is_as_before_is_not_written(visitor: Visitor) -> None:
    visitor.post(THRESHOLDS, **{**SAME, "engaged_days": "14"})
    first = changes(visitor)
    assert "engaged_days" in first
    visitor.post(THRESHOLDS, **{**SAME, "engaged_days": "14"})
    assert changes(visitor) == first


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("minimum_group", "4", "Must be a whole number from 5 to 1000."),
        ("engaged_days", "a month", "Must be a whole number from 1 to 365."),
        ("retention_threshold", "100", "Must be a whole number from 1 to 99."),
        ("headline_trust", "none", "Takes vendor, vendor and partner, or all three"),
        ("vendor_name", "x" * 201, "Must be 1 to 200 characters on one line."),
    ],
)
@pytest.mark.usefixtures("acme")
def test_what_does_not_fit_stands_beside_its_field_and_nothing_changes(
    visitor: Visitor, name: str, value: str, said: str
) -> None:
    done = visitor.post(THRESHOLDS, **{**SAME, "contact_days": "60", name: value})
    assert done.status_code == 422
    assert said in done.text.split(f'id="thresholds-{name}-wrong">')[1].split("</small>")[0]
    assert 'value="60"' in done.text
    assert held(visitor) == visitor.services.settings


@pytest.mark.usefixtures("acme")
def test_what_the_environment_fixes_is_shown_so_and_stays(visitor: Visitor) -> None:
    fixed = replace(visitor.services.settings, engaged_days=7, fixed=frozenset({"engaged_days"}))
    visitor.post(THRESHOLDS, **{**SAME, "engaged_days": "14"})
    here = replace(visitor.services, settings=fixed)
    other = create_app(fixed, here).test_client()
    other._cookies = visitor.client._cookies
    page = other.get(THRESHOLDS).text
    assert "FEEDBACK_ENGAGED_DAYS" in page
    assert 'name="engaged_days"' not in page
    assert other.post(THRESHOLDS, data={**SAME, "token": visitor.token, "contact_days": "60"}).status_code == 303
    with visitor.services.database.reading() as session:
        assert in_force(session, fixed).engaged_days == 7
        assert in_force(session, fixed).contact_days == 60


@pytest.mark.usefixtures("acme")
def test_other_days_count_every_seat_anew(visitor: Visitor) -> None:
    def waiting() -> int | None:
        with visitor.services.database.reading() as session:
            return session.scalar(select(func.count()).select_from(SeatChange))

    visitor.post(THRESHOLDS, **{**SAME, "contact_days": "60"})
    assert waiting() == 0
    visitor.post(THRESHOLDS, **{**SAME, "engaged_days": "14"})
    assert waiting() == 1


@pytest.mark.usefixtures("acme")
def test_rates_are_set_shown_and_removed(visitor: Visitor) -> None:
    page = visitor.get(RATES).text
    assert "Contracts state values in USD (1)." in text(page)
    assert 'name="currency" value="USD"' in page
    lines = {"currency": ["usd", "", "GBP"], "rate": ["0.9250", "", ""], "day": ["2026-11-03", "", ""]}
    sent = {"token": visitor.token, "reporting_currency": "eur", **lines}
    assert visitor.client.post(RATES, data=sent).status_code == 303
    found = held(visitor)
    (rate,) = found.exchange_rates
    assert (found.reporting_currency, rate.currency, str(rate.rate), rate.day.isoformat()) == (
        "EUR",
        "USD",
        "0.9250",
        "2026-11-03",
    )
    assert 'value="0.9250"' in visitor.get(RATES).text
    assert visitor.post(RATES, reporting_currency="").status_code == 303
    assert held(visitor) == visitor.services.settings


@pytest.mark.parametrize(
    ("own", "line", "said"),
    [
        ("EUR", ("USD", "0,92", "2026-11-03"), "is not a rate"),
        ("EUR", ("USD", "0", "2026-11-03"), "is not a rate"),
        ("EUR", ("USD", "0.92", ""), "a rate needs its day"),
        ("EUR", ("ABQ", "0.92", "2026-11-03"), "is not a currency"),
        ("EUR", ("EUR", "1", "2026-11-03"), "it has no rate"),
        ("", ("USD", "0.92", "2026-11-03"), "Rates need a reporting currency"),
        ("EURO", ("USD", "0.92", "2026-11-03"), "is not a currency"),
    ],
)
@pytest.mark.usefixtures("acme")
def test_a_rate_that_does_not_fit_is_refused_and_stays_typed(
    visitor: Visitor, own: str, line: tuple[str, str, str], said: str
) -> None:
    currency, rate, day = line
    done = visitor.post(RATES, reporting_currency=own, currency=currency, rate=rate, day=day)
    assert done.status_code == 422
    assert said in text(done.text)
    assert f'name="rate" value="{rate}"' in done.text
    assert held(visitor) == visitor.services.settings


@pytest.mark.usefixtures("acme")
def test_another_reporting_currency_does_not_keep_the_rates_to_the_one_before(visitor: Visitor) -> None:
    line = {"currency": "USD", "rate": "0.92", "day": "2026-11-03"}
    visitor.post(RATES, reporting_currency="EUR", **line)
    done = visitor.post(RATES, reporting_currency="GBP", **line)
    assert done.status_code == 422
    assert "These are rates to EUR: change them with it." in text(done.text)


def test_attributes_say_how_many_seats_carry_each_value_and_what_other_holds(visitor: Visitor, acme: World) -> None:
    more = "\n".join(f"v{number}" for number in range(19))
    assert visitor.post(ATTRIBUTES, name="plan", values=more).status_code == 303
    acme.seats("acme", ["late"], attributes={"plan": "a twenty-first"})
    page = text(visitor.get(ATTRIBUTES).text)
    assert "1 is declared; there is room for 5 more" in page
    assert "20 values are told apart, no room for more" in page
    assert "gold 3 v0 0" in page
    assert "other: all values that are not told apart 1" in page
    refused = visitor.post(ATTRIBUTES, name="plan", values="<b>one more</b>")
    assert refused.status_code == 422
    assert "There is room for 0 more values of plan, not for 1." in text(refused.text)
    assert "<b>one more</b>" not in refused.text
    for number in range(5):
        visitor.post(ATTRIBUTES, name=f"a{number}", values="")
    seventh = visitor.post(ATTRIBUTES, name="seventh", values="")
    assert seventh.status_code == 409
    assert "would be a seventh attribute" in text(seventh.text)


@pytest.mark.parametrize("role", ["researcher", "analyst"])
def test_others_read_without_forms_and_change_nothing(visitor: Visitor, role: str) -> None:
    visitor.come_in(role)
    for path, fields in FORMS.items():
        page = visitor.get(path)
        assert page.status_code == 200
        assert page.text.count('method="post"') == 1, "to sign out, and no other"
        assert visitor.post(path, **fields).status_code == 403
    assert held(visitor) == visitor.services.settings


def test_account_managers_see_nothing_of_it(visitor: Visitor) -> None:
    visitor.come_in("account")
    assert [visitor.get(path).status_code for path in FORMS] == [403] * 3


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.usefixtures("acme")
def test_a_forged_form_changes_nothing(visitor: Visitor, path: str) -> None:
    assert visitor.post(path, **{**FORMS[path], "token": "forged"}).status_code == 403
    assert held(visitor) == visitor.services.settings


@pytest.mark.usefixtures("acme")
def test_the_pages_take_few_statements(visitor: Visitor) -> None:
    assert max(statements(visitor, path) for path in FORMS) <= 8
