"""What must not pass is refused at every door that takes a body, in words, and never ends as our own fault."""

import json
from dataclasses import replace
from typing import Any

import flask
import pytest

from feedback.core.services import Services
from feedback.settings import Settings
from tests.soak import SOAK, many
from tests.trust.every_door import Door, House, check_problem, with_value

pytestmark = pytest.mark.requirement("edge: every body that others would read differently is a clear 4xx at every door")

BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "half of it": b'{"a": ',
    "a list": b"[1]",
    "a text": b'"a"',
    "null": b"null",
    "two of them": b"{}{}",
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": [Infinity]}',
    "minus Infinity": b'{"a": {"b": -Infinity}}',
    "a number that overflows": b'{"a": 1e999}',
    "a number of 5,000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "a name twice": b'{"a": 1, "a": 2}',
    "a name twice, deep inside": b'{"a": [{"b": {"c": 1, "c": 1}}]}',
    "half a surrogate pair": b'{"a": "\\ud800"}',
    "half a surrogate pair as a name": b'{"\\udc00": 1}',
    "the halves the wrong way round": b'{"a": "\\udc00\\ud800"}',
    "NUL": b'{"a": "b\\u0000"}',
    "NUL as a name": b'{"\\u0000": 1}',
    "raw NUL": b'{"a": "\0"}',
    "control characters": b'{"a": "\x01\x1f"}',
    "what is no UTF-8": b'{"a": "\xff\xfe"}',
    "a surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "an overlong NUL": b'{"a": "\xc0\x80"}',
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-32": '{"a": 1}'.encode("utf-32"),
    "25 levels": b'{"a":' * 25 + b"1" + b"}" * 25,
    "lists in lists": b'{"a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "objects in objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
}
TAKE_MORE = {"POST /v1/partners/{partner}/activity", "POST /v1/surveys/{survey}/invitations"}
"""A backend sends a thousand people at once there."""
TYPES = ("application/xml", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json")
ANY: tuple[Any, ...] = (
    None, -1, 10**30, "x" * 6_000,
    *((2**63, "", {}, True, 0, 0.1, 1e308, -(2**63) - 1, "\u202ex\ufeff", "9" * 400, [], [[]]) if SOAK else ()),
)  # fmt: skip
"""No field takes all of these, and none may fail of one."""
WRONG: dict[str, tuple[Any, ...]] = {
    "string": (1, 0.5, True, ["a"], {"a": "b"}),
    "integer": ("1", 0.5, True, [1], {"a": 1}, 10**400),
    "number": ("1", True, [1], {"a": 1}),
    "boolean": ("true", 1, 0, "", [True]),
    "array": ("a", 1, {"0": "a"}),
    "object": ("a", 1, ["a"]),
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nobody here is told to wait."""
    often = 1_000_000
    return replace(settings, person_requests_per_minute=often, unsigned_requests_per_s=often, key_requests_per_s=often)


@pytest.fixture
def house(app: flask.Flask, services: Services) -> House:
    return House(app, services)


def test_there_are_doors(house: House) -> None:
    """A walk over nothing shows nothing."""
    assert len(house.doors) >= 45 and len(house.with_body()) >= 20
    assert {str(door) for door in house.with_body()} >= {
        "PUT /v1/embed/{key}/responses/{response}",
        "PUT /v1/invited/{token}/responses/{response}",
        "POST /v1/embed/{key}/activity",
        "PATCH /v1/surveys/{survey}",
    }
    assert sum(len(list(house.fields(door))) for door in house.with_body()) > 100


@pytest.mark.requirement("ASVS 2.2.1")
@pytest.mark.requirement("ASVS 1.5.2")
def test_a_body_that_is_broken_is_refused_at_every_door(house: House, record_property) -> None:
    tried = 0
    for door in house.with_body():
        for way in house.ways(door):
            for what, body in BROKEN.items():
                if what == "a list" and "array" in (door.body or {}).get("type", ""):
                    continue
                told = check_problem(house.send(door, body, way), (door, what))
                assert told == "bad-request" or (not body and told == "length-required"), (door, what)
                tried += 1
    record_property("inputs tried", tried)


def test_a_body_that_is_too_large_or_no_json_is_refused_at_every_door(
    house: House, settings: Settings, record_property
) -> None:
    tried = 0
    for door in house.with_body():
        for way in house.ways(door):
            limit = settings.upload_body_limit_bytes if str(door) in TAKE_MORE else 64 * 1024
            large = b'{"a": "' + b"x" * limit + b'"}'
            assert check_problem(house.send(door, large, way), door) == "too-large", door
            for kind in TYPES:
                answer = house.send(door, b'{"a": 1}', way, content_type=kind)
                assert check_problem(answer, (door, kind)) == "unsupported-media-type", (door, kind)
            chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
            answer = house.send(door, b"", way, environ_overrides=chunked)
            assert check_problem(answer, door) == "length-required", door
            tried += len(TYPES) + 2
    record_property("inputs tried", tried)


def test_no_field_of_any_door_takes_what_it_is_not(house: House, record_property) -> None:
    tried = 0
    for door in house.with_body():
        whole = house.body(door)
        for place, schema in house.fields(door):
            types = schema.get("type", [])
            kinds = {types} if isinstance(types, str) else set(types)
            for value in (wrong for kind in kinds & set(WRONG) for wrong in WRONG[kind][: many(2, 9)]):
                if not any(_fits(value, kind) for kind in kinds):
                    assert _told(house, door, whole, place, value) in ("invalid", "bad-request"), (door, place, value)
                    tried += 1
            for value in ANY:
                _told(house, door, whole, place, value)
            for half in ("a\0b", "a\ud800b") if "string" in kinds else ():
                assert _told(house, door, whole, place, half) == "bad-request", (door, place)
                tried += 1
            tried += len(ANY)
    record_property("inputs tried", tried)


def _told(house: House, door: Door, whole: Any, place: tuple[str, ...], value: Any) -> str:
    """The name of the problem, or nothing where it was taken."""
    answer = house.send(door, json.dumps(with_value(whole, place, value)).encode())
    return "" if answer.status_code < 300 else check_problem(answer, (door, place, str(value)[:40]))


def _fits(value: Any, kind: str) -> bool:
    if isinstance(value, bool) or kind == "boolean":
        return isinstance(value, bool) and kind == "boolean"
    kinds: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "array": list, "object": dict}
    return isinstance(value, kinds.get(kind, type(None)))
