"""Dashboard, alarms, units and the page about them name what there is, and all of it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from feedback import watched
from feedback.cli import feedback as command_line
from feedback.core.jobs import JOBS
from feedback.core.services import Services
from feedback.http.setup import make_app
from feedback.watching_settings import Watching
from tests.http.conftest import lookup

DATABASES = ("sqlite",)
ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DASHBOARD = (DEPLOY / "grafana-dashboard.json").read_text()
ALERTS = (DEPLOY / "prometheus-alerts.yml").read_text()
PAGE = (ROOT / "docs/how-to/operate.md").read_text()
NAMES = re.findall(r"alert: (\w+)", ALERTS)
METRIC = re.compile(r"\bfeedback_[a-z_]+\b")
ENDINGS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


@pytest.fixture
def exposed(services: Services) -> dict[str, set[str]]:
    """Each metric of /metrics: the names of its numbers."""
    settings = replace(services.settings, watching=Watching(metrics_token="t" * 32))
    services = replace(services, settings=settings)
    app, _ = make_app(services, lookup)
    watched.register(app, services)
    text = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {'t' * 32}"}).text
    families = text_string_to_metric_families(text)
    return {family.name: {family.name + ending for ending in ENDINGS[family.type]} for family in families}


def test_dashboard_and_alarms_name_metrics_that_are_exposed(exposed: dict[str, set[str]]) -> None:
    known = set().union(*exposed.values())
    asked = [target["expr"] for panel in json.loads(DASHBOARD)["panels"] for target in panel.get("targets", ())]
    named = {name for text in (*asked, ALERTS) for name in METRIC.findall(text)}
    assert named
    assert named <= known


def test_every_metric_has_a_panel(exposed: dict[str, set[str]]) -> None:
    shown = set(METRIC.findall(DASHBOARD))
    assert [name for name, numbers in exposed.items() if not numbers & shown] == []


def test_every_alarm_is_told_on_the_page_and_by_the_panel_that_shows_why() -> None:
    assert set(re.findall(r"^### (\w+)$", PAGE, re.MULTILINE)) == set(NAMES)
    assert [name for name in NAMES if name not in DASHBOARD] == []


def test_what_is_started_are_commands_that_there_are() -> None:
    started = [line.partition(": feedback ")[2] for line in (DEPLOY / "Procfile").read_text().splitlines()]
    for unit in (DEPLOY / "systemd").glob("*.service"):
        started += re.findall(r"^ExecStart=/opt/feedback/bin/feedback (.+)$", unit.read_text(), re.MULTILINE)
    for listed in re.findall(r'(?:command: |CMD )\["feedback", (.+)\]', (DEPLOY / "compose.yaml").read_text()):
        started.append(" ".join(re.findall(r'"([^"]+)"', listed)))
    started += re.findall(r'CMD \["feedback", "(\w+)"\]', (DEPLOY / "Dockerfile").read_text())
    assert len(started) == 4 + 5 + 5 + 1
    for one in started:
        name, *queue = one.split()
        assert name in command_line.list_commands(None)  # type: ignore[arg-type]
        assert (name == "worker") == bool(queue)
        assert set(queue) <= {*JOBS, "%i"}


def test_every_variable_that_is_read_is_told() -> None:
    code = "".join((ROOT / "feedback" / name).read_text() for name in _SETTINGS)
    read = set(re.findall(r'"((?:FEEDBACK_|OTEL_)[A-Z_]+|PORT|HOST|DATABASE_URL|REDIS_URL)"', code))
    told = (ROOT / "docs/how-to/run.md").read_text()
    assert len(read) > 30
    assert sorted(name for name in read if f"`{name}`" not in told) == []


_SETTINGS = ("settings.py", "sign_in_settings.py", "watching_settings.py")
