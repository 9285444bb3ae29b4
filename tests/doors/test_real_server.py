"""The doors behind the server that runs in production."""

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.runtime.running import Up, until


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`feedback up` with one key: a module's tests share it."""
    folder: Path = tmp_path_factory.mktemp("service")
    running = Up(folder, folder / "home")
    yield running
    running.kill()


@pytest.fixture(scope="module")
def key(service: Up) -> str:
    """A secret key, from the command line."""
    return service.run("keys", "add-secret", "Backend", "--scope", "read", "--scope", "write").stdout.strip()


def _ask(service: Up, key: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, json.loads(content) if content else None


def _raw(service: Up, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
        connection.sendall(request)
        connection.settimeout(20)
        return connection.recv(65536)


def test_from_a_partner_to_a_gap_by_http_alone(service: Up, key: str) -> None:
    assert _ask(service, key, "POST", "/v1/partners", {"slug": "acme", "name": "Acme"})[0] == 201
    contract = {"licences": 10, "starts_on": "2026-01-01", "renews_on": "2199-01-01"}
    assert _ask(service, key, "PUT", "/v1/partners/acme/contracts/1", contract)[0] == 200
    for audience, score in (("end_user", 2), ("buyer", 10)):
        name = f"{audience.replace('_', '-')}-nps"
        assert (
            _ask(service, key, "POST", "/v1/surveys", {"name": name, "audience": audience, "metric": "nps"})[0] == 201
        )
        assert _ask(service, key, "POST", f"/v1/surveys/{name}/publish")[0] == 200
        for person in range(3):
            answer = {"survey": name, "respondent": f"p{person}", "score": score}
            assert _ask(service, key, "PUT", f"/v1/partners/acme/responses/{uuid4()}", answer)[0] == 201

    def gap() -> Any:
        report = _ask(service, key, "GET", "/v1/partners/acme/gap")[1]
        return report["headline"]["gap"] if report["headline"]["end_user"]["people"] == 3 else None

    assert until(gap)["points"] == -200


def test_a_chunked_body_is_refused_and_not_cut(service: Up, key: str) -> None:
    body = b'{"slug": "cut", "name": "Cut"}'
    answer = _raw(
        service,
        b"POST /v1/partners HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\nAuthorization: Bearer " + key.encode() + b"\r\n\r\n"
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
    )
    assert answer.startswith(b"HTTP/1.1 411"), answer
    assert _ask(service, key, "GET", "/v1/partners/cut")[0] == 404


def test_a_body_beyond_the_limit_is_refused(service: Up, key: str) -> None:
    body = {"slug": "big", "name": "x" * 70_000}
    status, problem = _ask(service, key, "POST", "/v1/partners", body)
    assert (status, problem["code"]) == (413, "too-large")


def test_the_desk_and_the_reference_and_health_are_there(service: Up, key: str) -> None:
    assert _ask(service, key, "GET", "/healthz") == (200, {"status": "ok"})
    assert _ask(service, key, "GET", "/openapi.json")[1]["openapi"].startswith("3.1")
    assert _raw(service, b"GET /docs HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 200")
