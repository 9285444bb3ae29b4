"""An app with a few routes of its own: what holds for it holds for every route."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from marshmallow import Schema, fields, post_load

from feedback.core.errors import Code, Problem
from feedback.core.services import Services
from feedback.http import reference
from feedback.http.api import Blueprint
from feedback.http.auth import Caller, caller, secret_key_required
from feedback.http.fields import Day, Digits, Flag, Moment, Text, Whole
from feedback.http.setup import make_app
from tests.said import said  # noqa: F401 - a fixture


@dataclass(frozen=True, slots=True)
class Thing:
    """What the test route takes."""

    name: str
    size: int | None = None
    ready: bool | None = None
    day: date | None = None
    at: datetime | None = None
    inner: dict[str, str] | None = None


class ThingSchema(Schema):
    """A thing."""

    name = Text(20, required=True)
    size = Whole(0, 100)
    ready = Flag()
    day = Day()
    at = Moment()
    inner = fields.Dict(keys=fields.String(), values=fields.String())

    @post_load
    def freeze(self, data: dict[str, Any], **_: Any) -> Thing:
        """A value instead of a dict."""
        return Thing(**data)


class PageSchema(Schema):
    """Which page."""

    limit = Digits(1, 100, load_default=10)


def lookup(text: str) -> Caller:
    """Two keys: one that may write, one that may read."""
    if text == "writer":
        return Caller("w", frozenset({"read", "write"}), live=True)
    if text == "reader":
        return Caller("r", frozenset({"read"}), live=True)
    raise Problem(Code.KEY_REFUSED, "Unknown.")


def _blueprint() -> Blueprint:
    blueprint = Blueprint("things", __name__, description="Things.")

    @blueprint.post("/things")
    @blueprint.arguments(ThingSchema())
    @blueprint.response(201, ThingSchema())
    def add(thing: Thing) -> Thing:
        return thing

    @blueprint.get("/things")
    @blueprint.arguments(PageSchema(), location="query")
    def listing(page: dict[str, Any]) -> dict[str, Any]:
        return page

    @blueprint.put("/things/<external:name>")
    @secret_key_required("write")
    @blueprint.arguments(ThingSchema())
    def put(thing: Thing, name: str) -> dict[str, Any]:  # noqa: ARG001
        return {"name": name, "by": caller().actor}

    @blueprint.get("/things/<slug:name>")
    @secret_key_required("read")
    def show(name: str) -> dict[str, Any]:
        return {"name": name}

    @blueprint.get("/fails")
    def fails() -> dict[str, Any]:
        raise ZeroDivisionError("a secret of ours")

    return blueprint


@pytest.fixture
def app(services: Services) -> flask.Flask:
    """An app around `services`."""
    made, api = make_app(services, lookup)
    api.register_blueprint(_blueprint())
    reference.register(made, api)
    return made


@pytest.fixture
def client(app: flask.Flask) -> Iterator[FlaskClient]:
    """Asks `app` without a network."""
    with app.test_client() as client:
        yield client
