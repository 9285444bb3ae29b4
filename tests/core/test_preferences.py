"""What is set in the desk: the environment wins, then the database, then the default; everybody reads it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete, event

from feedback.core.db import Database
from feedback.core.errors import Code, Problem
from feedback.core.preferences import NAMES, Preference, in_force, standings
from feedback.settings import VARIABLES, ExchangeRate, Settings, from_environment
from feedback.tallies.preferences import change

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
RATES = [{"currency": "usd", "rate": "0.92", "day": "2026-11-03"}]
ALL = {
    "vendor_name": "Nordwind",
    "headline_trust": ["vendor"],
    "engaged_days": 20,
    "abandoned_days": 10,
    "activation_threshold": 40,
    "retention_threshold": 90,
    "minimum_group": 5,
    "contact_days": 30,
    "comment_months": 6,
    "activity_months": 7,
    "answer_months": 8,
    "tally_months": 9,
    "link_days": 10,
    "staged_days": 11,
    "audit_months": 13,
    "reporting_currency": "eur",
    "exchange_rates": RATES,
}


def put(database: Database, settings: Settings, **wanted: object) -> tuple[str, ...]:
    """Change these."""
    with database.transaction() as session:
        return change(session, settings, wanted, actor="staff:ann@example.com", now=NOW)


def held(database: Database, settings: Settings) -> Settings:
    """What is in force."""
    with database.reading() as session:
        return in_force(session, settings)


def test_everything_that_may_be_set_is_read_back_as_settings_have_it(database: Database, settings: Settings) -> None:
    assert set(ALL) == set(NAMES)
    assert held(database, settings) is settings
    assert set(put(database, settings, **ALL)) == set(NAMES)
    found = held(database, settings)
    assert (found.vendor_name, found.headline_trust, found.minimum_group) == ("Nordwind", {"vendor"}, 5)
    assert (found.engaged_days, found.abandoned_days, found.contact_days) == (20, 10, 30)
    assert (found.activation_threshold, found.retention_threshold) == (0.4, 0.9)
    assert found.reporting_currency == "EUR"
    assert found.exchange_rates == (ExchangeRate("USD", Decimal("0.92"), date(2026, 11, 3)),)
    assert put(database, settings, **ALL) == (), "the same once more changes nothing"
    put(database, settings, **dict.fromkeys(NAMES))
    assert held(database, settings) == settings


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_of_the_environment_wins_and_is_named(database: Database, name: str, tmp_path: Path) -> None:
    value = {"vendor_name": "Env", "headline_trust": "vendor"}.get(name, "33")
    url = database.url.render_as_string(hide_password=False)
    environment = {"FEEDBACK_HOME": str(tmp_path), "DATABASE_URL": url}
    put(database, from_environment(environment), **ALL)
    settings = from_environment({**environment, VARIABLES[name]: value})
    assert getattr(held(database, settings), name) == getattr(settings, name)
    with database.reading() as session:
        found = standings(session, settings)
    assert [one.name for one in found.values() if one.variable] == [name]
    assert found[name].changed_at is None
    assert all(one.changed_by == "staff:ann@example.com" for one in found.values() if not one.variable)
    with pytest.raises(Problem) as refused:
        put(database, settings, **{name: ALL[name]})
    assert refused.value.code is Code.CONFLICT


def test_what_is_in_force_takes_one_statement_and_is_made_once_for_the_same(
    database: Database, settings: Settings
) -> None:
    put(database, settings, engaged_days=20)
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    with database.reading() as session:
        first = in_force(session, settings)
        before = len(seen)
        assert in_force(session, settings) is first
    # SQLite is asked past SQLAlchemy, so its statement is not seen here.
    assert len(seen) - before <= 1
    with database.transaction() as session:
        session.execute(delete(Preference))
        assert in_force(session, settings) is settings, "at once, in the very transaction"


def test_all_that_does_not_fit_is_said_at_once_and_nothing_is_kept(database: Database, settings: Settings) -> None:
    with pytest.raises(Problem) as refused:
        put(database, settings, minimum_group=4, engaged_days=True, contact_days=60, headline_trust=["none"])
    assert set(refused.value.details["errors"]) == {"minimum_group", "engaged_days", "headline_trust"}
    assert held(database, settings) is settings
    twice = [*RATES, {**RATES[0], "rate": "0.93"}]
    with pytest.raises(Problem, match="USD: one rate for each currency"):
        put(database, settings, reporting_currency="EUR", exchange_rates=twice)
