"""Seen from outside: each request is counted, its log lines carry its id, and nobody is named anywhere."""

import io
from dataclasses import replace
from typing import Any

import flask
import pytest
import structlog
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from feedback import watched
from feedback.core.services import Services
from feedback.http.setup import make_app
from feedback.http.watching import group_of
from feedback.watching_settings import Watching
from tests.http.conftest import lookup
from tests.said import lines

DATABASES = ("sqlite",)
TOKEN = "a token that is long enough to be one"


def watched_app(services: Services, **watching: Any) -> flask.Flask:
    """The doors of whoever watches, and one that fails."""
    settings = replace(services.settings, watching=Watching(**watching))
    services = replace(services, settings=settings)
    app, _ = make_app(services, lookup)
    watched.register(app, services)

    @app.get("/people/<name>")
    def fails(name: str) -> str:
        raise ZeroDivisionError(name.partition(" ")[2])

    return app


def scraped(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Every number of /metrics by its name and labels."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_each_request_is_counted_by_group_method_and_class(services: Services) -> None:
    client = watched_app(services, metrics_token=TOKEN).test_client()
    before = scraped(client)
    for _ in range(3):
        client.get("/people/ann")
    client.open("/nowhere/at/all", method="BREW")
    after = scraped(client)

    def more(*key: str) -> float:
        return after.get(key, 0) - before.get(key, 0)

    assert more("feedback_requests_total", "other", "GET", "5xx") == 3
    assert more("feedback_requests_total", "none", "other", "4xx") == 1
    assert more("feedback_request_duration_seconds_count", "other") == 3
    assert more("feedback_request_duration_seconds_bucket", "other", "+Inf") == 3


def test_metrics_tell_what_waits_and_what_is_ready(services: Services) -> None:
    found = scraped(watched_app(services, metrics_token=TOKEN).test_client())
    assert found["feedback_inbox_rows",] == found["feedback_inbox_oldest_age_seconds",] == 0
    assert found["feedback_ready", "database"] == 1
    assert found["feedback_disk_free_bytes",] > 0


@pytest.mark.parametrize("sent", [None, "Bearer ", "Bearer another", f"Basic {TOKEN}", "Bearer \u00e4"])
def test_metrics_are_for_who_has_the_token(services: Services, sent: str | None) -> None:
    client = watched_app(services, metrics_token=TOKEN).test_client()
    answer = client.get("/metrics", headers={} if sent is None else {"Authorization": sent})
    assert answer.status_code == 401
    assert "feedback_" not in answer.text


def test_without_a_token_there_are_no_metrics(services: Services) -> None:
    assert watched_app(services).test_client().get("/metrics").status_code == 404


def test_lines_of_a_request_carry_its_id_and_later_ones_do_not(services: Services, said: io.StringIO) -> None:
    client = watched_app(services).test_client()
    answer = client.get("/people/ann", headers={"X-Request-Id": "of-the-proxy"})
    structlog.get_logger("feedback.x").info("afterwards")
    *during, after = lines(said)
    assert answer.json is not None
    assert {line["request_id"] for line in during} == {"of-the-proxy"} == {answer.json["request_id"]}
    assert "request_id" not in after


def test_a_line_for_each_request_is_there_when_it_is_wanted_and_tells_the_route_alone(
    services: Services, said: io.StringIO
) -> None:
    watched_app(services).test_client().get("/readyz")
    assert lines(said) == []
    client = watched_app(services, access_log=True).test_client()
    answer = client.get("/people/ann?mail=ann@example.com", headers={"Authorization": "Bearer secret-of-ann"})
    (line,) = (line for line in lines(said) if line["event"] == "request")
    assert (line["method"], line["route"], line["status"]) == ("GET", "/people/<name>", 500)
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert "ann" not in said.getvalue()


@pytest.mark.parametrize(
    ("route", "group"),
    [
        ("/v1/embed/<key>/responses/<uuid:response>", "responses"),
        ("/v1/partners/<slug:partner>/responses/<uuid:response>", "responses"),
        ("/v1/partners/<slug:partner>/responses", "api"),
        ("/v1/embed/<key>/impressions", "impressions"),
        ("/v1/invited/<token>/impressions/<uuid:impression>", "impressions"),
        ("/v1/embed/<key>/activity", "activity"),
        ("/v1/embed/<key>/frame", "embed"),
        ("/embed.js", "embed"),
        ("/desk/settings/keys", "desk"),
        ("/readyz", "watch"),
        ("/docs", "other"),
        (None, "none"),
    ],
)
def test_routes_are_counted_in_a_few_groups(route: str | None, group: str) -> None:
    assert group_of(route) == group
