"""What the OpenAPI document promises holds for whatever comes in, over real HTTP."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from werkzeug.serving import WSGIRequestHandler, make_server

from feedback.app import create_app
from feedback.core.clock import system_clock
from feedback.core.services import Services
from feedback.partners import keys
from tests.embed import World, make_world
from tests.responses.links import token_for

_DOCUMENTED = ["2xx", "3xx", "401", "403", "404", "409", "422"]
"""What a body that fits its schema may meet: 422 too, where two fields must fit together."""


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any, **__: Any) -> None:
        pass


@pytest.fixture
def running(services: Services) -> Iterator[tuple[str, Services]]:
    """The app behind a real socket, with a clock that runs."""
    services = replace(services, clock=system_clock)
    server = make_server("127.0.0.1", 0, create_app(services.settings, services), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}", services
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def world(running: tuple[str, Services]) -> World:
    """A partner, live surveys, embed keys and signing keys, so that there is something to find."""
    return make_world(running[1])


@pytest.mark.filterwarnings("default")  # of the library's own sockets and dependencies
def test_no_request_makes_the_doors_break_their_promises(
    running: tuple[str, Services], world: World, database_kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    url, services = running
    caplog.set_level(logging.CRITICAL)
    with services.database.transaction() as session:
        _, key = keys.create_secret_key(session, "all", ["read", "write", "admin"], live=True, now=services.clock())
    of_embed = {
        "include-path-regex": "^/v1/embed/",
        "parameters": {"key": world.key},
        "headers": {"Authorization": f"Bearer {world.token()}"},
    }
    by_link = {"include-path-regex": "^/(v1/invited|s)/", "parameters": {"token": token_for(services)}}
    below_partner = {"include-path-regex": "^/v1/partners/", "parameters": {"partner": world.partner.slug}}
    config = SchemathesisConfig.from_dict(
        {
            "seed": 20261115,
            "continue-on-failure": True,
            "headers": {"Authorization": f"Bearer {key}"},
            "generation": {"max-examples": 3, "database": "none"},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": _DOCUMENTED},
                "negative_data_rejection": {"expected-statuses": ["4xx"]},
            },
            # Every boundary of every field takes a while: once, on the stricter database.
            "phases": {"coverage": {"enabled": database_kind == "postgresql"}, "stateful": {"enabled": False}},
            "operations": [of_embed, by_link, below_partner],
        }
    )
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)
    schema.config.base_url = url
    failures, checked, operations = [], 0, set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures.append(repr(getattr(event, "value", None) or getattr(event, "exception", None)))
        if not isinstance(event, events.ScenarioFinished):
            continue
        operations.add(event.label)
        for checks in event.recorder.checks.values():
            checked += len(checks)
            failures += [
                f"{event.label}: {check.name}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
                for check in checks
                if check.failure_info is not None
            ]
    assert failures == []
    assert (len(operations) >= 35, checked > 1000) == (True, True)
