"""What the OpenAPI document promises holds for whatever comes in, over real HTTP, with credentials and without.

All checks of schemathesis are on. What is told otherwise, and why:

| check or phase | what is different | why |
|---|---|---|
| positive_data_acceptance | 401, 403, 404, 409, 410 and 422 are taken too | no schema says what is there or fits |
| generation | no NUL in texts | not each schema excludes it; `tests/trust/test_edge_bodies.py` tries it |
| negative_data_rejection | any 4xx is a refusal | bodies, keys and addresses are refused by different statuses |
| stateful | off | the document has no links from one operation to another |
| coverage | on PostgreSQL, unless FEEDBACK_SOAK=1 | every boundary of every field takes a while |
| fuzzing | where there is no coverage, unless FEEDBACK_SOAK=1 | the few random requests are the same on both |
"""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
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
from tests.soak import SOAK, many

_DOCUMENTED = ["2xx", "3xx", "401", "403", "404", "409", "410", "422"]
"""What a body that fits its schema may meet: 422 too, where two fields must fit together."""


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any, **__: Any) -> None:
        pass


@pytest.fixture
def running(services: Services) -> Iterator[tuple[str, Services]]:
    """The app behind a real socket, with a clock that runs, and for thousands of requests of one person."""
    settings = replace(services.settings, person_requests_per_minute=1_000_000, unsigned_requests_per_s=1_000_000)
    services = replace(services, settings=settings, clock=system_clock)
    server = make_server("127.0.0.1", 0, create_app(settings, services), threaded=True, request_handler=_Quiet)
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


@pytest.mark.requirement("edge: no request makes a door break what its OpenAPI document promises")
@pytest.mark.requirement("ASVS 2.2.1")
@pytest.mark.filterwarnings("default")  # of the library's own sockets and dependencies
def test_no_request_makes_the_doors_break_their_promises(
    running: tuple[str, Services],
    world: World,
    database_kind: str,
    caplog: pytest.LogCaptureFixture,
    record_property,
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
    # Every boundary of every field takes a while: once, on the stricter database.
    covers = SOAK or database_kind == "postgresql"
    tried = _hold(url, {"Authorization": f"Bearer {key}"}, [of_embed, by_link, below_partner], covers=covers)
    _tell(tried, record_property)
    assert (len(tried.operations) >= 35, tried.checks > 1000) == (True, True)


@pytest.mark.requirement("edge: no request makes a door break what its OpenAPI document promises")
@pytest.mark.filterwarnings("default")
def test_no_stranger_makes_the_doors_break_their_promises(
    running: tuple[str, Services],
    world: World,
    database_kind: str,
    caplog: pytest.LogCaptureFixture,
    record_property,
) -> None:
    caplog.set_level(logging.CRITICAL)
    covers = SOAK and database_kind == "postgresql"
    known = {"include-path-regex": "^/v1/partners/", "parameters": {"partner": world.partner.slug}}
    tried = _hold(running[0], {}, [known], covers=covers)
    _tell(tried, record_property)
    assert len(tried.operations) >= 35
    open_to_all = re.compile(r"/(openapi\.json|embed|s/|v1/(embed|invited)/)")
    taken = [one for one, status in tried.answers if status < 300 and not open_to_all.search(one)]
    assert taken == []


@dataclass
class Tried:
    """What was sent, and what came of it."""

    inputs: int = 0
    checks: int = 0
    failures: list[str] = field(default_factory=list)
    operations: set[str] = field(default_factory=set)
    answers: list[tuple[str, int]] = field(default_factory=list)
    """What was asked and its status, but for OPTIONS, which says no more than what may be asked."""


def _tell(tried: Tried, record_property: Callable[[str, object], None]) -> None:
    record_property("inputs tried", tried.inputs)
    record_property("checks", tried.checks)
    record_property("failures", len(tried.failures))
    assert tried.failures == []


def _hold(url: str, headers: dict[str, str], operations: list[dict[str, Any]], *, covers: bool) -> Tried:
    """Hold the doors to their document, with these headers and what `operations` say of some of them."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": 20261115,
            "continue-on-failure": True,
            "headers": headers,
            "generation": {"max-examples": many(3, 200), "database": "none", "allow-x00": False},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": _DOCUMENTED},
                "negative_data_rejection": {"expected-statuses": ["4xx"]},
            },
            "phases": {
                "coverage": {"enabled": covers},
                "fuzzing": {"enabled": SOAK or not covers},
                "stateful": {"enabled": False},
            },
            "operations": operations,
        }
    )
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)
    schema.config.base_url = url
    tried = Tried()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            tried.failures.append(repr(getattr(event, "value", None) or getattr(event, "exception", None)))
        if not isinstance(event, events.ScenarioFinished):
            continue
        tried.operations.add(event.label)
        tried.inputs += len(event.recorder.cases)
        found = [one.response for one in event.recorder.interactions.values()]
        tried.answers += [
            (event.label, one.status_code) for one in found if one is not None and one.request.method != "OPTIONS"
        ]
        for checks in event.recorder.checks.values():
            tried.checks += len(checks)
            tried.failures += [
                f"{event.label}: {check.name}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
                for check in checks
                if check.failure_info is not None
            ]
    return tried
