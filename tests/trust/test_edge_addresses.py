"""Addresses and headers that hold anything: no door of the API, of a page or of the desk ever fails of them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote_from_bytes

import flask
import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from feedback.core.services import Services
from feedback.settings import Settings
from tests.desk.conftest import Visitor
from tests.desk.speaking import say
from tests.gap import world as gap
from tests.soak import SOAK, many
from tests.trust.asked import noted
from tests.trust.every_door import ID, House, check_problem

pytestmark = pytest.mark.requirement("edge: no address, query or header makes any door fail")

TEXTS: tuple[bytes, ...] = (
    b"\xff\xfe' --", b"9" * 400, b"", b"\xed\xa0\x80", b"../../etc/passwd", b"%00", b"..", b"-1", b"1e999", b"NaN",
    b"x" * 5000, b"\xc0\x80", b"\r\nSet-Cookie: a=b", b"{{7*7}}", b"%s%n", b"\xe2\x80\xae\xef\xbb\xbf", b"<script>",
    b"9999-12", b"0000-00-00",
)  # fmt: skip
HEADERS = (
    "Authorization", "Origin", "X-Request-Id", "Traceparent", "Accept-Language", "Accept-Encoding", "Cookie", "Host",
    "If-None-Match", "If-Modified-Since", "Range", "Referer", "User-Agent", "X-Forwarded-For", "X-Forwarded-Proto",
    "X-Forwarded-Host", "Forwarded", "Content-Length", "Content-Type", "Accept",
)  # fmt: skip
VALUES = (
    "Bearer a\0b", "\xff\xfe",
    *(
        ("a\0b", "x" * 9000, "9" * 30, "\0",
         "Bearer ", "Bearer a.b.c", "null", "http://[::1", "*", "bytes=0-99999999999999999999", '"', "-1",
         "00-00-00-00", "de;q=x,\xfe", "a=b; a=\0; __Host-session=\xff")
        if SOAK
        else ()
    ),
)  # fmt: skip
"""As a server hands them over: bytes as Latin-1."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nobody here is told to wait."""
    often = 1_000_000
    return replace(settings, person_requests_per_minute=often, unsigned_requests_per_s=often, key_requests_per_s=often)


@pytest.fixture
def house(app: flask.Flask, services: Services) -> House:
    return House(app, services)


@pytest.fixture
def admin(app: flask.Flask, services: Services, house: House) -> Visitor:
    """Somebody who may open everything, with something to see."""
    assert house
    here = gap.World(services)
    here.partner("acme", 20)
    here.seats("acme", gap.people(12), on="2026-08-01")
    here.answers("acme", "end_user", [3, 9, 10], on="2026-11-10")
    say(here, "acme", "some words")
    visitor = Visitor(app.test_client(), services)
    visitor.come_in("admin")
    return visitor


def test_no_part_of_an_address_makes_a_door_fail(
    app: flask.Flask, house: House, admin: Visitor, record_property
) -> None:
    tried = 0
    for rule in app.url_map.iter_rules():
        for path in _paths(rule):
            for method in sorted((rule.methods or set()) - {"OPTIONS"}):
                body = {"json": {}} if rule.rule.startswith("/v1/") and method not in ("GET", "HEAD") else {}
                answer = admin.client.open(path, method=method, headers=_headers(house, rule), **body)
                _fine(answer, (method, path))
                tried += 1
    assert tried > 600
    record_property("inputs tried", tried)


def test_nul_in_the_part_of_an_address_is_refused_as_such(app: flask.Flask, house: House, admin: Visitor) -> None:
    for rule in app.url_map.iter_rules():
        if "<" in rule.rule and not re.search(r"<(uuid|slug|any|path)", rule.rule) and "GET" in (rule.methods or ()):
            path = re.sub("<[^>]*>", "a%00b", rule.rule)
            answer = admin.client.get(path, headers=_headers(house, rule))
            assert answer.status_code in (400, 404), path
            answer.close()


def test_no_query_makes_a_door_fail(
    app: flask.Flask, house: House, admin: Visitor, monkeypatch: pytest.MonkeyPatch, record_property
) -> None:
    """Names are those that a door asks for."""
    asked = noted(monkeypatch)
    tried, known = 0, {door.path: set(door.query) for door in house.doors if door.method == "GET"}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in ("demo.static", "login.asset"):
            continue
        path = _path(rule)
        asked.clear()
        admin.client.get(path, headers=_headers(house, rule)).close()
        for name in sorted(asked | known.get(path, set())):
            for text in TEXTS[: many(1, len(TEXTS))]:
                answer = admin.client.get(f"{path}?{name}={quote_from_bytes(text)}", headers=_headers(house, rule))
                _fine(answer, (path, name, text))
                tried += 1
        for nul in ("%00=1", "a=b%00c"):
            answer = admin.client.get(f"{path}?{nul}", headers=_headers(house, rule))
            assert answer.status_code == 400, (path, nul)
        for odd in (
            ("%FF=%FF", "&&&=&", "a=1&a=2", "[]=1", "%", "x=" + "y" * 9000) if SOAK else ("%FF=%FF&&=&a=1&a=2&[]=1&%",)
        ):
            _fine(admin.client.get(f"{path}?{odd}", headers=_headers(house, rule)), (path, odd))
            tried += 3
    assert tried > 300
    record_property("inputs tried", tried)


def test_no_header_makes_a_door_fail(house: House, admin: Visitor, record_property) -> None:
    """At one door of each kind: API, embed by both ways, link, page, desk, sign-in; values go in as bytes do."""
    doors = [
        ("GET", "/v1/partners"), ("GET", f"/v1/embed/{house.world.key}/config"), ("GET", f"/s/{house.link}"),
        ("POST", f"/v1/embed/{house.world.key}/activity"), ("POST", f"/v1/embed/{house.world.key}/impressions"),
        ("PUT", f"/v1/embed/{house.world.key}/responses/{ID}"), ("GET", "/login"), ("POST", "/login"),
        ("GET", "/desk/settings/account"), ("GET", "/demo"), ("GET", "/embed.js"), ("GET", "/metrics"),
    ]  # fmt: skip
    tried = 0
    cookie = "; ".join(f"{one.key}={one.value}" for one in admin.client._cookies.values())
    for method, path in doors:
        for way in (house.quick, house.long) if path.startswith("/v1/embed/") else (house.long,):
            for header in HEADERS:
                for value in VALUES:
                    name = header.upper().replace("-", "_")
                    own = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
                    environ = {"HTTP_COOKIE": cookie, own: value}
                    body = {} if method == "GET" else {"data": b"{}", "content_type": "application/json"}
                    _fine(way.open(path, method=method, environ_overrides=environ, **body), (path, header, value))
                    tried += 1
    record_property("inputs tried", tried)


def _fine(answer: TestResponse, what: object) -> None:
    """It was answered, or refused in our shape; never our own fault."""
    answer.close()
    assert answer.status_code < 500, (what, answer.status_code, answer.text[:500])
    if answer.mimetype == "application/problem+json" and answer.request.method != "HEAD":
        check_problem(answer, what)
    for name, value in answer.headers.items():
        assert not re.search("[\r\n\0]", value), (what, name)


def _path(rule: Rule) -> str:
    path = re.sub("<(slug:)?(slug|partner)>", "acme", rule.rule)
    path = path.replace("<name>.<kind>", "months.csv").replace(".<kind>", ".csv")
    path = (
        re.sub("<uuid:[^>]*>", ID, path).replace("<slug:survey>", "end-user-nps").replace("<slug:name>", "end-user-nps")
    )
    return re.sub("<[^>]*>", "x", re.sub(r"<any\('?([^,')]*)[^>]*>", r"\1", path))


def _paths(rule: Rule) -> Iterator[str]:
    """The rule with each of its parts in turn as each text."""
    parts = re.findall("<[^>]*>", rule.rule)
    for part in parts:
        for text in TEXTS[: many(7, len(TEXTS))]:
            before, _, after = rule.rule.partition(part)
            filled = f"{before}{quote_from_bytes(text, safe='')}{after}"
            yield re.sub("<uuid:[^>]*>", ID, re.sub("<(?!uuid)[^>]*>", "acme", filled))


def _headers(house: House, rule: Rule) -> dict[str, str]:
    if rule.rule.startswith("/v1/embed/"):
        return house.world.headers(house.world.token())
    return {"Authorization": f"Bearer {house.key}"} if rule.rule.startswith("/v1/") else {}
