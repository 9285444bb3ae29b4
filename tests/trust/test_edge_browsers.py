"""What every answer tells a browser: policies, who may frame it, who may read it; and where secrets never travel."""

import re

import flask
import pytest
from werkzeug.test import TestResponse

from feedback.core.services import Services
from tests.desk.conftest import Visitor
from tests.trust.every_door import ID, House

DATABASES = ("sqlite",)
EVIL = "https://evil.example"
PUBLIC = re.compile(r"/embed(\.js|/)")
"""Scripts that are the same for everybody; pages of all origins load them."""


@pytest.fixture
def house(app: flask.Flask, services: Services) -> House:
    return House(app, services)


@pytest.fixture
def admin(app: flask.Flask, services: Services) -> Visitor:
    visitor = Visitor(app.test_client(), services)
    visitor.come_in("admin")
    return visitor


def _paths(app: flask.Flask, house: House) -> list[str]:
    """A path to everything that can be got, and to what is not there."""
    found = [f"/v1/embed/{house.world.key}/config", f"/s/{house.link}", "/nowhere", "/v1/nowhere", "/desk/nowhere"]
    found.append(f"/v1/embed/{house.world.key}/frame?survey=end-user-nps&version=1&origin=https://portal.example")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            path = re.sub("<(slug:)?(slug|partner)>", "northwind", rule.rule).replace("<slug:survey>", "end-user-nps")
            path = re.sub(r"<any\('?([^,')]*)[^>]*>", r"\1", re.sub("<uuid:[^>]*>", ID, path))
            found.append(re.sub("<[^>]*>", "x", path.replace("<slug:name>", "end-user-nps")))
    return found


@pytest.mark.requirement("ASVS 3.4.2")
@pytest.mark.requirement("ASVS 3.4.3")
@pytest.mark.requirement("ASVS 3.4.6")
@pytest.mark.requirement("ASVS 14.2.1")
def test_every_answer_tells_browsers_what_they_may_do_with_it(
    app: flask.Flask, house: House, admin: Visitor, record_property
) -> None:
    (session,) = [one.value for one in admin.client._cookies.values() if one.key.endswith("session")]
    framed: set[str] = set()
    paths = _paths(app, house)
    assert len(paths) > 90
    for path in paths:
        for method in ("GET", "DELETE", "OPTIONS"):
            headers = {"Origin": EVIL, "Access-Control-Request-Method": "GET"}
            answer = admin.client.open(path, method=method, headers=headers)
            _check_policy(answer, path, framed)
            allowed = answer.headers.get("Access-Control-Allow-Origin")
            assert allowed is None or (allowed == "*" and PUBLIC.match(path)), (path, allowed)
            assert "Access-Control-Allow-Credentials" not in answer.headers, path
            page = answer.text if answer.mimetype == "text/html" else ""
            addresses = [answer.headers.get("Location", ""), *re.findall(r'(?:href|src|action)="([^"]*)"', page)]
            assert not any(one in address for address in addresses for one in (session, admin.token, house.key)), path
            answer.close()
    assert framed <= {"/v1/embed/<key>/frame", "/desk/surveys/end-user-nps/preview", "/s/test/x"}
    record_property("answers looked at", 3 * len(paths))


def _check_policy(answer: TestResponse, path: str, framed: set[str]) -> None:
    parts = answer.headers["Content-Security-Policy"].split(";")
    policy = dict(part.strip().partition(" ")[::2] for part in parts)
    assert policy.get("object-src", policy["default-src"]) == "'none'", path
    assert policy["base-uri"] == "'none'", path
    scripts = policy.get("script-src", policy["default-src"])
    assert "unsafe" not in scripts.replace("'wasm-unsafe-eval'", "") and "*" not in scripts, path
    if policy["frame-ancestors"] != "'none'":
        framed.add(re.sub(r"/fb_pk\w+/", "/<key>/", path).partition("?")[0])


@pytest.mark.requirement("ASVS 14.2.1")
def test_a_secret_key_or_a_session_in_an_address_opens_nothing(app: flask.Flask, house: House, admin: Visitor) -> None:
    names = ("key", "token", "access_token", "api_key", "session", "feedback-session", "Authorization")
    of_browsers = ("/v1/embed/", "/v1/invited/")
    guarded = [door for door in house.doors if door.rule.startswith("/v1/") and not door.rule.startswith(of_browsers)]
    assert len(guarded) >= 28
    for door in guarded:
        assert not set(names) & set(door.query), str(door)
        for name in names:
            answer = house.long.open(f"{door.path}?{name}={house.key}", method=door.method)
            assert answer.status_code == 401, (str(door), name)
    (session,) = [one.value for one in admin.client._cookies.values() if one.key.endswith("session")]
    for name in names:
        assert app.test_client().get(f"/desk/settings/account?{name}={session}").status_code == 303
