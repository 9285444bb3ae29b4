"""`feedback settings`: what is in force, and who says so."""

from datetime import UTC, datetime

import pytest

from feedback.core.services import Services
from feedback.tallies.preferences import change
from tests.cli.conftest import Run


def test_each_setting_says_where_it_comes_from(
    feedback: Run, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = [{"currency": "USD", "rate": "0.9200", "day": "2026-11-03"}]
    wanted = {"engaged_days": 20, "reporting_currency": "EUR", "exchange_rates": rates, "activation_threshold": 40}
    now = datetime(2026, 11, 15, 12, tzinfo=UTC)
    with services.database.transaction() as session:
        change(session, services.settings, wanted, actor="staff:ann@example.com", now=now)
    monkeypatch.setenv("FEEDBACK_CONTACT_DAYS", "60")
    code, out, _ = feedback("settings")
    assert code == 0
    lines = out.splitlines()
    assert "engaged_days  20 days  (staff:ann@example.com, 2026-11-15)" in lines
    assert "activation_threshold  40 %  (staff:ann@example.com, 2026-11-15)" in lines
    assert "contact_days  60 days  (FEEDBACK_CONTACT_DAYS)" in lines
    assert "abandoned_days  14 days  (default)" in lines
    assert "headline_trust  vendor,partner  (default)" in lines
    assert "exchange_rates  1 USD = 0.9200 (2026-11-03)  (staff:ann@example.com, 2026-11-15)" in lines
