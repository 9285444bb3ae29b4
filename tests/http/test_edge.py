from urllib.parse import quote

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.test import TestResponse

from feedback.core.errors import Problem
from feedback.http.errors import as_problem

MEMBERS = {"type", "title", "status", "detail", "code", "advice", "request_id"}


def assert_problem(response: TestResponse, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    body = response.get_json(force=True)
    assert set(body) >= MEMBERS
    assert body["status"] == status
    assert body["code"] == code
    assert body["request_id"] == response.headers["X-Request-Id"]


def test_a_body_becomes_a_frozen_value_and_goes_back(client: FlaskClient) -> None:
    sent = {"name": "ä", "size": 3, "ready": True, "day": "2026-02-28", "at": "2026-02-28T23:30:00-01:00"}
    response = client.post("/things", json=sent)
    assert response.status_code == 201
    assert response.json == {**sent, "at": "2026-03-01T00:30:00Z", "inner": None}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 21),
        ("name", 5),
        ("name", None),
        ("size", "3"),
        ("size", 3.5),
        ("size", True),
        ("size", 101),
        ("size", 10**30),
        ("ready", 1),
        ("ready", "true"),
        ("day", "2026-2-28"),
        ("day", "2026-02-30"),
        ("day", "20260228"),
        ("day", "2026-02-28T00:00:00Z"),
        ("day", "1969-12-31"),
        ("day", "٢٠٢٦-٠٢-٢٨"),
        ("at", "2026-02-28T23:30:00"),
        ("at", "2026-02-28"),
        ("at", "9999-12-31T23:59:59-14:00"),
        ("at", "0001-01-01T00:00:00+14:00"),
        ("at", "2026-02-28T25:00:00Z"),
        ("at", 1772321400),
        ("inner", [1]),
        ("surprise", 1),
    ],
)
def test_a_value_that_does_not_fit_is_named(client: FlaskClient, field: str, value: object) -> None:
    response = client.post("/things", json={"name": "a", field: value})
    assert_problem(response, 422, "invalid")
    assert list(response.json["errors"]) == [field]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", None])
def test_another_content_type_is_415(client: FlaskClient, content_type: str | None) -> None:
    assert_problem(
        client.post("/things", data=b'{"name": "a"}', content_type=content_type), 415, "unsupported-media-type"
    )


def test_a_chunked_body_is_411(client: FlaskClient) -> None:
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": ""}
    assert_problem(client.post("/things", environ_overrides=environ), 411, "length-required")


def test_a_body_beyond_the_limit_is_413(client: FlaskClient) -> None:
    assert_problem(client.post("/things", json={"name": "a" * 66_000}), 413, "too-large")


def test_broken_json_is_400(client: FlaskClient) -> None:
    response = client.post("/things", data=b'{"name": NaN}', content_type="application/json")
    assert_problem(response, 400, "bad-request")


def test_an_unknown_address_is_404_and_another_method_405(client: FlaskClient) -> None:
    assert_problem(client.get("/nowhere"), 404, "not-found")
    response = client.delete("/things")
    assert_problem(response, 405, "method-not-allowed")
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize("address", ["/things/%00", "/things/a%00b", "/things?limit=%00", "/things?%00=1"])
def test_nul_in_an_address_is_400(client: FlaskClient, address: str) -> None:
    assert_problem(client.get(address), 400, "bad-request")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=1.0", "limit=+5", "limit=٣", "limit=1&limit=2", "limti=5"]
)
def test_a_parameter_that_does_not_fit_is_named(client: FlaskClient, query: str) -> None:
    response = client.get(f"/things?{query}")
    assert_problem(response, 422, "invalid")
    assert list(response.json["errors"]) == [query.split("=", maxsplit=1)[0]]


def test_our_own_fault_is_500_without_its_words(client: FlaskClient) -> None:
    response = client.get("/fails")
    assert_problem(response, 500, "internal")
    assert "secret" not in response.text


def test_every_answer_carries_the_headers(client: FlaskClient) -> None:
    for response in (client.get("/things"), client.get("/nowhere"), client.get("/fails")):
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert (
            response.headers["Content-Security-Policy"] == "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert response.headers["Cache-Control"] == "no-store"


def test_a_plain_request_id_is_kept_and_another_replaced(client: FlaskClient) -> None:
    kept = client.get("/things", headers={"X-Request-Id": "abcd-1234-efgh"})
    assert kept.headers["X-Request-Id"] == "abcd-1234-efgh"
    assert client.get("/things", headers={"X-Request-Id": "<script>"}).headers["X-Request-Id"] != "<script>"


def test_a_key_is_needed_before_the_body_is_looked_at(client: FlaskClient) -> None:
    response = client.put("/things/a", data=b"nonsense")
    assert_problem(response, 401, "key-missing")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert_problem(client.put("/things/a", headers={"Authorization": "Basic writer"}), 401, "key-missing")
    assert_problem(client.put("/things/a", headers={"Authorization": "Bearer nobody"}), 401, "key-refused")
    assert_problem(client.put("/things/a", headers={"Authorization": "Bearer reader"}), 403, "key-not-allowed")
    taken = client.put("/things/a", headers={"Authorization": "Bearer writer"}, json={"name": "b"})
    assert taken.json == {"name": "a", "by": "key:w"}


@pytest.mark.parametrize("name", ["a/b", "a//b", "/a", "ü@b.example", "a\nb", "2026/17 (neu)"])
def test_an_id_of_others_may_hold_anything(client: FlaskClient, name: str) -> None:
    address = f"/things/{quote(name, safe='')}"
    response = client.put(address, headers={"Authorization": "Bearer writer"}, json={"name": "b"})
    assert response.json == {"name": name, "by": "key:w"}


def test_a_database_that_cannot_write_now_is_busy() -> None:
    for error in (OperationalError("UPDATE", {}, Exception("disk full")), PoolTimeout(), OSError(28, "No space left")):
        problem = as_problem_outside(error)
        assert (problem.code.status, problem.retry_after_s) == (503, 2)


def test_two_that_create_the_same_at_once_are_a_conflict() -> None:
    assert as_problem_outside(IntegrityError("INSERT", {}, Exception("unique"))).code.status == 409


def as_problem_outside(error: Exception) -> Problem:
    with flask.Flask(__name__).test_request_context("/"):
        return as_problem(error)


def test_the_reference_names_our_errors_and_who_may_call(client: FlaskClient) -> None:
    document = client.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    put = document["paths"]["/things/{name}"]["put"]
    assert put["security"] == [{"secret_key": []}]
    assert put["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}
    default = document["components"]["responses"]["DEFAULT_ERROR"]
    assert list(default["content"]) == ["application/problem+json"]
    thing = document["components"]["schemas"]["Thing"]
    assert thing["properties"]["at"] == {"type": "string", "format": "date-time"}
