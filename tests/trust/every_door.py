"""Every door of the API as its OpenAPI document has it, with somebody at each who may open it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import flask
from werkzeug.test import Client, TestResponse

from feedback.core.services import Services
from feedback.partners import keys
from tests.asgi import as_wsgi
from tests.conftest import asgi_on
from tests.embed import World, make_world
from tests.responses.links import token_for

ID = "0190b0a0-6c2f-7d3e-9a51-3f0c5d2e8b11"
PROBLEM = {"type", "title", "status", "detail", "code", "advice", "request_id"}
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Door:
    """One operation. `body` None: it takes none. `query`: names of the parameters behind the question mark."""

    method: str
    rule: str
    path: str
    headers: Mapping[str, str]
    body: Node | None
    query: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


class House:
    """An app with a partner, surveys, keys and a link in it, and all of its doors."""

    def __init__(self, app: flask.Flask, services: Services) -> None:
        self.world: World = make_world(services)
        scopes = ["read", "write", "admin"]
        with services.database.transaction() as session:
            _, self.key = keys.create_secret_key(session, "all", scopes, live=True, now=services.clock())
        self.link = token_for(services)
        self.quick = Client(as_wsgi(asgi_on(services)), TestResponse, use_cookies=False)
        self.long = Client(app, TestResponse, use_cookies=False)
        self.document = self.long.get("/openapi.json").json
        self.doors = list(self._doors())

    def with_body(self) -> list[Door]:
        """Those that take one."""
        return [door for door in self.doors if door.body is not None]

    def ways(self, door: Door) -> list[Client]:
        """The way that it is served by, and the long one of those that have a quick one."""
        return [self.quick, self.long] if door.rule.startswith("/v1/embed/") else [self.long]

    def fields(self, door: Door) -> Iterator[tuple[tuple[str, ...], Node]]:
        """Where each field of its body is, and what the document says of it; `*` is whatever stands in a list."""
        yield from self._fields((), door.body or {}, 0)

    def body(self, door: Door) -> Any:
        """A body that the document's words allow, with all fields."""
        return self._example(door.body or {}, 0)

    def send(self, door: Door, body: bytes, way: Client | None = None, **more: Any) -> TestResponse:
        """These bytes, as JSON, by somebody who may."""
        more = {"content_type": "application/json", "headers": dict(door.headers), **more}
        return (way or self.ways(door)[0]).open(door.path, method=door.method, data=body, **more)

    def _doors(self) -> Iterator[Door]:
        for rule, operations in self.document["paths"].items():
            for method, operation in operations.items():
                if method == "parameters":
                    continue
                content = operation.get("requestBody", {}).get("content", {})
                query = [one for one in operation.get("parameters", []) if one.get("in") == "query"]
                yield Door(
                    method.upper(),
                    rule,
                    self._path(rule),
                    self._headers(rule),
                    content["application/json"]["schema"] if content else None,
                    tuple(one["name"] for one in query),
                )

    def _path(self, rule: str) -> str:
        found = {"partner": self.world.partner.slug, "survey": "end-user-nps", "impression": ID, "response": ID}
        found |= {"token": self.link} if "{token}" in rule else {}
        found |= {"key": self.world.key if rule.startswith("/v1/embed/") else "nobodys"}
        return re.sub(r"\{(\w+)\}", lambda part: found.get(part[1], "anna"), rule)

    def _headers(self, rule: str) -> dict[str, str]:
        if rule.startswith("/v1/embed/"):
            return self.world.headers(self.world.token())
        return {} if rule.startswith(("/v1/invited/", "/s/")) else {"Authorization": f"Bearer {self.key}"}

    def _resolve(self, schema: Node) -> Node:
        while "$ref" in schema:
            found = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        for kind in ("allOf", "anyOf", "oneOf"):
            if kind in schema:
                return self._resolve(schema[kind][0])
        return schema

    def _fields(self, place: tuple[str, ...], schema: Node, depth: int) -> Iterator[tuple[tuple[str, ...], Node]]:
        schema = self._resolve(schema)
        if place:
            yield place, schema
        if depth > 5:
            return
        for name, inner in schema.get("properties", {}).items():
            yield from self._fields((*place, name), inner, depth + 1)
        if "items" in schema:
            yield from self._fields((*place, "*"), schema["items"], depth + 1)
        if isinstance(schema.get("additionalProperties"), dict):
            yield from self._fields((*place, "some"), schema["additionalProperties"], depth + 1)

    def _example(self, schema: Node, depth: int) -> Any:
        schema = self._resolve(schema)
        types = schema.get("type", "string")
        kind = types if isinstance(types, str) else types[0]
        if "example" in schema:
            return schema["example"]
        if "enum" in schema:
            return schema["enum"][0]
        if kind == "object" and depth < 5:
            known = {name: self._example(one, depth + 1) for name, one in schema.get("properties", {}).items()}
            more = schema.get("additionalProperties")
            return {**known, "some": self._example(more, depth + 1)} if isinstance(more, dict) else known
        if kind == "array":
            return [self._example(schema["items"], depth + 1)]
        texts = {"date": "2026-11-15", "date-time": "2026-11-15T12:00:00Z", "uuid": ID}
        plain = {"integer": schema.get("minimum", 1), "number": 1, "boolean": True, "object": {}, "null": None}
        return plain.get(kind, texts.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1))))


def with_value(body: Any, place: tuple[str, ...], value: Any) -> Any:
    """`body` with another value at that place."""
    if not place:
        return value
    if place[0] == "*":
        return [with_value(body[0] if isinstance(body, list) and body else None, place[1:], value)]
    known = body if isinstance(body, dict) else {}
    return {**known, place[0]: with_value(known.get(place[0]), place[1:], value)}


def check_problem(response: TestResponse, what: object) -> str:
    """It is a refusal in our one shape, with the name of a problem: that name."""
    assert 400 <= response.status_code < 500, (what, response.status_code, response.text[:300])
    assert response.mimetype == "application/problem+json", (what, response.mimetype)
    body = response.get_json(force=True)
    assert set(body) >= PROBLEM, (what, body)
    assert body["status"] == response.status_code, what
    json.dumps(body).encode()
    return str(body["code"])
